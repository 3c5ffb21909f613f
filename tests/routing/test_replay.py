"""`replay`: an unchanged plan changes nothing, and a changed one exactly what it should."""

import random
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Lead
from routing.contract import inputs_by_hand
from routing.credit import Outcome
from routing.draft import draft_plan
from routing.errors import ReassignmentRefused
from routing.history import history_since
from routing.models import (
    Absence,
    Assignment,
    ContractInput,
    Decision,
    LedgerEntry,
    Member,
    NamedAccount,
    NamedAccountList,
    Rep,
    Rule,
)
from routing.plan import Plan
from routing.replay import Past, Result, replay
from routing.selectors import active_plan
from routing.services.credit_outcome import credit_outcome
from routing.services.enforce_clock import enforce_clock
from routing.services.publish_plan import publish_plan
from routing.services.reassign_lead import reassign_lead
from routing.services.route_lead import route_lead
from tests.routing.factories import NOW, LeadFactory, MemberFactory, QueueFactory, RepFactory, RuleFactory, queue_with

pytestmark = pytest.mark.django_db

EVENING = timedelta(hours=9)
NINE_TO_FIVE = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def route(minute: int = 0, lead: Lead | None = None, is_test: bool = False, **values: object) -> Decision:
    active = active_plan()
    return route_lead(
        lead=lead or LeadFactory(),
        submission_id=uuid4(),
        inputs=inputs_by_hand(values or {"country": "DE"}, active.plan.contract),
        active=active,
        is_test=is_test,
        now=NOW + timedelta(minutes=minute),
    )


def replayed(plan: Plan, since=NOW) -> list[tuple[Past, Result]]:
    history = history_since(since, plan)
    return list(replay(plan, history.opening, history.decisions(plan), history.events))


def differing(plan: Plan, since=NOW) -> list[tuple[Result, Result]]:
    return [(past.result, after) for past, after in replayed(plan, since) if past.result != after]


def counts(plan: Plan) -> dict[str, int]:
    owners = [after.owner for _, after in replayed(plan)]
    return {owner: owners.count(owner) for owner in sorted(set(owners))}


@pytest.fixture
def sellers():
    """Germany goes to ada and ben, the rest to the desk."""
    queue_with("desk", "cyd", is_default=True)
    queue = queue_with("sellers", "ada", "ben")
    RuleFactory(key="german", condition={"country": "DE"}, queue=queue)
    publish_plan(now=NOW)
    return queue


def busy_company() -> None:
    """All that a decision can depend on: caps, hours, conditions, clocks, shared and other counts, named accounts."""
    rest = {"counts": ["owned", "duplicate", "test"], "disqualify_reasons": ["student"], "disqualify_cap_month": 3}
    queue_with("desk", "cyd", "dan", is_default=True)
    clock = {"accept_within_min": 60, "manager": Rep.objects.get(key="dan")}
    big = QueueFactory(key="big", shared_count="north", working_hours="prefer", **rest, **clock)
    small = QueueFactory(key="small", shared_count="north", working_hours="require", fallback=big)
    south = QueueFactory(key="south", working_hours="ignore")
    reps = {key: RepFactory(key=key, working_hours=NINE_TO_FIVE) for key in ("ada", "ben", "eve", "fay")}
    Rep.objects.filter(key="ben").update(time_zone="America/New_York")
    for weight, (key, rep) in enumerate(reps.items(), start=1):
        MemberFactory(queue=big, rep=rep, weight=weight, cap_day=6 if key in ("eve", "fay") else None)
    MemberFactory(
        queue=small, rep=reps["ada"], weight=2, cap_week=30, condition={"employees": {"$exists": True, "$lt": 400}}
    )
    MemberFactory(queue=small, rep=reps["ben"], priority=3, cap_day=5)
    MemberFactory(queue=south, rep=reps["fay"], cap_month=40)
    MemberFactory(queue=south, rep=Rep.objects.get(key="dan"), weight=3)
    RuleFactory(condition={"country": "DE", "employees": {"$exists": True, "$gte": 300}}, queue=big, position=1)
    RuleFactory(condition={"country": "DE"}, queue=small, position=2)
    RuleFactory(condition={"country": "ES"}, queue=south, position=3)
    listed = NamedAccountList.objects.create(key="named", name="Named", queue=big)
    NamedAccount.objects.create(list=listed, domain="acme.example", owner=reps["ada"])
    NamedAccount.objects.create(list=listed, domain="zeta.example")
    publish_plan(now=NOW)


class Life:
    """A few weeks of leads and of all that happens beside them, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now = NOW
        self.leads: list[Lead] = []

    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            self.now += timedelta(minutes=self.chance.choice([0, 1, 9, 40, 120]))
            ways = [
                *(self.lead_comes, self.lead_returns, self.roster_changes),
                *(self.credit_comes_back, self.lead_is_moved, self.clock_runs),
            ]
            self.chance.choices(ways, weights=[70, 8, 8, 8, 6, 6])[0]()

    def lead_comes(self, lead: Lead | None = None) -> None:
        values = {"country": self.chance.choice(["DE", "DE", "ES", "FR"]), "employees": self.chance.randrange(800)}
        if self.chance.random() < 0.1:
            values["company_domain"] = self.chance.choice(["acme.example", "zeta.example"])
        active = active_plan()
        decision = route_lead(
            lead=lead or LeadFactory(),
            submission_id=uuid4(),
            inputs=inputs_by_hand(values, active.plan.contract),
            active=active,
            is_test=lead is None and self.chance.random() < 0.08,
            now=self.now,
        )
        self.leads.append(decision.lead)

    def lead_returns(self) -> None:
        if self.leads:
            self.lead_comes(self.chance.choice(self.leads))

    def roster_changes(self) -> None:
        rep = self.chance.choice(list(Rep.objects.order_by("id")))
        what = self.chance.randrange(3)
        if what == 0:
            Rep.objects.filter(pk=rep.pk).update(active=not rep.active)
        elif what == 1:
            for member in Member.objects.filter(rep=rep):
                Member.objects.filter(pk=member.pk).update(paused=self.chance.random() < 0.3)
        else:
            Absence.objects.create(rep=rep, starts_at=self.now, ends_at=self.now + timedelta(hours=9))

    def credit_comes_back(self) -> None:
        held = self._any_assignment()
        if held is not None:
            outcome = self.chance.choice(list(Outcome))
            credit_outcome(assignment=held, outcome=outcome, reason="student", now=self.now)

    def lead_is_moved(self) -> None:
        held = self._any_assignment()
        others = Rep.objects.filter(active=True).exclude(pk=held.rep_id if held else None).order_by("id")
        if held is None or not others:
            return
        rep = self.chance.choice(list(others))
        with suppress(ReassignmentRefused):
            reassign_lead(lead=held.lead, rep=rep, reason="Holiday", user=None, now=self.now)

    def clock_runs(self) -> None:
        enforce_clock(now=self.now)

    def _any_assignment(self) -> Assignment | None:
        live = list(Assignment.objects.live().order_by("id"))
        return self.chance.choice(live) if live else None


@pytest.mark.again
@pytest.mark.parametrize("seed", range(3))
def test_replaying_the_unchanged_plan_changes_nothing_from_wherever_it_begins(seed):
    """From the start and from the middle of one life: living it costs far more than replaying it."""
    busy_company()
    life = Life(seed)
    life.go_on(150)
    middle = life.now + timedelta(seconds=1)
    life.go_on(150)
    assert Decision.objects.filter(reason="overdue").exists()
    for since, at_least in ((NOW, 200), (middle, 80)):
        assert len(replayed(active_plan().plan, since)) > at_least
        assert differing(active_plan().plan, since) == []


def test_leads_that_the_draft_sends_elsewhere_are_shared_there_in_turn(sellers):
    for minute in range(4):
        route(minute)
    Rule.objects.filter(key="german").update(queue=queue_with("new", "eve", "fay"))
    assert counts(draft_plan()) == {"eve": 2, "fay": 2}


def test_a_new_weight_changes_the_shares(sellers):
    for minute in range(8):
        route(minute)
    Member.objects.filter(rep__key="ada").update(weight=3)
    assert counts(draft_plan()) == {"ada": 6, "ben": 2}


def test_a_returning_lead_follows_its_owner_of_the_replay(sellers):
    lead = LeadFactory()
    route(0, lead=lead)
    route(1, lead=lead)
    Rule.objects.filter(key="german").update(queue=queue_with("new", "eve"))
    assert [tuple(after)[:3] for _, after in replayed(draft_plan())] == [
        ("eve", "new", "rule"),
        ("eve", "new", "existing_owner"),
    ]


def test_a_lead_that_was_parked_in_fact_may_find_an_owner_and_keep_it(sellers):
    Member.objects.update(paused=True)
    lead = LeadFactory()
    route(0, lead=lead)
    route(1, lead=lead)
    Rule.objects.filter(key="german").update(queue=queue_with("new", "eve"))
    assert [after.reason for _, after in replayed(draft_plan())] == ["rule", "existing_owner"]


def test_who_was_paused_then_is_paused_in_the_replay(sellers):
    Member.objects.filter(rep__key="ada").update(paused=True)
    route()
    Member.objects.filter(rep__key="ada").update(paused=False)
    assert counts(active_plan().plan) == {"ben": 1}


def test_an_absence_holds_for_queues_that_the_decision_never_read(sellers):
    away = RepFactory(key="eve")
    Absence.objects.create(rep=away, starts_at=NOW, ends_at=NOW + timedelta(hours=1))
    route(0)
    route(90)
    new = queue_with("new", "eve", "fay")
    Rule.objects.filter(key="german").update(queue=new)
    assert [after.owner for _, after in replayed(draft_plan())] == ["fay", "eve"]


def test_caps_of_the_draft_hold_in_the_replay(sellers):
    for minute in range(4):
        route(minute)
    Member.objects.filter(rep__key="ada").update(cap_day=1)
    assert counts(draft_plan()) == {"ada": 1, "ben": 3}


def test_credit_comes_back_to_whoever_has_the_lead_in_the_replay(sellers):
    decisions = [route(minute) for minute in range(4)]
    for decision in decisions[::2]:
        credit_outcome(assignment=decision.assignments.get(), outcome=Outcome.GUEST_NO_SHOW, now=NOW + EVENING)
    route(600)
    route(601)
    Rule.objects.filter(key="german").update(queue=queue_with("new", "eve", "fay"))
    owners = [after.owner for _, after in replayed(draft_plan())]
    assert owners[0] == owners[2]
    assert owners[4:] == [owners[0]] * 2


def test_a_lead_moved_by_hand_is_moved_in_the_replay(sellers):
    lead = LeadFactory()
    first = route(0, lead=lead)
    other = Rep.objects.exclude(pk=first.rep_id).get(key__in=["ada", "ben"])
    reassign_lead(lead=lead, rep=other, reason="Knows them", user=None, now=NOW + timedelta(minutes=1))
    route(2, lead=lead)
    Rule.objects.filter(key="german").update(queue=queue_with("new", "eve"))
    assert [after.owner for _, after in replayed(draft_plan())] == ["eve", other.key]


def test_a_lead_that_only_stayed_with_who_had_it_is_not_moved_in_the_replay(sellers):
    lead = LeadFactory()
    first = route(0, lead=lead)
    stays = {"kind": "reassignment", "outcome": "existing_owner", "reason": "nobody_available", "sequence": 1}
    kept = {name: getattr(first, name) for name in ("lead", "submission_id", "rep", "queue_key", "plan", "plan_hash")}
    Decision.objects.create(**kept, **stays, inputs=first.inputs, seed="s", decided_at=NOW + timedelta(minutes=1))
    route(2, lead=lead)
    Rule.objects.filter(key="german").update(queue=queue_with("new", "eve"))
    assert [after.owner for _, after in replayed(draft_plan())] == ["eve", "eve"]


def test_the_drafts_own_defaults_stand_in_for_what_was_unknown(sellers):
    route(0, country="DE")
    ContractInput.objects.filter(key="employees").update(default=5000)
    Rule.objects.filter(key="german").update(position=5)
    RuleFactory(condition={"employees": {"$exists": True, "$gte": 1000}}, queue=queue_with("big", "eve"), position=1)
    assert counts(draft_plan()) == {"eve": 1}


def test_a_replay_only_reads(sellers):
    for minute in range(5):
        route(minute)
    rows = Decision.objects.count(), LedgerEntry.objects.count(), Assignment.objects.count()
    with CaptureQueriesContext(connection) as queries:
        replayed(active_plan().plan)
    assert all(query["sql"].startswith(("SELECT", "DECLARE")) for query in queries)
    assert rows == (Decision.objects.count(), LedgerEntry.objects.count(), Assignment.objects.count())


def test_the_number_of_queries_does_not_grow_with_the_window(sellers):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            replayed(active_plan().plan)
        return len(captured)

    route(0)
    few = queries()
    for minute in range(1, 20):
        route(minute)
    assert queries() == few
