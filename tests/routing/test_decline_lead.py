"""`decline_lead`: the next in turn gets it, the count moves along, nobody is asked twice."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from foundation.models import Mail, OutboxEvent
from leads.models import Lead
from routing.errors import ReassignmentRefused
from routing.models import Assignment, Member
from routing.recheck import rerun
from routing.services.accept_lead import accept_lead
from routing.services.decline_lead import decline_lead
from routing.services.enforce_clock import enforce_clock
from tests.routing.clocked import (
    change_rep,
    counts,
    holder,
    owed,
    sellers,
    send,
    standings_that_are_not_their_entries_sum,
)
from tests.routing.factories import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def held(db) -> Assignment:
    """Ada's lead; ben and cyd sell, too."""
    sellers("ada", "ben", "cyd")
    Member.objects.filter(rep__key__in=["ben", "cyd"]).update(paused=True)
    assignment = send()
    Member.objects.update(paused=False)
    return assignment


def decline(held: Assignment, reason: str = "Not my language", user: User | None = None) -> Assignment:
    return decline_lead(assignment=held, reason=reason, user=user, now=LATER)


def test_the_next_in_turn_has_it_with_a_fresh_clock(held):
    before = owed()
    moved = decline(held)
    assert (moved.rep.key in {"ben", "cyd"}, moved.due_at) == (True, LATER + timedelta(hours=1))
    assert counts() == {"ada": 0, "ben": 0, "cyd": 0, moved.rep.key: 1}
    assert owed() == before
    assert standings_that_are_not_their_entries_sum() == []


def test_why_and_who_declined_are_kept(held):
    ada = User.objects.create(username="ada")
    moved = decline(held, user=ada)
    held.refresh_from_db()
    assert (held.ended_reason, moved.decision.reason) == ("declined", "declined")
    assert (moved.note, moved.moved_by) == ("Not my language", ada)
    assert rerun(moved.decision).agrees


def test_nobody_is_asked_for_the_same_lead_again(held):
    asked = [held.rep.key, *(decline(holder(held.lead)).rep.key for _ in range(2))]
    assert sorted(asked) == ["ada", "ben", "cyd"]


def test_the_clock_passes_it_to_nobody_who_declined_it(held):
    decline(held)
    enforce_clock(now=LATER + timedelta(hours=2))
    assert holder(held.lead).rep.key != "ada"


def test_after_everybody_declined_the_manager_has_it_and_it_counts_for_nobody(held):
    for _ in range(3):
        moved = decline(holder(held.lead))
    assert moved.rep.key == "mia"
    assert counts() == {"ada": 0, "ben": 0, "cyd": 0}


def test_the_new_holder_and_the_world_are_told(held):
    moved = decline(held)
    assert OutboxEvent.objects.get(type="lead.reassigned").payload["reason"] == "declined"
    mail = Mail.objects.get()
    assert (mail.to, "declined" in mail.body) == (moved.rep.email, True)


def accepted(held):
    accept_lead(assignment=held, now=NOW)


@pytest.mark.parametrize(
    ("prepare", "reason", "complaint"),
    [
        (lambda held: None, " ", "Say why"),
        (lambda held: Lead.objects.update(status="closed"), "x", "closed"),
        (accepted, "x", "accepted"),
        (lambda held: Assignment.objects.update(protected=True), "x", "in person"),
        (lambda held: Assignment.objects.update(protected=True, booked=True), "x", "A meeting is booked"),
        (lambda held: Assignment.objects.update(queue_key=""), "x", "in person"),
        (lambda held: change_rep("ben", "cyd", "mia", active=False), "x", "Nobody else"),
    ],
    ids=["no reason", "closed", "accepted", "protected", "booked", "no queue", "nobody left"],
)
def test_what_can_not_be_declined_stays(held, prepare, reason, complaint):
    prepare(held)
    with pytest.raises(ReassignmentRefused, match=complaint):
        decline(held, reason=reason)
    assert holder(held.lead).pk == held.pk


def test_what_is_anothers_by_now_can_not_be_declined(held):
    decline(held)
    with pytest.raises(ReassignmentRefused, match="Somebody else"):
        decline(held)
