"""Many leads at once: to a rep, to a queue in turn, decided again, back; counts follow, and one batch can be undone."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import Count
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.models import OutboxEvent
from leads.models import Lead
from leads.services.erase_person import erase_person
from routing.balancing import UNIT
from routing.credit import Outcome
from routing.errors import ReassignmentRefused
from routing.models import Assignment, Decision, Member, MoveBatch, Plan, Queue, Rep, Rule, Standing
from routing.recheck import rerun
from routing.services.accept_lead import Stop, accept_lead, stop_clock
from routing.services.credit_outcome import credit_outcome
from routing.services.decline_lead import decline_lead
from routing.services.moving_cases import cases_of
from routing.services.preview_moves import MovePreview, holders_of, preview_moves
from routing.services.publish_plan import publish_plan
from routing.services.reassign_lead import reassign_lead
from routing.services.reassign_leads import (
    Destination,
    begin_batch,
    carry_out,
    choose_leads,
    plan_for,
    undo_batch,
)
from tests.routing.clocked import (
    change_member,
    counts,
    holder,
    rep,
    sellers,
    send,
    standings_that_are_not_their_entries_sum,
)
from tests.routing.factories import NOW, MemberFactory, RepFactory, queue_with
from tests.routing.whatever_happens import undone_afterwards

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def two_teams(db) -> None:
    """Everything goes to the sellers, ada and ben; london has cyd with twice the share of eve."""
    london = queue_with("london", "cyd", "eve")
    Member.objects.filter(queue=london, rep__key="cyd").update(weight=2)
    sellers("ada", "ben")


def sent(n: int) -> list[int]:
    return [send(NOW + timedelta(seconds=i)).lead_id for i in range(n)]


def batch_of(leads: list[int], now=LATER, reason: str = "Wrong territory", **to) -> MoveBatch:
    batch = choose_leads(lead_ids=leads, user=None, now=now)
    begin_batch(batch=batch, to=Destination(**to), reason=reason, now=now)
    return carry_out(batch=batch, now=now)


def left(batch: MoveBatch) -> dict[str, int]:
    rows = batch.results.filter(after=None).order_by().values_list("left_because").annotate(n=Count("pk"))
    return dict(rows)


def undo(batch: MoveBatch, now=LATER + timedelta(hours=1)) -> MoveBatch:
    return carry_out(batch=undo_batch(batch=batch, user=None, now=now), now=now)


def holders(leads: list[int]) -> dict[str, int]:
    rows = Assignment.objects.live().filter(lead__in=leads).order_by().values_list("rep__key").annotate(n=Count("pk"))
    return dict(rows)


def test_all_go_to_one_rep_who_gets_their_count(two_teams):
    leads = sent(4)
    batch = batch_of(leads, rep=rep("ada"))
    assert holders(leads) == {"ada": 4}
    assert counts() == {"ada": 4, "ben": 0}
    assert left(batch) == {"They have the lead already.": 2}


def test_a_queue_takes_them_in_turn_by_its_shares(two_teams):
    leads = sent(30)
    batch_of(leads, queue_key="london")
    assert holders(leads) == {"cyd": 20, "eve": 10}
    assert counts("london") == {"cyd": 20, "eve": 10}
    assert counts() == {"ada": 0, "ben": 0}
    assert standings_that_are_not_their_entries_sum() == []


def test_what_counts_in_the_queue_already_is_no_new_lead_there(two_teams):
    leads = sent(4)
    for lead in Lead.objects.filter(pk__in=leads):
        with suppress(ReassignmentRefused):
            reassign_lead(lead=lead, rep=rep("ada"), reason="Mine", user=None, now=LATER)
    batch_of(leads, queue_key="sellers")
    assert counts() == {"ada": 2, "ben": 2}


def test_leads_go_back_to_where_the_earlier_plan_puts_them(two_teams):
    earlier = Plan.objects.get(is_active=True)
    Rule.objects.filter(key="all").update(queue=Queue.objects.get(key="london"))
    publish_plan(now=NOW)
    leads = sent(20)
    batch_of(leads, plan=earlier)
    assert holders(leads) == {"ada": 10, "ben": 10}
    assert (counts(), counts("london")) == ({"ada": 10, "ben": 10}, {"cyd": 0, "eve": 0})
    assert set(Decision.objects.filter(kind="reassignment").values_list("plan", flat=True)) == {earlier.pk}


def test_what_the_plan_sends_to_the_same_queue_stays(two_teams):
    batch = batch_of(sent(3), plan=Plan.objects.get(is_active=True))
    assert left(batch) == {"The plan sends it to the queue it is in.": 3}


def test_decisions_made_again_agree_with_what_is_kept_of_them(two_teams):
    earlier = Plan.objects.get(is_active=True)
    Rule.objects.filter(key="all").update(queue=Queue.objects.get(key="london"))
    publish_plan(now=NOW)
    leads = sent(6)
    batch_of(leads[:3], plan=earlier)
    batch_of(leads[3:], queue_key="sellers")
    assert all(rerun(decision).agrees for decision in Decision.objects.filter(kind="reassignment"))


def test_they_go_back_to_whom_they_had_before(two_teams):
    leads = sent(6)
    before = holders(leads)
    batch_of(leads, rep=rep("dan"))
    batch_of(leads)
    assert holders(leads) == before
    assert counts() == {"ada": 3, "ben": 3}


@pytest.mark.parametrize("n", [30, pytest.param(200, marks=pytest.mark.again)])
def test_after_moving_many_and_moving_back_all_counts_are_as_before(two_teams, n):
    leads = sent(n)
    before = {key: counts(key) for key in ("sellers", "london", "desk")}
    owners = dict(Assignment.objects.live().values_list("lead", "rep__key"))
    moved = batch_of(leads, queue_key="london")
    assert abs(counts("london")["cyd"] - n * 2 / 3) < 1
    undo(moved)
    assert dict(Assignment.objects.live().values_list("lead", "rep__key")) == owners
    after = {key: counts(key) for key in ("sellers", "london", "desk")}
    assert after == {**before, "london": {"cyd": 0, "eve": 0}}
    assert standings_that_are_not_their_entries_sum() == []


def claims() -> dict[tuple[str, str], float]:
    """Parts of a lead that are owed, by ledger and rep."""
    rows = Standing.objects.values_list("ledger__key", "rep__key", "shortfall")
    return {(ledger, each): round(shortfall / UNIT, 6) + 0.0 for ledger, each, shortfall in rows}


def test_after_moving_many_and_moving_back_nobody_is_owed_more_or_less(two_teams):
    leads = sent(31)
    before = claims()
    undo(batch_of(leads, queue_key="london"))
    assert claims() == {**before, ("london", "cyd"): 0.0, ("london", "eve"): 0.0}


def test_leads_that_were_moved_away_are_owed_by_those_who_stay(two_teams):
    """With new weights the queue shares as those weights say, not as old claims would."""
    undo(batch_of(sent(60), queue_key="london"))
    Member.objects.filter(queue__key="london").update(weight=1)
    Rule.objects.filter(key="all").update(queue=Queue.objects.get(key="london"))
    publish_plan(now=LATER)
    sent(10)
    assert counts("london") == {"cyd": 5, "eve": 5}


def test_shares_stay_fair_after_a_batch_was_undone(two_teams):
    moved = batch_of(sent(20), queue_key="london")
    undo(moved)
    Rule.objects.filter(key="all").update(queue=Queue.objects.get(key="london"))
    publish_plan(now=LATER)
    sent(31)
    got = counts("london")
    assert abs(got["cyd"] - 31 * 2 / 3) < 1 and abs(got["eve"] - 31 / 3) < 1  # noqa: PT018


@given(
    st.lists(st.sampled_from(["sellers", "london", "rep", "back", "plan"]), min_size=1, max_size=3),
    st.integers(1, 5),
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_moved_counts_are_their_entries_and_undoing_the_last_restores_them(two_teams, steps, n):
    with undone_afterwards():
        leads, last, now = sent(n), None, LATER
        for step in steps:
            now += timedelta(minutes=5)
            before, owners = {key: counts(key) for key in ("sellers", "london")}, holders(leads)
            to = {
                "rep": {"rep": rep("eve")},
                "plan": {"plan": Plan.objects.get(is_active=True)},
                "back": {},
            }.get(step, {"queue_key": step})
            last = batch_of(leads, now=now, **to)
            assert standings_that_are_not_their_entries_sum() == []
        if last is not None and last.results.filter(after__isnull=False).exists():
            undo(last, now=now + timedelta(minutes=5))
            assert holders(leads) == owners
            assert {key: some(counts(key)) for key in before} == {key: some(each) for key, each in before.items()}


def some(of: dict[str, int]) -> dict[str, int]:
    return {rep: count for rep, count in of.items() if count}


def test_only_what_the_batch_moved_and_nobody_moved_since_goes_back(two_teams):
    leads = sent(3)
    moved = batch_of(leads, rep=rep("dan"))
    reassign_lead(lead=Lead.objects.get(pk=leads[0]), rep=rep("mia"), reason="Hers", user=None, now=LATER)
    assert left(undo(moved)) == {"The lead was moved on since.": 1}
    assert holders(leads)["mia"] == 1


def test_a_batch_that_moved_nothing_has_nothing_to_undo(two_teams):
    batch = batch_of(sent(1), plan=Plan.objects.get(is_active=True))
    with pytest.raises(ReassignmentRefused, match="moved nothing"):
        undo_batch(batch=batch, user=None, now=LATER)


def test_a_lead_that_was_parked_is_given_out_and_stays_when_undone(two_teams):
    Member.objects.update(paused=True)
    with suppress(Assignment.DoesNotExist):
        send()
    Member.objects.update(paused=False)
    lead = Lead.objects.get()
    moved = batch_of([lead.pk], queue_key="london")
    assert counts("london") == {"cyd": 1, "eve": 0}
    assert left(undo(moved)) == {"Nobody had the lead before.": 1}


def test_whose_credit_came_back_is_not_counted_anew(two_teams):
    leads = sent(1)
    credit_outcome(assignment=holder(Lead.objects.get()), outcome=Outcome.DUPLICATE, now=NOW)
    batch_of(leads, queue_key="london")
    assert some(counts("london")) == {}


def test_who_declined_a_lead_does_not_get_it_again_in_turn(two_teams):
    (lead,) = sent(1)
    first = holder(lead).rep.key
    decline_lead(assignment=holder(lead), reason="Holiday", user=None, now=NOW)
    batch_of([lead], rep=rep("dan"))
    batch_of([lead], queue_key="sellers")
    assert holder(lead).rep.key not in {first}


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        (lambda lead: Lead.objects.update(status="closed"), "The lead is closed."),
        (lambda lead: erase_person(email=lead.person.email, now=NOW), "The person was erased."),
        (lambda lead: Rep.objects.filter(key="dan").update(active=False), "inactive"),
    ],
    ids=["closed", "erased", "inactive"],
)
def test_what_can_not_be_moved_is_left_with_its_reason(two_teams, prepare, why):
    (lead,) = sent(1)
    batch = choose_leads(lead_ids=[lead], user=None, now=NOW)
    begin_batch(batch=batch, to=Destination(rep=rep("dan")), reason="Wrong", now=NOW)
    prepare(Lead.objects.get())
    carry_out(batch=MoveBatch.objects.get(), now=NOW)
    (found,) = left(batch)
    assert why in found
    assert holder(lead).rep.key != "dan"


def test_a_queue_that_left_the_plan_meanwhile_takes_nothing(two_teams):
    (lead,) = sent(1)
    batch = choose_leads(lead_ids=[lead], user=None, now=NOW)
    begin_batch(batch=batch, to=Destination(queue_key="london"), reason="Wrong", now=NOW)
    Queue.objects.filter(key="london").delete()
    publish_plan(now=NOW)
    carry_out(batch=MoveBatch.objects.get(), now=LATER)
    assert left(batch) == {"The queue is no longer in the plan.": 1}


def test_a_cap_leaves_the_rest_where_they_are(two_teams):
    MemberFactory(queue=Queue.objects.get(key="sellers"), rep=RepFactory(key="fay"), cap_day=2)
    Member.objects.filter(rep__key="fay").update(weight=0)
    publish_plan(now=NOW)
    leads = sent(4)
    assert left(batch_of(leads, rep=rep("fay"))) == {"The rep has no room left under a cap.": 2}


def test_who_is_a_member_of_nothing_takes_them_without_a_count(two_teams):
    RepFactory(key="gil")
    leads = sent(2)
    batch_of(leads, rep=rep("gil"))
    assert (holders(leads), some(counts())) == ({"gil": 2}, {})


def test_reason_and_who_asked_are_kept_with_each_move(two_teams):
    (lead,) = sent(1)
    ops = User.objects.create(username="ops")
    batch = choose_leads(lead_ids=[lead], user=ops, now=LATER)
    begin_batch(batch=batch, to=Destination(queue_key="london"), reason=" Was London's ", now=LATER)
    carry_out(batch=batch, now=LATER)
    held = holder(lead)
    assert (held.note, held.moved_by, held.decision.reason) == ("Was London's", ops, "moved_in_turn")


def test_the_world_hears_of_each_move(two_teams):
    batch_of(sent(3), queue_key="london")
    events = OutboxEvent.objects.filter(type="lead.reassigned")
    assert [event.payload["reason"] for event in events] == ["moved_in_turn"] * 3


def test_an_interrupted_batch_goes_on_where_it_was(two_teams, monkeypatch):
    leads = sent(4)
    batch = choose_leads(lead_ids=leads, user=None, now=LATER)
    begin_batch(batch=batch, to=Destination(queue_key="london"), reason="Wrong", now=LATER)

    def die(done: int, total: int) -> None:
        if done == 2:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        carry_out(batch=batch, now=LATER, progress=die)
    told: list[tuple[int, int]] = []
    carry_out(batch=batch, now=LATER, progress=lambda done, total: told.append((done, total)))
    assert told == [(3, 4), (4, 4)]
    assert sum(counts("london").values()) == 4


def test_the_same_work_twice_moves_nothing_twice(two_teams):
    batch = batch_of(sent(2), queue_key="london")
    carry_out(batch=batch, now=LATER)
    assert Decision.objects.filter(kind="reassignment").count() == 2


def test_a_batch_is_begun_once(two_teams):
    batch = batch_of(sent(1), queue_key="london")
    with pytest.raises(ReassignmentRefused, match="already"):
        begin_batch(batch=batch, to=Destination(), reason="Again", now=LATER)


@pytest.mark.parametrize(
    ("to", "reason", "complaint"),
    [
        ({}, " ", "Say why"),
        ({"queue_key": "nowhere"}, "x", "not in the active plan"),
    ],
)
def test_a_batch_that_makes_no_sense_is_not_begun(two_teams, to, reason, complaint):
    batch = choose_leads(lead_ids=sent(1), user=None, now=LATER)
    with pytest.raises(ReassignmentRefused, match=complaint):
        begin_batch(batch=batch, to=Destination(**to), reason=reason, now=LATER)


@pytest.mark.parametrize(("chosen", "complaint"), [([], "Choose"), (range(5001), "At most 5,000")])
def test_none_and_too_many_are_refused(db, chosen, complaint):
    with pytest.raises(ReassignmentRefused, match=complaint):
        choose_leads(lead_ids=list(chosen), user=None, now=NOW)


def test_choices_that_nobody_went_on_with_are_dropped(two_teams):
    choose_leads(lead_ids=[1], user=None, now=NOW)
    choose_leads(lead_ids=[2], user=None, now=NOW + timedelta(days=2))
    assert [batch.lead_ids for batch in MoveBatch.objects.all()] == [[2]]


def test_erasing_a_person_blanks_the_reason_of_their_batch(two_teams):
    (lead,) = sent(1)
    batch = batch_of([lead], reason="Frau Okonkwo asked", queue_key="london")
    erase_person(email=Lead.objects.get().person.email, now=LATER)
    batch.refresh_from_db()
    assert batch.reason == "erased"


# The clock


def test_a_booked_lead_stays_protected_wherever_it_is_moved(two_teams):
    earlier = Plan.objects.get(is_active=True)
    Rule.objects.filter(key="all").update(queue=Queue.objects.get(key="london"))
    publish_plan(now=NOW)
    (lead,) = sent(1)
    accept_lead(assignment=holder(lead), now=NOW)
    stop_clock(lead=holder(lead).lead, kind=Stop.BOOKING, now=NOW)
    for number, to in enumerate(({"plan": earlier}, {"queue_key": "london"}, {"rep": rep("dan")}, {})):
        batch_of([lead], now=LATER + timedelta(minutes=number), **to)
        assert (holder(lead).protected, holder(lead).due_at) == (True, None)


def test_an_account_owners_lead_that_a_queue_takes_has_a_clock_and_may_be_declined(two_teams):
    owned = send(values={"country": "DE", "account_owner": "dan@seller.example"})
    batch_of([owned.lead_id], queue_key="sellers")
    held = holder(owned.lead)
    assert (owned.protected, held.protected, held.due_at) == (True, False, LATER + timedelta(hours=1))
    assert decline_lead(assignment=held, reason="Holiday", user=None, now=LATER).rep != held.rep


def test_a_lead_that_goes_back_is_as_protected_as_it_was(two_teams):
    held = send(values={"country": "DE", "account_owner": "zoe@seller.example"})
    RepFactory(key="zoe")
    publish_plan(now=NOW)
    moved = batch_of([held.lead_id], plan=Plan.objects.get(is_active=True))
    assert (holder(held.lead).rep.key, holder(held.lead).protected) == ("zoe", True)
    undo(moved)
    back = holder(held.lead)
    assert (back.rep, back.protected, back.due_at) == (held.rep, False, LATER + timedelta(hours=2))
    batch_of([held.lead_id], now=LATER + timedelta(hours=2))
    assert (holder(held.lead).rep.key, holder(held.lead).protected) == ("zoe", True)


def test_what_a_plan_sends_to_the_default_queue_for_an_inactive_owner_has_a_clock(two_teams):
    Queue.objects.filter(key="desk").update(accept_within_min=60)
    RepFactory(key="zoe")
    publish_plan(now=NOW)
    Rep.objects.filter(key="zoe").update(active=False)
    held = send(values={"country": "DE", "account_owner": "zoe@seller.example"})
    batch_of([held.lead_id], rep=rep("ada"))
    batch_of([held.lead_id], plan=Plan.objects.get(is_active=True))
    assert (holder(held.lead).rep.key, holder(held.lead).protected) == ("dan", False)


# The preview


@pytest.mark.parametrize("kind", ["queue", "rep", "plan", "back"])
def test_the_preview_says_what_then_happens(two_teams, kind):
    earlier = Plan.objects.get(is_active=True)
    Rule.objects.filter(key="all").update(queue=Queue.objects.get(key="london"))
    publish_plan(now=NOW)
    leads = sent(9)
    to = {"queue": {"queue_key": "sellers"}, "rep": {"rep": rep("cyd")}, "plan": {"plan": earlier}, "back": {}}[kind]
    found = preview_of(leads, **to)
    batch = batch_of(leads, **to)
    assert {line.rep: line.afterwards for line in found.lines if line.afterwards} == holders(leads)
    assert dict(found.left) == left(batch)
    for line in found.lines:
        standings = counts("sellers") | counts("london")
        assert line.count_afterwards == standings.get(line.rep, 0)


def test_the_preview_asks_the_caps_of_the_one_rep_who_is_to_get_them(two_teams):
    change_member("ada", cap_day=3)
    leads = sent(4)
    found = preview_of(leads, rep=rep("ada"))
    assert (found.moves, dict(found.left)) == (1, left(batch := batch_of(leads, rep=rep("ada"))))
    assert batch.results.filter(after__isnull=False).count() == 1


def test_the_preview_frees_places_under_caps_as_the_leads_leave(two_teams):
    change_member("ada", cap_day=3)
    change_member("ben", cap_day=3)
    leads = sent(6)
    found = preview_of(leads, queue_key="sellers")
    batch = batch_of(leads, queue_key="sellers")
    assert (dict(found.left), found.moves) == (left(batch), batch.results.filter(after__isnull=False).count())


def test_the_preview_shares_leads_of_several_counts_as_the_moves_do(two_teams):
    leads = sent(12)
    batch_of(leads[:5], queue_key="london")
    found = preview_of(leads, queue_key="london")
    batch = batch_of(leads, queue_key="london")
    assert {line.rep: line.afterwards for line in found.lines if line.afterwards} == holders(leads)
    assert dict(found.left) == left(batch)


def test_the_preview_counts_a_parked_lead_where_it_is_parked(two_teams):
    Member.objects.update(paused=True)
    with suppress(Assignment.DoesNotExist):
        send()
    Member.objects.update(paused=False)
    parked = [Lead.objects.get().pk]
    (line,) = preview_of(parked, rep=rep("dan")).lines
    batch_of(parked, rep=rep("dan"))
    assert (line.rep, line.count_afterwards) == ("dan", 1)
    assert counts("desk") == {"dan": 1}


def preview_of(leads: list[int], **to) -> MovePreview:
    destination = Destination(**to)
    active = plan_for(destination)
    return preview_moves(found=cases_of(leads).values(), target=destination.target, active=active, now=LATER)


def preview_of_all() -> MovePreview:
    return preview_of(list(Lead.objects.values_list("pk", flat=True)), queue_key="london")


def test_the_preview_writes_nothing_and_costs_the_same_for_many(two_teams, django_assert_max_num_queries):
    sent(3)
    with django_assert_max_num_queries(12) as few:
        preview_of_all()
    cost = len(few)
    sent(20)
    with django_assert_max_num_queries(cost):
        preview_of_all()
    assert not Decision.objects.filter(kind="reassignment").exists()


def test_who_holds_the_chosen_leads_is_told_most_first(two_teams):
    leads = sent(3)
    assert [n for _, n in holders_of(cases_of(leads).values())] == [2, 1]
