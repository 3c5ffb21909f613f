"""`reassign_lead`: by hand, with a reason; history, counts and events follow."""

from contextlib import suppress

import pytest
from django.contrib.auth.models import User
from django.db.models import Count

from foundation.models import OutboxEvent
from foundation.outbox import emit
from leads.models import Lead
from leads.services.erase_person import erase_person
from routing.credit import Outcome
from routing.errors import ReassignmentRefused
from routing.models import Assignment, Decision, LedgerEntry, Member, Rep, Standing
from routing.recheck import rerun
from routing.selectors import active_plan
from routing.services.credit_outcome import credit_outcome
from routing.services.publish_plan import publish_plan
from routing.services.reassign_lead import reassign_lead
from tests.routing.clocked import (
    change_member,
    counts,
    holder,
    owed,
    rep,
    sellers,
    send,
    standings_that_are_not_their_entries_sum,
)
from tests.routing.factories import NOW, LeadFactory, RepFactory
from tests.routing.test_acceptance import HOUR, MINUTE, in_threads

pytestmark = pytest.mark.django_db
LATER = NOW + 30 * MINUTE


@pytest.fixture
def held() -> Assignment:
    """A lead of ada's; ben sells too."""
    sellers("ada", "ben")
    Member.objects.filter(rep__key="ben").update(paused=True)
    assignment = send()
    Member.objects.update(paused=False)
    return assignment


def move(held: Assignment, to: str = "ben", reason: str = "Knows the company", user: User | None = None) -> Assignment:
    return reassign_lead(lead=held.lead, rep=rep(to), reason=reason, user=user, now=LATER)


def test_the_lead_is_the_other_reps_from_now_on(held):
    move(held)
    held.refresh_from_db()
    assert (held.ended_at, held.ended_reason) == (LATER, "by_hand")
    assert holder(held.lead).rep.key == "ben"


def test_reason_and_who_moved_it_are_kept(held):
    ops = User.objects.create(username="ops")
    moved = move(held, reason="  Knows the company ", user=ops)
    assert (moved.note, moved.moved_by) == ("Knows the company", ops)


def test_the_new_holder_gets_a_fresh_clock_and_fresh_moves(held):
    Assignment.objects.filter(pk=held.pk).update(moves=2)
    moved = move(held)
    assert (moved.due_at, moved.remind_at, moved.moves) == (LATER + HOUR, LATER + 45 * MINUTE, 0)


def test_a_move_is_the_next_decision_of_the_same_submission(held):
    decision = move(held).decision
    assert (decision.submission_id, decision.sequence) == (held.decision.submission_id, 1)
    assert (decision.kind, decision.reason, decision.rep.key) == ("reassignment", "by_hand", "ben")
    assert move(held, to="ada").decision.sequence == 2


def test_a_decision_keeps_nothing_of_what_was_written(held):
    decision = move(held, reason="Frau Okonkwo asked for Ben").decision
    assert "Okonkwo" not in str([decision.trace, decision.inputs, decision.pools])


def test_a_move_by_hand_stands_when_decisions_are_run_again(held):
    assert rerun(move(held).decision).agrees


def test_the_count_moves_and_nobody_elses_claim_changes(held):
    before = owed()
    move(held)
    assert counts() == {"ada": 0, "ben": 1}
    assert owed() == before
    assert standings_that_are_not_their_entries_sum() == []


def test_the_place_under_a_cap_moves_too(held):
    change_member("ada", cap_day=1)
    change_member("ben", cap_day=1)
    move(held)
    assert send(LATER).rep.key == "ada"


def test_who_is_no_member_takes_it_without_a_count(held):
    RepFactory(key="eve")
    moved = move(held, to="eve")
    assert counts() == {"ada": 0, "ben": 0}
    assert not LedgerEntry.objects.filter(assignment=moved).exists()


def test_a_lead_that_did_not_count_does_not_count_after_a_move(db):
    sellers("ada", "ben")
    test = send(is_test=True)
    move(test, to="ben" if test.rep.key == "ada" else "ada")
    assert not LedgerEntry.objects.exists()


def test_a_lead_whose_credit_came_back_counts_for_nobody_after_a_move(held):
    credit_outcome(assignment=held, outcome=Outcome.DUPLICATE, now=NOW)
    move(held)
    assert counts() == {"ada": 0, "ben": 0}


def test_back_and_forth_ends_where_it_began(held):
    for to in ("ben", "ada", "ben", "ada"):
        move(held, to=to)
    assert counts() == {"ada": 1, "ben": 0}
    assert Standing.objects.get(rep__key="ada", ledger__key="sellers").taken["day"] == ["2026-03-02", 1]


def test_the_count_of_queues_that_share_one_moves_within_it(db):
    sellers("ada", "ben", shared_count="everybody")
    first = send()
    move(first, to="ben" if first.rep.key == "ada" else "ada")
    assert sum(counts("everybody").values()) == 1


def test_a_parked_lead_can_be_given_to_somebody_and_counts_where_it_was_parked(db):
    sellers("ada")
    Member.objects.update(paused=True)
    with pytest.raises(Assignment.DoesNotExist):
        send()
    lead = Lead.objects.get()
    moved = reassign_lead(lead=lead, rep=rep("dan"), reason="Nobody was there", user=None, now=LATER)
    assert (moved.queue_key, moved.decision.sequence) == ("desk", 1)
    assert counts("desk") == {"dan": 1}


def test_the_world_is_told_who_had_it_and_why(held):
    move(held)
    event = OutboxEvent.objects.get(type="lead.reassigned")
    told = {name: event.payload[name] for name in ("reason", "note", "queue", "lead_id")}
    assert told == {"reason": "by_hand", "note": "Knows the company", "queue": "sellers", "lead_id": held.lead_id}
    assert (event.payload["previous_owner"]["name"], event.payload["owner"]["name"]) == ("Ada", "Ben")
    assert (event.subject, event.deliver) == (f"person:{held.lead.person_id}", True)


def test_what_the_world_never_heard_of_moves_in_silence(held):
    emit("lead.assigned", {}, now=NOW, subject=f"person:{held.lead.person_id}", deliver=False)
    move(held)
    assert not OutboxEvent.objects.get(type="lead.reassigned").deliver


def test_erasing_the_person_blanks_what_was_written(held):
    moved = move(held, reason="Frau Okonkwo asked for Ben")
    erase_person(email=held.lead.person.email, now=LATER)
    moved.refresh_from_db()
    assert moved.note == "erased"
    assert OutboxEvent.objects.get(type="lead.reassigned").payload == {"erased": True}


@pytest.mark.parametrize(
    ("prepare", "changes", "complaint"),
    [
        (lambda: None, {"reason": " "}, "Say why"),
        (lambda: None, {"to": "ada"}, "has this lead already"),
        (lambda: Rep.objects.filter(key="ben").update(active=False), {}, "inactive"),
        (lambda: Lead.objects.update(status="closed"), {}, "closed"),
        (lambda: change_member("ben", cap_week=0), {}, "no room left under a cap"),
    ],
    ids=["no reason", "same rep", "inactive", "closed", "cap"],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(held, prepare, changes, complaint):
    prepare()
    with pytest.raises(ReassignmentRefused, match=complaint):
        move(held, **changes)
    assert holder(held.lead).pk == held.pk
    assert Decision.objects.count() == 1


def test_a_lead_that_was_never_decided_is_refused(held):
    with pytest.raises(ReassignmentRefused, match="not been decided"):
        reassign_lead(lead=LeadFactory(), rep=rep("ben"), reason="Mine", user=None, now=NOW)


def test_a_person_may_give_a_lead_to_somebody_who_is_away(held):
    Member.objects.filter(rep__key="ben").update(paused=True)
    assert move(held).rep.key == "ben"


def test_a_known_lead_stays_with_whom_it_was_moved_to(held):
    move(held)
    assert send(LATER + HOUR, lead=held.lead).rep.key == "ben"


def test_the_submission_that_comes_after_a_move_goes_on_from_it(held):
    move(held)
    send(LATER, lead=held.lead)
    assert move(held, to="ada").decision.submission_id == held.decision.submission_id


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_moves_at_once_leave_one_live_assignment_and_right_counts():
    sellers("ada", "ben", "cyd", "eve")
    lead = send().lead
    targets = iter(["ada", "ben", "cyd", "eve"])

    def move_to_next() -> None:
        with suppress(ReassignmentRefused):
            reassign_lead(lead=lead, rep=rep(next(targets)), reason="Mine", user=None, now=LATER)

    in_threads(move_to_next, 4)
    live = Assignment.objects.live().values("lead").annotate(n=Count("pk")).get()
    assert live["n"] == 1
    assert counts() == {"ada": 0, "ben": 0, "cyd": 0, "eve": 0, holder(lead).rep.key: 1}
    assert standings_that_are_not_their_entries_sum() == []


def test_the_active_plan_is_kept_with_the_move(held):
    publish_plan(now=NOW)
    assert move(held).decision.plan_hash == active_plan().plan.hash
