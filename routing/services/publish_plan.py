"""Freeze the working copy into the active plan, or put an earlier plan back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from routing.draft import current_draft
from routing.errors import GoldenLeadsFailed
from routing.golden import failures
from routing.models import GoldenLead, Ledger, LedgerEntry, Plan, Rep, Standing
from routing.plan import Plan as ParsedPlan
from routing.plan_document import parse_plan
from routing.services.compile_plan import compile_plan
from routing.services.ledger import calibrations, lock_ledgers


@transaction.atomic
def publish_plan(*, note: str = "", user: User | None = None, now: datetime) -> Plan:
    """Publish the working copy. Unchanged since the active plan: that plan is returned and nothing is written.

    Raises PlanInvalid, naming the path, where the working copy doesn't hold together, and GoldenLeadsFailed where a
    golden lead would come out otherwise than expected.
    """
    _wait_for_others()
    document = compile_plan()
    parsed = parse_plan(document)
    _refuse_failing_golden_leads(parsed, now)
    active = Plan.objects.filter(is_active=True).first()
    if active is not None and active.hash == parsed.hash:
        return active
    return _activate_new(document, parsed, note=note, user=user, now=now)


def _wait_for_others() -> None:
    """One publishes at a time: the first plan's row, which never changes its place, is the lock.

    The active plan's can't be it: who waits for that is shown it as no longer active, and never the one in its place.
    """
    Plan.objects.select_for_update().order_by("number").values_list("pk").first()


def _refuse_failing_golden_leads(parsed: ParsedPlan, now: datetime) -> None:
    found = failures(parsed, list(GoldenLead.objects.filter(enabled=True)), now)
    if found:
        raise GoldenLeadsFailed(found)


def _activate_new(
    document: Mapping[str, Any], parsed: ParsedPlan, *, note: str, user: User | None, now: datetime
) -> Plan:
    number = (Plan.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    Plan.objects.filter(is_active=True).update(is_active=False)
    plan = Plan.objects.create(
        number=number,
        hash=parsed.hash,
        document=document,
        note=note,
        is_active=True,
        published_at=now,
        published_by=user,
    )
    _ensure_counts(parsed, now)
    return plan


@transaction.atomic
def activate_plan(*, plan: Plan, now: datetime) -> Plan:
    """Make an earlier plan the active one again: a roll-back. The working copy and all counts stay as they are."""
    _wait_for_others()
    Plan.objects.filter(is_active=True).exclude(pk=plan.pk).update(is_active=False)
    plan.is_active = True
    plan.save(update_fields=["is_active"])
    _ensure_counts(parse_plan(plan.document), now)
    return plan


def _ensure_counts(plan: ParsedPlan, now: datetime) -> None:
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
