"""Which plan does a page speak of? `active`, `draft`, `rollout` (the one tried on some leads) or a plan's number."""

from dataclasses import dataclass

from foundation.admin import names_a_row
from routing.draft import draft_plan
from routing.errors import NoActivePlan, NoSuchPlan
from routing.models import Plan as PlanRow
from routing.plan import Plan
from routing.selectors import active_plan, parsed_plan

ACTIVE, DRAFT, ROLLOUT = "active", "draft", "rollout"
# So many plans are offered; an older one can still be named by its number.
OFFERED = 30
LARGEST_NUMBER = 2_147_483_647


@dataclass(frozen=True)
class PlanChoice:
    """`name` begins a sentence: The draft, Plan 12."""

    key: str
    name: str
    plan: Plan


def chosen_plan(key: str) -> PlanChoice:
    """Raises NoSuchPlan, NoActivePlan, or PlanInvalid for a draft that doesn't hold together."""
    if key == DRAFT:
        return PlanChoice(DRAFT, "The draft", draft_plan())
    if key == ACTIVE:
        active = active_plan()
        return PlanChoice(ACTIVE, f"Plan {active.number} (active)", active.plan)
    if key == ROLLOUT:
        return _rolling_out()
    number = int(key) if names_a_row(key) and key.isascii() else -1
    pk = PlanRow.objects.filter(number=number).values_list("pk", flat=True).first() if _is_stored(number) else None
    if pk is None:
        raise NoSuchPlan(f"There is no plan {key[:20]!r}.")
    return PlanChoice(str(number), f"Plan {number}", parsed_plan(pk))


def _rolling_out() -> PlanChoice:
    running = active_plan().rollout
    if running is None:
        raise NoSuchPlan("No plan is tried on some leads at present.")
    return PlanChoice(ROLLOUT, f"Plan {running.tried.number} (on some leads)", running.tried.plan)


def _is_stored(number: int) -> bool:
    return 0 <= number <= LARGEST_NUMBER


def offered_plans() -> list[tuple[str, str]]:
    """For a select: the active one, the draft, then the earlier ones, newest first."""
    rows = PlanRow.objects.order_by("-number").values_list("number", "note", "is_active")[:OFFERED]
    earlier = [
        (str(number), f"Plan {number}{f': {note[:40]}' if note else ''}") for number, note, live in rows if not live
    ]
    active = next((f"The active plan ({number})" for number, _, live in rows if live), "The active plan")
    return [(ACTIVE, active), (DRAFT, "The draft (working copy)"), *_rollout_offered(), *earlier]


def _rollout_offered() -> list[tuple[str, str]]:
    try:
        running = active_plan().rollout
    except NoActivePlan:
        return []
    return [(ROLLOUT, f"Plan {running.tried.number}, tried on some leads")] if running else []
