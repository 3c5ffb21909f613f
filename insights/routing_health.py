"""How routing goes: what was decided, whose clocks run out, how fair queues are, how long leads wait. Only reads.

Each question is one query whose cost goes by some days of decisions, never by the whole table. Times come as
arguments, as moments in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, Q, Value, When

from leads.models import Lead
from leads.origins import Origin
from pipeline.models import Run, Stage
from routing.balancing import UNIT
from routing.errors import NoActivePlan
from routing.models import Assignment, Decision, Standing
from routing.plan import Plan
from routing.selectors import active_plan

# Somebody waits for these; an import takes as long as it takes.
WAITED_FOR = (Origin.VISITOR, Origin.SERVER)
# Waits are taken from at most this many runs, the latest.
MOST_RUNS = 5000


@dataclass(frozen=True)
class Endings:
    """How many leads were decided, by how it ended. A lead that kept its owner is assigned."""

    assigned: int = 0
    fallback: int = 0
    parked: int = 0

    @property
    def leads(self) -> int:
        return self.assigned + self.fallback + self.parked

    def __add__(self, other: "Endings") -> "Endings":
        return Endings(self.assigned + other.assigned, self.fallback + other.fallback, self.parked + other.parked)


def endings_between(edges: Sequence[datetime]) -> list[Endings]:
    """One for each two edges that follow one another, the first included. Edges ascend. One query for all."""
    newest_first = [When(decided_at__gte=edge, then=Value(place)) for place, edge in enumerate(edges[:-1])][::-1]
    decided = Decision.objects.filter(
        kind=Decision.Kind.ROUTING, decided_at__gte=edges[0], decided_at__lt=edges[-1]
    ).with_ending()
    counted: list[dict[str, int]] = [{} for _ in edges[:-1]]
    rows = decided.order_by().values_list(Case(*newest_first), "ending").annotate(leads=Count("*"))
    for place, ending, leads in rows:
        counted[place][ending] = leads
    return [Endings(**each) for each in counted]


def new_leads(spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """Leads that came within each span, half-open. One query."""
    within = [Q(created_at__gte=start, created_at__lt=end) for start, end in spans]
    any_of = Q()
    for each in within:
        any_of |= each
    counts = Lead.objects.filter(any_of).aggregate(
        **{f"span_{place}": Count("id", filter=each) for place, each in enumerate(within)}
    )
    return [counts[f"span_{place}"] for place in range(len(spans))]


def clocks(now: datetime) -> tuple[int, int]:
    """(at risk, overdue) among the assignments that the clock watches: each of them is going to be passed on."""
    at_risk, overdue = Assignment.at_risk(now), Q(due_at__lte=now)
    # Those alone are joined with their leads: of all whose clock runs they are few.
    running = Assignment.objects.watched().filter(at_risk | overdue)
    counts = running.aggregate(at_risk=Count("id", filter=at_risk), overdue=Count("id", filter=overdue))
    return counts["at_risk"], counts["overdue"]


@dataclass(frozen=True)
class QueueFairness:
    """The member who is furthest from what is due. `owed`: leads; below 0 where the member had more than due."""

    queue: str
    name: str
    rep: str
    owed: float
    members: int


def fairness() -> list[QueueFairness]:
    """Of each queue of the active plan with more than one member, the furthest first. Three queries."""
    try:
        plan = active_plan().plan
    except NoActivePlan:
        return []
    rows = Standing.objects.filter(ledger__key__in=plan.ledger_keys).values_list("ledger__key", "rep__key", "shortfall")
    owed = {(ledger, rep): shortfall for ledger, rep, shortfall in rows}
    found = [each for queue in plan.queues for each in _furthest(plan, queue, owed)]
    return sorted(found, key=lambda each: (-abs(each.owed), each.name))


def _furthest(plan: Plan, queue_key: str, owed: dict[tuple[str, str], int]) -> list[QueueFairness]:
    queue = plan.queues[queue_key]
    members = [member.rep for member in queue.members if member.weight > 0]
    if len(members) < 2:
        return []
    furthest = max(members, key=lambda rep: abs(owed.get((queue.ledger, rep), 0)))
    leads = owed.get((queue.ledger, furthest), 0) / UNIT
    return [QueueFairness(queue_key, queue.name, plan.reps[furthest].name, leads, len(members))]


@dataclass(frozen=True)
class Waits:
    """From sending to decision. None where nobody waited. `runs`: of how many these are told."""

    median: timedelta | None
    slowest_5_percent: timedelta | None
    runs: int


def waits_since(since: datetime) -> Waits:
    routed = Run.objects.filter(created_at__gte=since, origin__in=WAITED_FOR, results__stage=Stage.ROUTE)
    times = routed.order_by("-created_at").values_list("created_at", "results__completed_at")[:MOST_RUNS]
    waits = sorted(decided - sent for sent, decided in times)
    return Waits(at_rank(waits, 50), at_rank(waits, 95), len(waits))


def at_rank(ascending: Sequence[timedelta], percent: int) -> timedelta | None:
    """The nearest rank: the smallest value that at least so many percent do not exceed."""
    if not ascending:
        return None
    return ascending[max(-(-len(ascending) * percent // 100), 1) - 1]


def unfinished_runs() -> tuple[int, int]:
    """(all, those with a failed try)."""
    counts = Run.objects.unfinished().aggregate(all=Count("id"), failing=Count("id", filter=Q(attempts__gt=0)))
    return counts["all"], counts["failing"]
