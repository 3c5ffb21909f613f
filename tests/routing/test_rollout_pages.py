"""The pages on which a plan is tried on some leads."""

from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.jobs import run_job
from foundation.models import AuditEntry, Job
from routing.models import Queue, Rollout
from routing.rollout import Scope
from routing.selectors import active_plan
from routing.services.rollouts import stop_rollout
from tests.routing.clocked import send
from tests.routing.going_live import message, old_team_live_and_new_team_drafted, page, publish, shown, tried

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    old_team_live_and_new_team_drafted()


def test_publishing_for_a_territory_begins_a_rollout(admin_client, admin_user):
    answer = publish(admin_client, scope="territory", territory="dach")
    rollout = Rollout.objects.get()
    assert answer.url == page("rollout", rollout.pk)
    assert (rollout.territory_key, rollout.started_by, active_plan().number) == ("dach", admin_user, 1)
    assert "territory DACH and below" in shown(admin_client, answer.url)


def test_publishing_for_a_share_takes_half_percents(admin_client):
    publish(admin_client, scope="share", share="2.5")
    assert Rollout.objects.get().share_bp == 250


def test_the_rollouts_page_counts_what_each_plan_decided(admin_client):
    rollout = tried()
    send(timezone.now(), values={"country": "DE"})
    send(timezone.now(), values={"country": "FR"})
    counts = admin_client.get(page("rollout", rollout.pk)).context["counts"]
    assert (counts.tried.leads, counts.base.leads) == (1, 1)
    assert {row.name: (row.tried, row.base) for row in counts.owners} == {"Eve": (1, 0), "Ada": (0, 1)}


def test_its_numbers_link_to_exactly_their_rows(admin_client):
    send(timezone.now() - timedelta(hours=1))
    rollout = tried()
    lead = send(timezone.now(), values={"country": "DE"}).lead
    send(timezone.now(), lead=lead)
    send(timezone.now(), values={"country": "FR"})
    context = admin_client.get(page("rollout", rollout.pk)).context
    for side in ("tried", "base"):
        listed = admin_client.get(context[f"{side}_rows"])
        assert listed.context["cl"].result_count == getattr(context["counts"], side).leads == 1


def test_it_compares_with_what_the_plan_before_would_have_decided(admin_client):
    rollout = tried()
    send(timezone.now(), values={"country": "DE"})
    send(timezone.now(), values={"country": "FR"})
    admin_client.post(page("compare_rollout", rollout.pk))
    run_job(job_id=Job.objects.get().pk)
    result = Job.objects.get().result
    assert (result["leads"], result["changed"]) == (1, 1)
    assert [(each["from"], each["to"]) for each in result["movements"]] == [("Ada", "Eve")]
    assert "1 of 1 leads would have come out otherwise" in shown(admin_client, page("rollout", rollout.pk))


def test_a_share_is_grown_finished_and_leaves_its_trace(admin_client, admin_user):
    rollout = tried(Scope(share_bp=1_000))
    admin_client.post(page("grow_rollout", rollout.pk), {"share": "25"})
    admin_client.post(page("finish_rollout", rollout.pk))
    rollout.refresh_from_db()
    assert (rollout.share_bp, rollout.state, active_plan().number) == (2_500, "finished", 2)
    told = list(AuditEntry.objects.filter(user=admin_user).order_by("id").values_list("action", flat=True))
    assert told == ["rollout grown", "rollout finished", "published"]


def test_a_rollout_is_stopped(admin_client):
    rollout = tried()
    admin_client.post(page("stop_rollout", rollout.pk))
    assert active_plan().rollout is None
    assert "Stopped" in shown(admin_client, page("rollout", rollout.pk))


@pytest.mark.parametrize("share", ["", "x", "5", "100", "-1"])
def test_a_share_that_makes_no_sense_is_refused(admin_client, share):
    rollout = tried(Scope(share_bp=1_000))
    answer = admin_client.post(page("grow_rollout", rollout.pk), {"share": share})
    assert answer.status_code == (409 if share == "5" else 422)
    assert Rollout.objects.get().share_bp == 1_000
    assert answer.context["form"]["share"].value() == share


def test_growing_what_has_ended_or_is_for_a_territory_says_so(admin_client):
    rollout = tried(Scope(territory="dach"))
    answer = admin_client.post(page("grow_rollout", rollout.pk), {"share": "20"})
    assert (answer.url, "for a territory" in message(answer)) == (page("rollout", rollout.pk), True)
    stop_rollout(rollout=rollout, user=None, now=timezone.now())
    assert admin_client.post(page("grow_rollout", rollout.pk), {"share": "20"}).url == page("rollout", rollout.pk)


def test_while_one_runs_the_publish_page_says_so(admin_client):
    tried()
    assert "is being tried on territory DACH and below" in shown(admin_client, page("publish"))
    Queue.objects.update(name="Renamed")
    assert publish(admin_client).status_code == 409


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "dach"}, 1),
        ({"q": "nothing like it"}, 0),
        ({"q": "9" * 40}, 0),
        ({"q": "2"}, 1),
        ({"state": "running"}, 1),
        ({"state": "stopped"}, 0),
        ({"state": "odd", "q": "\0", "page": "x"}, 1),
    ],
)
def test_rollouts_are_found_by_their_words_and_state(admin_client, query, found):
    tried()
    assert len(admin_client.get(page("rollouts"), query).context["rollouts"]) == found


def test_the_list_of_rollouts_names_them_all(admin_client):
    assert "None yet" in shown(admin_client, page("rollouts"))
    stop_rollout(rollout=tried(), user=None, now=timezone.now())
    tried(Scope(share_bp=1_000))
    text = shown(admin_client, page("rollouts"))
    assert "Plan 2" in text
    assert "10 %" in text
