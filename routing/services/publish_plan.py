"""Freeze the working copy into the active plan, or put an earlier plan back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from foundation.audit import Way, record
from foundation.models import AuditEntry
from routing.draft import current_draft
from routing.errors import DraftChanged, GoldenLeadsFailed, PutBackRefused, RolloutRunning
from routing.golden import failures
from routing.models import GoldenLead, Ledger, LedgerEntry, Plan, Proposal, Rep, Rollout, Standing
from routing.plan import Plan as ParsedPlan
from routing.plan_document import parse_plan, plan_hash
from routing.services.compile_plan import compile_plan
from routing.services.ledger import calibrations, lock_ledgers


@transaction.atomic
def publish_plan(
    *,
    note: str = "",
    user: User | None = None,
    draft_hash: str = "",
    way: AuditEntry.Way | None = None,
    now: datetime,
) -> Plan:
    """Publish the working copy. Unchanged since the active plan: that plan is returned and nothing is written.

    `draft_hash` is the draft that somebody has looked at. Raises DraftChanged where the working copy is another one by
    now, RolloutRunning while a plan is tried, PlanInvalid, naming the path, where the working copy doesn't hold
    together, and GoldenLeadsFailed where a golden lead would come out otherwise than expected.
    """
    wait_for_others()
    document, parsed = checked_draft(draft_hash, now)
    active = Plan.objects.filter(is_active=True).first()
    if active is not None and active.hash == parsed.hash:
        return active
    plan = store_plan(document, parsed, note=note, user=user, now=now)
    activate(plan, parsed, now=now)
    tell_audit("published", plan, user=user, way=way, was=active, note=note, now=now)
    return plan


def tell_audit(
    action: str,
    plan: Plan,
    *,
    user: User | None,
    way: AuditEntry.Way | None = None,
    was: Plan | None,
    note: str = "",
    now: datetime,
) -> None:
    """The plan is the active one now, in the place of `was`. Without anybody signed in it was the system's doing."""
    changes = {"active plan": [was.number if was else None, plan.number]}
    way = way or (Way.ADMIN if user else Way.SYSTEM)
    record(action, now=now, user=user, way=way, about=plan, changes=changes, note=note)


@transaction.atomic
def activate_plan(*, plan: Plan, user: User | None = None, note: str = "", now: datetime) -> Plan:
    """Make an earlier plan the active one again: a roll-back. The working copy and all counts stay as they are.

    Nobody has to approve it, and golden leads aren't asked: it is what one does in a hurry. So it must have been live
    before: raises PutBackRefused for one that was only tried on some leads. Raises RolloutRunning.
    """
    wait_for_others()
    refuse_while_rolled_out()
    if not Plan.objects.filter(pk=plan.pk, live_since__isnull=False).exists():
        raise PutBackRefused(f"{plan} was only tried on some leads. Publish it instead.")
    was = Plan.objects.filter(is_active=True).first()
    if was is not None and was.pk == plan.pk:
        return plan
    activate(plan, parse_plan(plan.document), now=now)
    tell_audit("put back", plan, user=user, was=was, note=note, now=now)
    return plan


def wait_for_others() -> None:
    """One publishes, proposes, tries or rolls back at a time: the first plan's row, which never changes its place, is
    the lock.

    The active plan's can't be it: who waits for that is shown it as no longer active, and never the one in its place.
    """
    Plan.objects.select_for_update().order_by("number").values_list("pk").first()


def refuse_while_rolled_out() -> None:
    running = Rollout.objects.filter(state=Rollout.State.RUNNING).select_related("plan").first()
    if running is not None:
        raise RolloutRunning(f"{running.plan} is being tried on some leads. Finish or stop that first.")


def checked_draft(draft_hash: str, now: datetime) -> tuple[dict[str, Any], ParsedPlan]:
    """The working copy, fit to be published now. Raises as `publish_plan` does; others have been waited for."""
    refuse_while_rolled_out()
    document = compile_plan()
    if draft_hash and draft_hash != plan_hash(document):
        raise DraftChanged("The working copy has changed since this page was shown. Look at what changed.")
    parsed = parse_plan(document)
    refuse_failing_golden_leads(parsed, now)
    return document, parsed


def refuse_failing_golden_leads(parsed: ParsedPlan, now: datetime) -> None:
    found = failures(parsed, list(GoldenLead.objects.filter(enabled=True)), now)
    if found:
        raise GoldenLeadsFailed(found)


def store_plan(document: Mapping[str, Any], parsed: ParsedPlan, *, note: str, user: User | None, now: datetime) -> Plan:
    """The next plan, which is not active yet. Others have been waited for."""
    number = (Plan.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    return Plan.objects.create(
        number=number, hash=parsed.hash, document=document, note=note, published_at=now, published_by=user
    )


def activate(plan: Plan, parsed: ParsedPlan, *, now: datetime) -> Plan:
    """It decides from now on. Proposals that were made against another plan have to be made anew."""
    Plan.objects.filter(is_active=True).exclude(pk=plan.pk).update(is_active=False, live_until=now)
    plan.is_active, plan.live_since, plan.live_until = True, now, None
    plan.save(update_fields=["is_active", "live_since", "live_until"])
    waiting = Proposal.objects.filter(state=Proposal.State.OPEN)
    waiting.exclude(base=plan).update(state=Proposal.State.OUTDATED, decided_at=now)
    ensure_counts(parsed, now)
    return plan


def ensure_counts(plan: ParsedPlan, now: datetime) -> None:
    """A ledger for each count and a standing for each member; who joins a ledger in use is calibrated."""
    Ledger.objects.bulk_create([Ledger(key=key) for key in sorted(plan.ledger_keys)], ignore_conflicts=True)
    rep_ids = dict(Rep.objects.values_list("key", "id"))
    for key, ledger in lock_ledgers(plan.ledger_keys).items():
        counts = dict(Standing.objects.filter(ledger=ledger).values_list("rep__key", "count"))
        for rep, count in sorted(calibrations(plan, key, counts).items()):
            if rep in rep_ids:
                _join(ledger, rep_ids[rep], count, now)


def _join(ledger: Ledger, rep_id: int, count: int, now: datetime) -> None:
    Standing.objects.create(ledger=ledger, rep_id=rep_id, count=count)
    if count:
        LedgerEntry.objects.create(
            ledger=ledger, rep_id=rep_id, credit=count, reason=LedgerEntry.Reason.CALIBRATION, created_at=now
        )


def has_unpublished_changes() -> bool:
    active = Plan.objects.filter(is_active=True).values_list("hash", flat=True).first()
    return active != current_draft().hash
