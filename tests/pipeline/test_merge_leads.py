"""Two leads that are one: all of the one is the other's afterwards, and a lead counts once."""

import time
from threading import Event
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db.models import Count

from foundation.models import AuditEntry
from foundation.outbox import emit
from leads.errors import LeadRefused
from leads.models import Lead, Observation, Person
from leads.services.capture_lead import capture_lead
from leads.services.close_lead import close_lead
from leads.services.erase_person import erase_person
from pipeline.models import Run
from pipeline.services import merge_leads as merging
from pipeline.services.merge_leads import Merge, merge_leads, plan_merge
from routing.models import Assignment, Decision, LedgerEntry, Queue
from routing.services import enforce_clock
from routing.services.publish_plan import publish_plan
from tests.leads.factories import ObservationFactory
from tests.routing.clocked import counts, holder, sellers, send, standings_that_are_not_their_entries_sum
from tests.routing.factories import NOW, LeadFactory
from tests.routing.test_acceptance import HOUR, in_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(db) -> tuple[Lead, Lead]:
    """Of two people, each with an owner and a submission."""
    sellers("ada", "ben")
    first, second = send(), send()
    for held in (first, second):
        Run.objects.create(
            submission_id=uuid4(), origin="visitor", deliver=True, stage="done", person=held.lead.person,
            lead=held.lead, wake_at=NOW, created_at=NOW, finished_at=NOW,
        )  # fmt: skip
    return first.lead, second.lead


def merge(keep: Lead, goes: Lead, user: User | None = None) -> Merge:
    return merge_leads(keep=keep, goes=goes, user=user, now=NOW)


def status(lead: Lead) -> str:
    return Lead.objects.values_list("status", flat=True).get(pk=lead.pk)


def test_submissions_decisions_and_assignments_follow(two):
    keep, goes = two
    merge(keep, goes)
    for model in (Run, Decision, Assignment):
        assert set(model.objects.values_list("lead", flat=True)) == {keep.pk}
    assert set(Run.objects.values_list("person", flat=True)) == {keep.person_id}


def test_observations_follow(two):
    keep, goes = two
    ObservationFactory(person=goes.person)
    merge(keep, goes)
    assert Observation.objects.get().person_id == keep.person_id


def test_the_one_that_goes_is_closed_and_points_to_the_other(two):
    keep, goes = two
    merge(keep, goes)
    goes.refresh_from_db()
    assert (goes.status, goes.closed_because, goes.merged_into_id) == ("closed", "merged", keep.pk)
    assert status(keep) == "open"


def test_one_owner_is_left_and_the_others_credit_comes_back_as_a_duplicate(two):
    keep, goes = two
    owner, other = holder(keep).rep.key, holder(goes).rep.key
    assert plan_merge(keep=keep, goes=goes).gives_credit_back
    merge(keep, goes)
    assert holder(keep).rep.key == owner
    assert counts() == {owner: 1, other: 0}
    assert LedgerEntry.objects.get(credit=-1).reason == "duplicate"
    assert standings_that_are_not_their_entries_sum() == []


def test_a_queue_that_gives_nothing_back_for_duplicates_keeps_both_counts(two):
    Queue.objects.filter(key="sellers").update(gives_back=[])
    publish_plan(now=NOW)
    merge(*two)
    assert counts() == {"ada": 1, "ben": 1}


def test_where_only_the_one_that_goes_has_an_owner_they_keep_it(two):
    _, goes = two
    owner = holder(goes).rep.key
    nobodys = LeadFactory()
    merge(nobodys, goes)
    assert holder(nobodys).rep.key == owner
    assert counts() == {"ada": 1, "ben": 1}


def test_who_writes_from_the_other_address_is_known_from_then_on(two):
    keep, goes = two
    merge(keep, goes)
    again = capture_lead(email=goes.person.email, full_name="", observations=[], submission_id=uuid4(), now=NOW)
    assert (again.person.pk, again.lead.pk, again.lead_is_new) == (keep.person_id, keep.pk, False)


def test_erasing_either_address_erases_both(two):
    keep, goes = two
    addresses = [keep.person.email, goes.person.email]
    emit("lead.assigned", {"contact": "x"}, now=NOW, subject=f"person:{goes.person_id}")
    merge(keep, goes)
    assert erase_person(email=addresses[0], now=NOW).overwritten["person"] == 2
    assert not Person.objects.filter(email__in=addresses).exists()
    assert Person.objects.filter(erased_at__isnull=True).count() == 0


def test_three_can_be_made_one(two):
    keep, goes = two
    third = send().lead
    merge(goes, third)
    merge(keep, goes)
    assert set(Person.objects.exclude(pk=keep.person_id).values_list("merged_into", flat=True)) == {keep.person_id}
    assert set(Lead.objects.exclude(pk=keep.pk).values_list("merged_into", flat=True)) == {keep.pk}


def test_a_closed_lead_that_an_open_one_is_merged_into_is_open(two):
    keep, goes = two
    close_lead(lead=keep, because="no_answer", user=None, now=NOW)
    merge(keep, goes)
    assert [status(keep), status(goes)] == ["open", "closed"]


def test_two_leads_of_one_person_become_one(two):
    keep, _ = two
    close_lead(lead=keep, because="lost", user=None, now=NOW)
    newer = LeadFactory(person=keep.person)
    merge(newer, keep)
    assert [status(newer), status(keep)] == ["open", "closed"]
    assert holder(newer)


def test_at_most_one_is_open_and_one_live_whatever_was_merged(two):
    keep, goes = two
    merge(keep, goes)
    assert Lead.objects.filter(status="open").values("person").annotate(n=Count("pk")).filter(n__gt=1).count() == 0
    assert Assignment.objects.live().filter(lead=keep).count() == 1


def test_it_is_in_the_audit_without_names(two):
    keep, goes = two
    merge(keep, goes, user=User.objects.create(username="ops"))
    entry = AuditEntry.objects.get(action="merged")
    assert (entry.who, entry.label) == ("ops", f"Lead {keep.pk}")
    assert "credit given back" in entry.note
    assert "@" not in f"{entry.note}{entry.label}{entry.changes}"


@pytest.mark.parametrize(
    ("prepare", "complaint"),
    [
        (lambda keep, goes: (keep, keep), "into itself"),
        (lambda keep, goes: erase_person(email=goes.person.email, now=NOW) and None, "erased"),
        (lambda keep, goes: merge(LeadFactory(), goes) and None, "merged into lead"),
        (lambda keep, goes: Run.objects.update(finished_at=None) and None, "on its way"),
    ],
    ids=["itself", "erased", "merged before", "on its way"],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(two, prepare, complaint):
    keep, goes = prepare(*two) or two
    before = list(Lead.objects.order_by("pk").values_list())
    with pytest.raises(LeadRefused, match=complaint):
        merge(keep, goes)
    assert list(Lead.objects.order_by("pk").values_list()) == before


def test_one_person_never_gets_two_open_leads(two):
    keep, goes = two
    close_lead(lead=goes, because="lost", user=None, now=NOW)
    other = LeadFactory(person=goes.person)
    with pytest.raises(LeadRefused, match=f"open lead {other.pk}"):
        merge(keep, goes)


def test_what_would_be_done_is_said_before(two):
    keep, goes = two
    ObservationFactory(person=goes.person)
    found = plan_merge(keep=keep, goes=goes)
    assert (found.submissions, found.observations, found.decisions, found.joins_people) == (1, 1, 1, True)
    assert Lead.objects.filter(status="open").count() == 2


def test_a_merge_while_the_clock_passes_the_lead_on_leaves_its_owner(two, monkeypatch):
    """The sweep has read which lead it is, and waits for its lock until the merge has committed."""
    _, goes = two
    nobodys = LeadFactory()
    held = holder(goes)
    Assignment.objects.exclude(pk=held.pk).update(clock_stopped_at=NOW)
    waits = enforce_clock.lock_lead

    def lock_after_the_merge(lead_id: int) -> Lead:
        if not Lead.objects.get(pk=goes.pk).merged_into_id:
            merge(nobodys, goes)
        return waits(lead_id)

    monkeypatch.setattr(enforce_clock, "lock_lead", lock_after_the_merge)
    assert enforce_clock.enforce_clock(now=NOW + HOUR) == {"gone": 1}
    assert holder(nobodys).pk == held.pk
    assert enforce_clock.enforce_clock(now=NOW + HOUR) == {"overdue": 1}
    assert holder(nobodys).moves == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda email: capture_lead(email=email, full_name="", observations=[], submission_id=uuid4(), now=NOW),
        lambda email: erase_person(email=email, now=NOW),
    ],
    ids=["captured", "erased"],
)
def test_an_address_may_be_used_while_its_person_is_merged_once_more(monkeypatch, meanwhile):
    """Its row is the last: whoever locks it before its person's waits for the merge, and the merge for it."""
    sellers("ada", "ben")
    keep, goes, earlier = (send().lead for _ in range(3))
    merge(goes, earlier)
    email, has_begun, hand_on = earlier.person.email, Event(), merging._hand_on

    def linger(*given: object) -> None:
        has_begun.set()
        time.sleep(0.5)
        hand_on(*given)

    monkeypatch.setattr(merging, "_hand_on", linger)
    in_threads(lambda: merge(keep, goes), 1, lambda: (has_begun.wait(timeout=30), meanwhile(email)))
    assert set(Person.objects.exclude(pk=keep.person_id).values_list("merged_into", flat=True)) == {keep.person_id}
    assert Lead.objects.filter(status="open").count() == 1
    assert Person.objects.filter(erased_at=None).count() in (0, 3)
