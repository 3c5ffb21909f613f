"""Moving many from the lists: choose, see what would happen, confirm, watch, move back."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation import jobs
from foundation.jobs import cancel_job, run_job
from foundation.models import AuditEntry, Job
from leads.models import Lead, Person
from routing.models import Assignment, Decision, MoveBatch, Plan
from routing.services import reassign_leads
from tests.routing.clocked import counts, rep, sellers, send
from tests.routing.factories import LeadFactory, queue_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def leads(db) -> list[int]:
    """Six of the sellers', which should have been London's."""
    queue_with("london", "cyd", "eve")
    sellers("ada", "ben", now=timezone.now() - timedelta(minutes=1))
    return [send(timezone.now()).lead_id for _ in range(6)]


def tick(client, rows, model: str = "leads_lead", **more: str):
    given = {"action": "move_many", "_selected_action": list(rows), **more}
    return client.post(reverse(f"admin:{model}_changelist"), given)


def chosen(client, leads: list[int]) -> str:
    return tick(client, leads)["Location"]


def confirm(client, page: str, **given: str) -> Job:
    answer = client.post(page, {"to": "queue", "queue": "london", "reason": "Wrong", **given})
    assert answer.status_code == 302, answer.context["form"].errors
    job = Job.objects.latest("created_at")
    assert run_job(job_id=job.pk)
    job.refresh_from_db()
    return job


def test_ticked_leads_lead_to_the_page_that_asks_where_to(admin_client, leads):
    answer = admin_client.get(chosen(admin_client, leads[:4]))
    assert answer.context["holders"] == [("Ada", 2), ("Ben", 2)]
    assert "Move 4 leads" in answer.content.decode()


@pytest.mark.parametrize("model", ["routing_assignment", "routing_decision"])
def test_so_do_ticked_assignments_and_decisions(admin_client, leads, model):
    rows = {"routing_assignment": Assignment, "routing_decision": Decision}[model].objects.filter(lead__in=leads[:3])
    tick(admin_client, rows.values_list("pk", flat=True), model)
    assert MoveBatch.objects.get().lead_ids == leads[:3]


def test_all_of_a_list_can_be_chosen_across_its_pages(admin_client, leads):
    tick(admin_client, leads[:1], select_across="1")
    assert MoveBatch.objects.get().lead_ids == leads


def test_too_many_are_refused_with_words(admin_client, leads, monkeypatch):
    monkeypatch.setattr(reassign_leads, "MOST_LEADS", 3)
    answer = admin_client.post(
        reverse("admin:leads_lead_changelist"), {"action": "move_many", "_selected_action": leads}, follow=True
    )
    assert "At most 3 leads" in answer.content.decode()
    assert not MoveBatch.objects.exists()


def test_the_preview_says_who_would_have_how_many_and_moves_nothing(admin_client, leads):
    answer = admin_client.get(chosen(admin_client, leads), {"to": "queue", "queue": "london"})
    lines = {line.name: (line.now, line.afterwards) for line in answer.context["preview"].lines}
    assert lines == {"Ada": (3, 0), "Ben": (3, 0), "Cyd": (0, 3), "Eve": (0, 3)}
    assert set(Assignment.objects.live().values_list("rep__key", flat=True)) == {"ada", "ben"}


def test_confirming_moves_them_and_says_what_became_of_each(admin_client, leads):
    page = chosen(admin_client, [*leads, LeadFactory().pk])
    job = confirm(admin_client, page)
    shown = admin_client.get(reverse("foundation_pages:job", args=[job.pk])).content.decode()
    assert "6 leads moved, 1 left as they were" in shown
    assert "1: The lead has not been decided yet." in shown
    assert counts("london") == {"cyd": 3, "eve": 3}


def test_exactly_these_go_back(admin_client, leads):
    page = chosen(admin_client, leads)
    confirm(admin_client, page)
    batch = MoveBatch.objects.get()
    admin_client.post(reverse("pipeline_pages:undo_move", args=[batch.pk]))
    run_job(job_id=Job.objects.latest("created_at").pk)
    assert set(Assignment.objects.live().values_list("rep__key", flat=True)) == {"ada", "ben"}
    assert counts("london") == {"cyd": 0, "eve": 0}
    assert "Undone by" in admin_client.get(page).content.decode()


def test_what_was_left_can_be_downloaded(admin_client, leads):
    page = chosen(admin_client, leads)
    Lead.objects.filter(pk=leads[0]).update(status="closed")
    confirm(admin_client, page)
    answer = admin_client.get(reverse("pipeline_pages:left_csv", args=[MoveBatch.objects.get().pk]))
    lines = answer.content.decode().splitlines()
    assert lines[0] == "\ufefflead,email,owner,why"
    assert lines[1].startswith(f"{leads[0]},") and lines[1].endswith("The lead is closed.")  # noqa: PT018


def test_a_spreadsheet_runs_nothing_of_it(admin_client, leads):
    page = chosen(admin_client, leads)
    Lead.objects.filter(pk=leads[0]).update(status="closed")
    Person.objects.filter(leads=leads[0]).update(email="=cmd@x.example")
    confirm(admin_client, page)
    answer = admin_client.get(reverse("pipeline_pages:left_csv", args=[MoveBatch.objects.get().pk]))
    assert f"{leads[0]},'=cmd@x.example," in answer.content.decode()


def test_a_cancelled_batch_stops_where_it_is_and_goes_on_when_asked(admin_client, leads, monkeypatch):
    page = chosen(admin_client, leads)
    admin_client.post(page, {"to": "queue", "queue": "london", "reason": "Wrong"})
    job = Job.objects.get()
    move_one, done = reassign_leads._move_one, []

    def move_and_cancel(*args: object) -> None:
        move_one(*args)
        done.append(args)
        if len(done) == 2:
            cancel_job(job=job, now=timezone.now())

    monkeypatch.setattr(reassign_leads, "_move_one", move_and_cancel)
    monkeypatch.setattr(jobs, "_TOLD_EVERY_S", 0)
    run_job(job_id=job.pk)
    assert "2 leads moved, 0 left as they were, 4 not looked at yet" in admin_client.get(page).content.decode()
    admin_client.post(reverse("pipeline_pages:go_on_moving", args=[MoveBatch.objects.get().pk]))
    run_job(job_id=Job.objects.latest("created_at").pk)
    assert "6 leads moved, 0 left as they were</h2>" in admin_client.get(page).content.decode()


def test_it_is_in_the_audit_as_one_entry(admin_client, leads):
    confirm(admin_client, chosen(admin_client, leads))
    entry = AuditEntry.objects.get(action="moved")
    assert (entry.action, entry.who) == ("moved", "admin")
    assert entry.note == "Into “London”, in turn: 6 moved, 0 left as they were"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"to": "queue"}, "Choose a queue."),
        ({"to": "queue", "queue": "nowhere"}, "Select a valid choice"),
        ({"to": "rep"}, "Choose a rep."),
        ({"to": "rep", "rep": "9" * 30}, "Select a valid choice"),
        ({"to": "rep", "rep": "\x00"}, "Null characters"),
        ({"to": "plan", "plan": "abc"}, "Select a valid choice"),
        ({"to": "elsewhere"}, "Select a valid choice"),
        ({"to": "back", "reason": ""}, "This field is required"),
    ],
)
def test_what_makes_no_sense_is_asked_again(admin_client, leads, given, complaint):
    page = chosen(admin_client, leads)
    answer = admin_client.post(page, given)
    assert answer.status_code == 200
    errors = [*answer.context["form"].errors.values(), *answer.context["reason"].errors.values()]
    assert any(complaint in str(each) for each in errors)
    assert not Job.objects.exists()


def test_a_batch_is_confirmed_once(admin_client, leads):
    page = chosen(admin_client, leads)
    confirm(admin_client, page)
    answer = admin_client.post(page, {"to": "rep", "rep": str(rep("ada").pk), "reason": "Again"})
    assert "6 leads moved" in answer.content.decode()
    assert Job.objects.count() == 1


def test_batches_are_listed_and_without_any_it_says_how_to_begin(admin_client, leads):
    listed = reverse("pipeline_pages:moves")
    assert "No batch has been moved yet" in admin_client.get(listed).content.decode()
    confirm(admin_client, chosen(admin_client, leads))
    assert f"Batch {MoveBatch.objects.get().pk}" in admin_client.get(listed).content.decode()


@pytest.fixture
def batches(admin_client, leads) -> None:
    """Two: five leads into London, and one to Cyd, who then has it already."""
    confirm(admin_client, chosen(admin_client, leads[:5]), reason="London’s")
    confirm(admin_client, chosen(admin_client, leads[5:]), to="rep", rep=str(rep("cyd").pk), reason="Cyd asked")


def listed(client, **query: str) -> list[tuple[str, str, int, int]]:
    rows = client.get(reverse("pipeline_pages:moves"), query).context["batches"]
    return [(batch.reason, where_to, batch.moved, batch.left) for batch, where_to in rows]


def test_the_list_says_where_to_and_how_many(admin_client, batches):
    assert listed(admin_client) == [("Cyd asked", "To Cyd", 1, 0), ("London’s", "Into “London”, in turn", 5, 0)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "london"}, ["London’s"]),
        ({"q": "CYD"}, ["Cyd asked"]),
        ({"q": "nothing like it"}, []),
        ({"state": "unfinished"}, []),
        ({"state": "done", "q": "\0"}, ["Cyd asked", "London’s"]),
        ({"state": "odd", "page": "9"}, ["Cyd asked", "London’s"]),
    ],
)
def test_batches_are_found_by_their_words_and_state(admin_client, batches, query, found):
    assert [reason for reason, *_ in listed(admin_client, **query)] == found


def test_the_active_plan_is_offered_first_although_another_is_newer(admin_client, leads):
    active = Plan.objects.get(is_active=True)
    Plan.objects.create(number=active.number + 1, document=active.document, published_at=timezone.now(), hash="later")
    form = admin_client.get(chosen(admin_client, leads)).context["form"]
    assert form.fields["plan"].queryset.first() == active


def test_an_undo_is_named_once(admin_client, leads):
    confirm(admin_client, chosen(admin_client, leads))
    first = MoveBatch.objects.get()
    admin_client.post(reverse("pipeline_pages:undo_move", args=[first.pk]))
    page = reverse("pipeline_pages:move", args=[MoveBatch.objects.latest("pk").pk])
    assert admin_client.get(page).content.decode().count(f"Undo of batch {first.pk}") == 1


@pytest.mark.parametrize("name", ["move", "left_csv"])
def test_what_is_no_batch_is_not_found(admin_client, db, name):
    assert admin_client.get(reverse(f"pipeline_pages:{name}", args=[999])).status_code == 404


def test_without_a_plan_nothing_can_be_moved(admin_client, db):
    page = chosen(admin_client, [LeadFactory().pk])
    assert "No routing plan has been published yet" in admin_client.get(page).content.decode()


def test_the_page_costs_the_same_for_many(admin_client, leads, django_assert_max_num_queries):
    few = chosen(admin_client, leads[:2])
    with django_assert_max_num_queries(20) as asked:
        admin_client.get(few, {"to": "queue", "queue": "london"})
        cost = len(asked)
    assert sum("routing_ledgerentry" in each["sql"] for each in asked.captured_queries) == 1
    many = chosen(admin_client, leads)
    with django_assert_max_num_queries(cost):
        admin_client.get(many, {"to": "queue", "queue": "london"})
