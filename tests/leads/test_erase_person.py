from io import StringIO
from uuid import uuid4

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command

from foundation.models import OutboxEvent
from foundation.outbox import emit
from leads.errors import EmailInvalid
from leads.models import Lead, Observation, Person
from leads.services import erase_person as module
from leads.services.capture_lead import capture_lead
from leads.services.erase_person import erase_person, register_eraser
from leads.services.record_observations import NewObservation
from tests.leads.factories import NOW, PersonFactory
from tests.leads.leftovers import leftovers

pytestmark = pytest.mark.django_db

EMAIL, NAME, PHONE = "jürgen.lang@acme.example", "Jürgen Lang", "+49 30 9876543"


@pytest.fixture(autouse=True)
def _only_this_rooms_erasers(monkeypatch):
    monkeypatch.setattr(module, "_erasers", {})
    monkeypatch.setattr(module, "_address_erasers", {})


@pytest.fixture
def lead(admin_user):
    """Jürgen's, with everything this room and the foundation keep of a person."""
    captured = capture_lead(
        email=EMAIL,
        full_name=NAME,
        observations=[
            NewObservation("email", EMAIL, "answer"),
            NewObservation("full_name", NAME, "answer"),
            NewObservation("phone", PHONE, "hidden"),
            NewObservation("message", f"Call {NAME} on {PHONE}", "answer"),
            NewObservation("nickname", NAME, "crm", subject="company"),
            NewObservation("country", "DE", "answer"),
        ],
        submission_id=uuid4(),
        now=NOW,
    )
    contact = {"contact": {"email": EMAIL, "full_name": NAME, "phone": PHONE}}
    emit("lead.assigned", contact, now=NOW, subject=f"person:{captured.person.pk}")
    for row in (captured.person, captured.lead):
        LogEntry.objects.create(
            user=admin_user,
            content_type=ContentType.objects.get_for_model(row),
            object_id=str(row.pk),
            object_repr=str(row),
            action_flag=CHANGE,
            change_message=f"Looked at {EMAIL}",
        )
    return captured.lead


def erase(email=EMAIL):
    return erase_person(email=email, now=NOW)


def test_the_search_finds_the_person_beforehand(lead):
    tables = {found.table for found in leftovers(EMAIL, NAME, PHONE)}
    assert tables == {"leads_person", "leads_observation", "foundation_outboxevent", "django_admin_log"}


def test_nothing_personal_is_left_in_the_whole_database(lead):
    erase()
    assert leftovers(EMAIL, NAME, PHONE, "jürgen.lang") == []


def test_what_is_not_personal_stays(lead):
    erase()
    lead.refresh_from_db()
    assert lead.status == Lead.Status.OPEN
    assert lead.company.domain == "acme.example"
    assert Observation.objects.get(value__isnull=False).value == "DE"


def test_rows_are_overwritten_in_place(lead):
    before = Observation.objects.count(), OutboxEvent.objects.count(), LogEntry.objects.count()
    erase()
    assert before == (Observation.objects.count(), OutboxEvent.objects.count(), LogEntry.objects.count())
    assert OutboxEvent.objects.get().payload == {"erased": True}


def test_the_counts_say_what_was_overwritten(lead):
    assert erase().overwritten == {"person": 1, "observations": 5, "events": 1, "mails": 0, "admin log entries": 2}


def test_the_person_is_marked_and_named_without_the_old_name(lead):
    erase()
    person = Person.objects.get()
    assert person.erased_at == NOW
    assert str(person) == f"Erased person {person.pk}"


def test_a_colleague_is_left_alone(lead):
    colleague = PersonFactory(email="ben@acme.example", full_name="Ben")
    emit("lead.assigned", {"name": "Ben"}, now=NOW, subject=f"person:{colleague.pk}")
    erase()
    colleague.refresh_from_db()
    assert colleague.full_name == "Ben"
    assert OutboxEvent.objects.filter(payload__name="Ben").exists()


def test_the_address_is_found_however_it_is_written(lead):
    assert erase(f"  {EMAIL.upper()} ").found


def test_erasing_twice_finds_nobody(lead):
    erase()
    assert not erase().found


def test_whoever_comes_back_is_a_new_person(lead):
    erase()
    back = capture_lead(email=EMAIL, full_name=NAME, observations=[], submission_id=uuid4(), now=NOW)
    assert back.person != lead.person
    assert back.lead_is_new


def test_an_unreadable_address_is_refused():
    with pytest.raises(EmailInvalid):
        erase("nobody")


def test_other_rooms_erase_too_while_the_address_is_still_known(lead):
    seen = []
    register_eraser("letters", lambda person, now: seen.append((person.email, now)) or 3)
    assert erase().overwritten["letters"] == 3
    assert seen == [(EMAIL, NOW)]


def test_an_eraser_that_fails_leaves_everything_as_it_was(lead):
    def fail(person, now):
        raise RuntimeError

    register_eraser("letters", lambda person, now: Observation.objects.update(value=None))
    register_eraser("stamps", fail)
    with pytest.raises(RuntimeError):
        erase()
    assert Person.objects.get().full_name == NAME
    assert not Observation.objects.filter(value__isnull=True).exists()


def test_the_command_prints_what_was_overwritten(lead):
    printed = StringIO()
    call_command("erase", EMAIL, "--yes", stdout=printed)
    assert "observations: 5 overwritten" in printed.getvalue()
    assert EMAIL not in printed.getvalue()


def test_the_command_says_clearly_that_nobody_is_known():
    with pytest.raises(CommandError, match="Nobody is known under this address") as refusal:
        call_command("erase", "nobody@acme.example", "--yes")
    assert refusal.value.returncode == 1


def test_the_command_refuses_what_is_no_address():
    with pytest.raises(CommandError, match="not an e-mail address"):
        call_command("erase", "nobody", "--yes")


@pytest.mark.parametrize(("reply", "erased"), [("yes", True), ("no", False), ("", False)])
def test_the_command_asks_first(lead, monkeypatch, reply, erased):
    monkeypatch.setattr("builtins.input", lambda prompt: reply)
    try:
        call_command("erase", EMAIL, stdout=StringIO())
    except CommandError:
        assert not erased
    assert Person.objects.filter(erased_at__isnull=False).exists() is erased


def test_the_command_erases_nothing_where_nobody_can_answer(lead, monkeypatch):
    def no_terminal(prompt):
        raise EOFError

    monkeypatch.setattr("builtins.input", no_terminal)
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase", EMAIL)
