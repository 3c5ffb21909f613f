"""Try a plan on some leads before it decides all of them: start, grow, finish, stop."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from foundation.audit import Way, record
from routing.errors import RolloutRefused
from routing.models import Plan, Rollout
from routing.plan import Plan as ParsedPlan
from routing.rollout import ALL_BP, Scope
from routing.selectors import parsed_plan
from routing.services.publish_plan import (
    activate,
    checked_draft,
    ensure_counts,
    refuse_failing_golden_leads,
    store_plan,
    tell_audit,
    wait_for_others,
)


@transaction.atomic
def start_rollout(*, scope: Scope, note: str = "", user: User | None, draft_hash: str = "", now: datetime) -> Rollout:
    """Publish the working copy for the leads in `scope`; the active plan stays and decides the rest.

    Raises what `publish_plan` raises, and RolloutRefused where there is nothing to try, no such territory or share, or
    where the contract of inputs is another one: what is known of a lead is read once, before it is known which plan
    decides.
    """
    wait_for_others()
    document, parsed = checked_draft(draft_hash, now)
    return begin(document, parsed, scope=scope, note=note, user=user, now=now)


def begin(
    document: Mapping[str, Any], parsed: ParsedPlan, *, scope: Scope, note: str, user: User | None, now: datetime
) -> Rollout:
    """Others have been waited for, no rollout runs, and the plan was checked."""
    base = Plan.objects.filter(is_active=True).first()
    if base is None:
        raise RolloutRefused("Nothing is live yet: publish the first plan for everyone.")
    if base.hash == parsed.hash:
        raise RolloutRefused("Nothing has changed since the active plan.")
    refuse_scope(scope, parsed, parsed_plan(base.pk))
    plan = store_plan(document, parsed, note=note, user=user, now=now)
    ensure_counts(parsed, now)
    rollout = Rollout.objects.create(
        plan=plan,
        base=base,
        territory_key=scope.territory,
        share_bp=scope.share_bp,
        started_at=now,
        started_by=user,
    )
    _tell("rollout started", rollout, user, now, {"leads": ["", scope_in_words(scope, parsed)]}, note)
    return rollout


def scope_in_words(scope: Scope, plan: ParsedPlan) -> str:
    if scope.is_everyone:
        return "everyone"
    if scope.territory:
        territory = plan.territory_by_key.get(scope.territory)
        return f"territory {territory.name if territory else scope.territory} and below"
    return f"{percent(scope.share_bp)} of leads"


def percent(share_bp: int) -> str:
    return f"{share_bp / 100:g} %"


def _tell(
    action: str, rollout: Rollout, user: User | None, now: datetime, changes: dict[str, list[Any]], note: str = ""
) -> None:
    way = Way.ADMIN if user else Way.SYSTEM
    record(action, now=now, user=user, way=way, about=rollout, changes=changes, note=note)


def refuse_scope(scope: Scope, plan: ParsedPlan, base: ParsedPlan) -> None:
    if plan.contract != base.contract:
        raise RolloutRefused(
            "The contract of inputs has changed, and that can't be tried on some leads: publish it for everyone first."
        )
    if scope.territory:
        if scope.share_bp:
            raise RolloutRefused("Choose a territory or a share of leads, not both.")
        if scope.territory not in plan.territory_by_key and scope.territory not in base.territory_by_key:
            raise RolloutRefused("There is no such territory in this plan or in the active one.")
    else:
        _refuse_share(scope.share_bp)


def _refuse_share(share_bp: int) -> None:
    if not 0 < share_bp < ALL_BP:
        raise RolloutRefused("A share lies between 0 and 100 percent; to reach everyone, publish or finish.")


@transaction.atomic
def grow_rollout(*, rollout: Rollout, share_bp: int, user: User | None, now: datetime) -> Rollout:
    """A greater share of leads. Those that were in stay in; a smaller share would take some out again."""
    running = _running(rollout)
    if running.territory_key:
        raise RolloutRefused("This rollout is for a territory, not for a share of leads.")
    _refuse_share(share_bp)
    if share_bp <= running.share_bp:
        raise RolloutRefused("The share can only grow. To take the plan back, stop the rollout.")
    changes = {"leads": [percent(running.share_bp), percent(share_bp)]}
    running.share_bp = share_bp
    running.save(update_fields=["share_bp"])
    _tell("rollout grown", running, user, now, changes)
    return running


@transaction.atomic
def finish_rollout(*, rollout: Rollout, user: User | None, now: datetime) -> Rollout:
    """The plan becomes the active one. Golden leads are asked again; raises GoldenLeadsFailed, RolloutRefused."""
    running = _running(rollout)
    parsed = parsed_plan(running.plan_id)
    refuse_failing_golden_leads(parsed, now)
    _end(running, Rollout.State.FINISHED, user, now)
    activate(running.plan, parsed, now=now)
    tell_audit("published", running.plan, user=user, was=running.base, note="After a rollout.", now=now)
    return running


@transaction.atomic
def stop_rollout(*, rollout: Rollout, user: User | None, now: datetime) -> Rollout:
    """The base decides everything again. Leads that were decided stay with their owners."""
    running = _running(rollout)
    _end(running, Rollout.State.STOPPED, user, now)
    return running


def _running(rollout: Rollout) -> Rollout:
    wait_for_others()
    found = Rollout.objects.select_related("plan", "base").get(pk=rollout.pk)
    if found.state != Rollout.State.RUNNING:
        raise RolloutRefused("This rollout has ended by now.")
    return found


def _end(rollout: Rollout, state: Rollout.State, user: User | None, now: datetime) -> None:
    rollout.state, rollout.ended_at, rollout.ended_by = state, now, user
    rollout.save(update_fields=["state", "ended_at", "ended_by"])
    _tell(f"rollout {state.value}", rollout, user, now, {"state": [Rollout.State.RUNNING.value, state.value]})
