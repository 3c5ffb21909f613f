"""Long work: joined by key, run once, ended by the latest worker only, shown to who may see it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache, caches
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisUnreachable

from foundation import jobs
from foundation.errors import SwitchyardError
from foundation.jobs import (
    Kind,
    Work,
    cancel_job,
    delete_old_jobs,
    progress_of,
    register_job,
    run_job,
    start_job,
    wake_left_jobs,
)
from foundation.models import Job

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _nothing_told():
    cache.clear()


def kind(work, **more) -> None:
    template = "workbench/job/page.html"
    register_job(Kind("test.work", "Counting", work, "auth.view_user", template, **more))


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    monkeypatch.setattr(jobs, "_kinds", dict(jobs._kinds))


def begin(**more) -> Job:
    return start_job("test.work", now=NOW, user=None, **more)


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_a_job_keeps_what_its_work_returns_and_drops_its_file():
    kind(lambda work: {"bytes": len(work.file), "by": work.params["by"]})
    job = begin(params={"by": 2}, file=b"abc", file_name="a.csv")
    assert run_job(job_id=job.pk)
    ended = fresh(job)
    assert (ended.state, ended.result, ended.file) == ("succeeded", {"bytes": 3, "by": 2}, None)


def test_asking_again_by_the_same_key_joins_the_first():
    kind(lambda work: {})
    first = begin(key="plan 1")
    run_job(job_id=first.pk)
    assert begin(key="plan 1").pk == first.pk
    assert begin(key="plan 2").pk != first.pk


def test_a_failed_job_is_not_joined():
    def refuse(work):
        raise SwitchyardError("The file is empty.")

    kind(refuse)
    first = begin(key="plan 1")
    run_job(job_id=first.pk)
    assert (fresh(first).state, fresh(first).error) == ("failed", "The file is empty.")
    assert begin(key="plan 1").pk != first.pk


def test_what_breaks_is_told_without_its_text():
    kind(lambda work: 1 / 0)
    job = begin()
    run_job(job_id=job.pk)
    assert fresh(job).error == "Something went wrong. The log says what."


def test_a_second_wake_up_finds_nothing_to_do():
    kind(lambda work: {})
    job = begin()
    assert [run_job(job_id=job.pk), run_job(job_id=job.pk)] == [True, False]


def test_who_was_overtaken_does_not_end_the_job():
    def be_overtaken(work: Work):
        Job.objects.filter(pk=work.job.pk).update(attempt=9)
        return {"by": "the first"}

    kind(be_overtaken)
    job = begin()
    run_job(job_id=job.pk)
    assert (fresh(job).state, fresh(job).result) == ("running", {})


def test_who_was_overtaken_stops_when_it_next_tells_its_progress():
    reached = []

    def be_overtaken(work: Work):
        Job.objects.filter(pk=work.job.pk).update(attempt=2)
        Work(fresh(work.job)).tell(1, 10)
        work.tell(10, 10)
        reached.append("the end")
        return {}

    kind(be_overtaken)
    job = begin()
    run_job(job_id=job.pk)
    assert not reached
    assert (fresh(job).state, fresh(job).attempt) == ("running", 2)


def test_a_job_needs_no_cache(monkeypatch):
    kind(lambda work: work.tell(1, 1) or {"by": "me"})
    job = begin()
    for method in ("get", "get_many", "set", "add", "delete"):
        monkeypatch.setattr(type(caches["default"]), method, out_of_reach)
    assert wake_left_jobs(now=NOW + timedelta(minutes=1)) == 1
    run_job(job_id=job.pk)
    assert (fresh(job).state, fresh(job).result) == ("succeeded", {"by": "me"})
    assert progress_of(job).percent == 0


def test_no_worker_is_taken_to_be_dead_while_the_cache_is_out_of_reach(monkeypatch):
    kind(lambda work: {})
    job = begin()
    Job.objects.filter(pk=job.pk).update(state="running", attempt=1, started_at=NOW - timedelta(minutes=5))
    monkeypatch.setattr(type(caches["default"]), "get", out_of_reach)
    assert wake_left_jobs(now=NOW + timedelta(minutes=1)) == 0
    assert not run_job(job_id=job.pk)


def out_of_reach(*args, **kwargs):
    raise RedisUnreachable


def test_a_cancelled_job_ends_when_it_next_tells_its_progress(admin_client):
    def be_cancelled(work: Work):
        cancel_job(job=work.job, now=NOW)
        work.tell(1, 1)
        return {"by": "nobody"}

    kind(be_cancelled, if_broken_off="What was counted stays counted.")
    job = begin()
    run_job(job_id=job.pk)
    assert (fresh(job).state, fresh(job).result) == ("cancelled", {})
    assert "What was counted stays counted." in admin_client.get(page(job)).content.decode()


def test_a_job_whose_worker_is_gone_is_run_again():
    kind(lambda work: {})
    job = begin()
    Job.objects.filter(pk=job.pk).update(state="running", attempt=1, started_at=NOW - timedelta(minutes=5))
    assert wake_left_jobs(now=NOW + timedelta(minutes=1)) == 1
    assert run_job(job_id=job.pk)
    assert (fresh(job).state, fresh(job).attempt) == ("succeeded", 2)


def test_a_job_that_tells_is_left_alone():
    kind(lambda work: {})
    job = begin()
    Job.objects.filter(pk=job.pk).update(state="running", attempt=1, started_at=NOW - timedelta(minutes=5))
    Work(fresh(job)).tell(3, 10)
    assert wake_left_jobs(now=NOW + timedelta(minutes=1)) == 0
    assert not run_job(job_id=job.pk)


def test_a_job_that_is_interrupted_again_and_again_is_given_up():
    kind(lambda work: {})
    job = begin()
    Job.objects.filter(pk=job.pk).update(state="running", attempt=3, started_at=NOW - timedelta(minutes=5))
    wake_left_jobs(now=NOW + timedelta(minutes=1))
    assert fresh(job).state == "failed"


def test_old_jobs_go():
    kind(lambda work: {})
    job = begin()
    run_job(job_id=job.pk)
    Job.objects.filter(pk=job.pk).update(ended_at=NOW - timedelta(days=31))
    assert delete_old_jobs(now=NOW) == 1


def page(job: Job, name: str = "job") -> str:
    return reverse(f"foundation_pages:{name}", args=[job.pk])


def test_the_page_shows_progress_until_the_end(admin_client):
    kind(lambda work: {})
    job = begin()
    Job.objects.filter(pk=job.pk).update(state="running", attempt=1, started_at=NOW)
    Work(fresh(job)).tell(40, 200, "rows read")
    answer = admin_client.get(page(job)).content.decode()
    assert "40 of 200 · rows read" in answer
    assert page(job, "job_fragment") in answer


def test_the_fragment_of_a_failed_job_says_why_and_asks_no_more(admin_client):
    kind(lambda work: {})
    job = begin()
    Job.objects.filter(pk=job.pk).update(state="failed", error="The file is empty.", ended_at=NOW)
    answer = admin_client.get(page(job, "job_fragment")).content.decode()
    assert "The file is empty." in answer
    assert "hx-get" not in answer


def test_only_who_began_it_or_has_the_right_sees_a_job(client: Client):
    kind(lambda work: {})
    starter = User.objects.create_user("ada", is_staff=True)
    job = start_job("test.work", now=NOW, user=starter)
    client.force_login(User.objects.create_user("ben", is_staff=True))
    assert client.get(page(job)).status_code == 404
    client.force_login(starter)
    assert client.get(page(job)).status_code == 200


def test_who_is_not_signed_in_is_sent_to_sign_in(client):
    kind(lambda work: {})
    assert client.get(page(begin())).status_code == 302


def test_who_began_it_cancels_it(client):
    kind(lambda work: {})
    starter = User.objects.create_user("ada", is_staff=True)
    job = start_job("test.work", now=NOW, user=starter)
    client.force_login(starter)
    assert client.get(page(job, "cancel_job")).status_code == 405
    client.post(page(job, "cancel_job"))
    assert fresh(job).state == "cancelled"
