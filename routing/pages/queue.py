"""All queues at a glance, and a queue's page: who has had what, who is owed, who is away, who is next and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from foundation.admin_pages import acting, admin_page, render_page
from routing.absence_calendar import Row, calendar_days, calendar_row
from routing.contract import Inputs, inputs_again
from routing.errors import NoActivePlan, RoutingError
from routing.explain import why_in_words
from routing.models import Decision, Ledger, Member, Queue
from routing.models import Plan as PlanRow
from routing.pages.plan_choice import ACTIVE, DRAFT, PlanChoice, chosen_plan
from routing.pages.seats import Line, lines_of
from routing.plan import Plan, QueueSpec
from routing.pools import Footing, footing_of_queues
from routing.selectors import active_plan
from routing.services.pause_member import pause_member
from routing.standings import absences_between, calibrations_of, received_since, recent_decisions
from routing.turns import Seat, largest_difference, next_turns, seats_of

PER_PAGE = 50
SHOWN_DECISIONS = 10
NEXT = 5
SEED = "next"
WEEK, MONTH = timedelta(days=7), timedelta(days=30)
HOURS = {
    "ignore": "Working hours make no difference.",
    "prefer": "Who is at work goes before who isn’t.",
    "require": "Only who is at work gets leads.",
}


# All queues


@dataclass(frozen=True)
class QueueLine:
    """One queue of the overview; `published` False: only in the working copy, and nothing else is known of it."""

    key: str
    name: str
    published: bool
    members: int = 0
    available: int = 0
    week: int = 0
    month: int = 0
    difference: float = 0.0
    fallback: str = ""
    next_in_line: str = ""
    is_default: bool = False


@admin_page("routing.view_queue")
@require_safe
def queues_page(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("q", "").strip()[:100]
    plan, now = _active(), timezone.now()
    names = _names(plan, search)
    page = Paginator(names, PER_PAGE).get_page(request.GET.get("page"))
    return render_page(
        request,
        "workbench/queue/list.html",
        title="Queues and turns",
        search=search,
        page=page,
        lines=_lines(plan, list(page.object_list), now),
        since_week=quote((now - WEEK).isoformat()),
        since_month=quote((now - MONTH).isoformat()),
        may_see_assignments=request.user.has_perm("routing.view_assignment"),
        has_plan=plan is not None,
        may_add=request.user.has_perm("routing.add_queue"),
    )


def _active() -> Plan | None:
    try:
        return active_plan().plan
    except NoActivePlan:
        return None


def _names(plan: Plan | None, search: str) -> list[tuple[str, str]]:
    """Key and name of every queue of the active plan or the working copy that the search finds, by name."""
    names = dict(Queue.objects.values_list("key", "name"))
    if plan is not None:
        names.update({key: queue.name for key, queue in plan.queues.items()})
    sought = search.casefold()
    found = [
        (key, name)
        for key, name in names.items()
        if sought in name.casefold() or sought in key or (plan is not None and _has_member(plan, key, sought))
    ]
    return sorted(found, key=lambda entry: (entry[1].casefold(), entry[0]))


def _has_member(plan: Plan, queue: str, sought: str) -> bool:
    spec = plan.queues.get(queue)
    return spec is not None and any(sought in plan.reps[member.rep].name.casefold() for member in spec.members)


def _lines(plan: Plan | None, names: Sequence[tuple[str, str]], now: datetime) -> list[QueueLine]:
    live = [key for key, _ in names if plan is not None and key in plan.queues]
    received = received_since(now - WEEK, now - MONTH, live)
    if plan is None:
        return [QueueLine(key, name, published=False) for key, name in names]
    footing = footing_of_queues(plan, live, now)
    return [
        _line(plan, plan.queues[key], footing, received.get(key, (0, 0)), now)
        if key in plan.queues
        else QueueLine(key, name, published=False)
        for key, name in names
    ]


def _line(plan: Plan, queue: QueueSpec, footing: Footing, received: tuple[int, int], now: datetime) -> QueueLine:
    inputs = plain_lead(plan)
    seats = seats_of(queue.key, plan, footing, inputs, now)
    turn = next_turns(queue.key, plan, footing, inputs, now=now, seed=SEED, count=1)[0]
    fallbacks = plan.fallbacks_of(queue.key)
    return QueueLine(
        key=queue.key,
        name=queue.name,
        published=True,
        members=len(seats),
        available=sum(seat.eligible for seat in seats),
        week=received[0],
        month=received[1],
        difference=largest_difference(seats),
        fallback=plan.queues[fallbacks[0]].name if fallbacks else "",
        next_in_line=plan.reps[turn.rep].name if turn.rep else "",
        is_default=queue.key == plan.default_queue,
    )


def plain_lead(plan: Plan) -> Inputs:
    """A lead of which nothing is known but what the contract assumes."""
    return inputs_again(Inputs(values={}), plan.contract)


# One queue


@admin_page("routing.view_queue")
@require_safe
def queue_page(request: HttpRequest, key: str) -> HttpResponse:
    try:
        choice = _plan_with(key, request.GET.get("plan", ""))
    except RoutingError as error:
        return _missing(request, key, error.message)
    if choice is None:
        return _missing(request, key, "")
    about = QueueAbout(choice, key, request)
    return render_page(request, "workbench/queue/page.html", title=about.spec.name, about=about)


def _missing(request: HttpRequest, key: str, problem: str) -> HttpResponse:
    row = Queue.objects.filter(key=key).first()
    context: dict[str, Any] = {"key": key, "problem": problem, "row": row}
    return render_page(request, "workbench/queue/missing.html", title="No such queue", status=404, **context)


def _plan_with(key: str, wanted: str) -> PlanChoice | None:
    """The plan that was asked for; else the active one, the draft, or the last plan that had the queue."""
    if wanted:
        choice = chosen_plan(wanted)
        return choice if key in choice.plan.queues else None
    plan = _active()
    if plan is not None and key in plan.queues:
        return chosen_plan(ACTIVE)
    if Queue.objects.filter(key=key).exists():
        return chosen_plan(DRAFT)
    had_it = PlanRow.objects.filter(document__queues__has_key=key).order_by("-number")
    number = had_it.values_list("number", flat=True).first()
    return None if number is None else chosen_plan(str(number))


@dataclass(frozen=True)
class Bar:
    """Of the longest one, in percent."""

    name: str
    received: int
    expected: int


@dataclass(frozen=True)
class MemberLine:
    """`row` is the member in the working copy, by which it is paused; None where it was taken out there."""

    seat: Seat
    calibration: int
    row: Member | None

    @property
    def condition(self) -> str:
        condition = self.seat.spec.condition
        return condition.describe() if condition is not None else ""

    @property
    def new_weight(self) -> int | None:
        """The working copy's, where it differs."""
        return self.row.weight if self.row is not None and self.row.weight != self.seat.spec.weight else None


class QueueAbout:
    """What is shown of a queue, as one plan has it; each part is read once, when it is first asked for."""

    def __init__(self, choice: PlanChoice, key: str, request: HttpRequest) -> None:
        self.choice = choice
        self.plan = choice.plan
        self.spec = choice.plan.queues[key]
        self.now = timezone.now()
        self._request = request
        self._inputs = plain_lead(self.plan)

    @cached_property
    def _footing(self) -> Footing:
        return footing_of_queues(self.plan, [self.spec.key], self.now)

    @cached_property
    def row(self) -> Queue | None:
        return Queue.objects.filter(key=self.spec.key).first()

    @cached_property
    def _members(self) -> Mapping[str, Member]:
        rows = Member.objects.filter(queue__key=self.spec.key).select_related("rep")
        return {row.rep.key: row for row in rows}

    @cached_property
    def seats(self) -> list[Seat]:
        return seats_of(self.spec.key, self.plan, self._footing, self._inputs, self.now)

    @cached_property
    def members(self) -> list[MemberLine]:
        calibrations = calibrations_of(self.spec.ledger)
        return [
            MemberLine(seat, calibrations.get(seat.spec.rep, 0), self._members.get(seat.spec.rep))
            for seat in self.seats
        ]

    @cached_property
    def entries_address(self) -> str:
        """Every change of the counts, one by one; "" for who may not see them."""
        ledger = Ledger.objects.filter(key=self.spec.ledger).values_list("pk", flat=True).first()
        if ledger is None or not self._request.user.has_perm("routing.view_ledgerentry"):
            return ""
        return f"{reverse('admin:routing_ledgerentry_changelist')}?ledger__id__exact={ledger}"

    @cached_property
    def joining(self) -> list[Member]:
        """Members of the working copy whom this plan doesn't have."""
        return [row for rep, row in self._members.items() if rep not in self.spec.member_by_rep]

    @property
    def may_pause(self) -> bool:
        return self._request.user.has_perm("routing.change_member")

    @property
    def turns(self) -> list[Line]:
        turns = next_turns(self.spec.key, self.plan, self._footing, self._inputs, now=self.now, seed=SEED, count=NEXT)
        return lines_of(turns, self.plan)

    @property
    def has_conditions(self) -> bool:
        return any(seat.spec.condition is not None for seat in self.seats)

    @property
    def has_received(self) -> bool:
        return any(seat.received or seat.owed for seat in self.seats)

    @property
    def bars(self) -> list[Bar]:
        longest = max([1.0, *(max(seat.received, seat.expected) for seat in self.seats)])
        return [
            Bar(
                seat.name,
                max(0, round(100 * seat.received / longest)),
                max(0, round(100 * seat.expected / longest)),
            )
            for seat in self.seats
        ]

    @property
    def fairness(self) -> str:
        """The picture in a sentence."""
        furthest = max(self.seats, key=lambda seat: abs(seat.owed), default=None)
        if furthest is None or not furthest.owed:
            return "Everybody has had exactly the share."
        side = "fewer than" if furthest.owed > 0 else "more than"
        text = f"The largest difference: {furthest.name} has had {abs(furthest.owed):.2f} leads {side} the exact share"
        return f"{text}; everybody is within one lead." if abs(furthest.owed) < 1 else f"{text}."

    @property
    def shared_with(self) -> list[QueueSpec]:
        return [queue for queue in self.plan.queues_of_ledger(self.spec.ledger) if queue.key != self.spec.key]

    @property
    def working_hours(self) -> str:
        return HOURS[self.spec.working_hours]

    @property
    def manager(self) -> str:
        return self.plan.reps[self.spec.manager].name if self.spec.manager else ""

    @property
    def fallbacks(self) -> list[QueueSpec]:
        return [self.plan.queues[key] for key in self.plan.fallbacks_of(self.spec.key)]

    @property
    def is_default(self) -> bool:
        return self.spec.key == self.plan.default_queue

    @property
    def of_plan(self) -> str:
        """What links to other pages of this plan carry."""
        return "" if self.choice.key == ACTIVE else f"?plan={self.choice.key}"

    @cached_property
    def calendar(self) -> list[Row]:
        days = calendar_days(self.now)
        reps = [self.plan.reps[seat.spec.rep] for seat in self.seats]
        # A zone's day begins up to 14 hours before and ends up to 12 hours after that of UTC.
        start = self.now - timedelta(days=8)
        away = absences_between([rep.key for rep in reps], start, start + timedelta(days=len(days) + 10))
        return [calendar_row(rep, away.get(rep.key, ()), days) for rep in reps]

    @property
    def anybody_away(self) -> bool:
        return any(row.away for row in self.calendar)

    @property
    def weeks(self) -> list[date]:
        """The Mondays, as headings over seven days each."""
        return calendar_days(self.now)[::7]

    @property
    def days(self) -> list[date]:
        return calendar_days(self.now)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @property
    def may_see_leads(self) -> bool:
        return self._request.user.has_perms(["leads.view_lead", "routing.view_decision"])

    @cached_property
    def decisions(self) -> list[tuple[Decision, str]]:
        if not self.may_see_leads:
            return []
        found = recent_decisions(self.spec.key, SHOWN_DECISIONS)
        return [(decision, why_in_words(decision, self.plan)) for decision in found]


# Pausing


@admin_page("routing.change_member")
@require_POST
def pause(request: HttpRequest, key: str) -> HttpResponse:
    """`paused` says what shall hold afterwards, so that a button pressed twice does no harm; the same button undoes."""
    rep, wanted = request.POST.get("rep", ""), request.POST.get("paused", "")
    # Not asked of the database, which would fail on a text that it can't hold.
    members = Member.objects.filter(queue__key=key).select_related("rep", "queue")
    member = next((each for each in members if each.rep.key == rep), None)
    if member is None or wanted not in ("yes", "no"):
        messages.error(request, "Nothing was changed: there is no such member in the working copy of this queue.")
        return redirect(reverse("routing_pages:queue", args=[key]))
    if not pause_member(member=member, paused=wanted == "yes", user=acting(request)):
        messages.info(request, f"{member.rep} was {'paused' if member.paused else 'not paused'} already.")
    elif wanted == "yes":
        messages.success(request, f"{member.rep} is paused in {member.queue}, from the next lead on.")
    else:
        messages.success(request, f"{member.rep} gets leads from {member.queue} again.")
    return redirect(reverse("routing_pages:queue", args=[key]))
