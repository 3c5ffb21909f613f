"""Freeze the working copy into the active plan, or put an earlier plan back."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from routing.models import Ledger, Plan
from routing.plan import parse_plan, plan_hash
from routing.services.compile_plan import compile_plan


@transaction.atomic
def publish_plan(*, note: str = "", user: User | None = None, now: datetime) -> Plan:
    """Publish the working copy. Unchanged since the active plan: that plan is returned and nothing is written.

    Raises PlanInvalid, naming the path, where the working copy doesn't hold together.
    """
    document = compile_plan()
    parse_plan(document)
    hashed = plan_hash(document)
    active = Plan.objects.select_for_update().filter(is_active=True).first()
    if active is not None and active.hash == hashed:
        return active
    number = (Plan.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    Plan.objects.filter(is_active=True).update(is_active=False)
    plan = Plan.objects.create(
        number=number, hash=hashed, document=document, note=note, is_active=True, published_at=now, published_by=user
    )
    ensure_ledgers(document["queues"])
    return plan


@transaction.atomic
def activate_plan(*, plan: Plan) -> Plan:
    """Make an earlier plan the active one again. The working copy and all counts stay as they are."""
    Plan.objects.filter(is_active=True).exclude(pk=plan.pk).update(is_active=False)
    plan.is_active = True
    plan.save(update_fields=["is_active"])
    ensure_ledgers(plan.document["queues"])
    return plan


def ensure_ledgers(queue_keys: "dict[str, object] | list[str]") -> None:
    Ledger.objects.bulk_create([Ledger(queue_key=key) for key in queue_keys], ignore_conflicts=True)


def has_unpublished_changes() -> bool:
    active = Plan.objects.filter(is_active=True).values_list("hash", flat=True).first()
    return active != plan_hash(compile_plan())
