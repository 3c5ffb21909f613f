"""Runs that go their way together: cheaper, and nobody waits for somebody else's fault."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from leads.models import Lead
from pipeline.models import Run, Stage, StageResult
from pipeline.services.advance_run import BACKOFF, LEASE, advance_run, advance_runs
from pipeline.stages import STAGES
from routing.models import Assignment, Decision
from tests.pipeline.conftest import NOW

pytestmark = pytest.mark.django_db
PEOPLE = ("jo@acme.de", "kim@bolt.fr", "lee@crisp.de", "max@delta.com")


def clock():
    return NOW


@pytest.fixture
def runs(new_run) -> list[Run]:
    return [new_run(email=email, answers={"email": email, "full_name": "Jo Example"}) for email in PEOPLE]


def ids(runs) -> list[int]:
    return [run.pk for run in runs]


def owners() -> dict[str, str]:
    return dict(Assignment.objects.values_list("lead__person__email", "rep__key"))


def changed(stage: Stage, **halves):
    work = STAGES[stage]
    return SimpleNamespace(**{"settles": work.settles, "gather": work.gather, "apply": work.apply, **halves})


def test_all_are_finished(runs):
    assert advance_runs(run_ids=ids(runs)) == set(ids(runs))
    assert owners().keys() == set(PEOPLE)
    assert StageResult.objects.count() == len(STAGES) * len(PEOPLE)


def test_they_end_as_if_each_had_gone_alone(runs, new_run):
    advance_runs(run_ids=ids(runs))
    together = list(Decision.objects.order_by("submission_id").values_list("queue_key", "reason"))
    for run in runs:
        assert advance_run(run_id=run.pk)
    assert list(Decision.objects.order_by("submission_id").values_list("queue_key", "reason")) == together


def test_runs_that_stand_at_different_stages_go_on_from_there(runs, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(STAGES, Stage.VALIDATE, changed(Stage.VALIDATE, gather=_fail))
        advance_run(run_id=runs[0].pk)
    assert advance_runs(run_ids=ids(runs)) == set(ids(runs))


def test_a_run_that_somebody_else_holds_is_left_to_them(runs):
    Run.objects.filter(pk=runs[0].pk).update(lease_token="theirs", lease_until=NOW + LEASE)
    assert advance_runs(run_ids=ids(runs), clock=clock) == set(ids(runs[1:]))


def test_nothing_to_do_is_no_error():
    assert advance_runs(run_ids=[]) == set()


def _fail(*arguments):
    raise ValueError("jo@acme.de")


@pytest.mark.parametrize("half", ["gather", "apply"])
@pytest.mark.parametrize("stage", list(STAGES))
def test_one_that_fails_holds_nobody_else_up(runs, monkeypatch, stage, half):
    poisoned = runs[1].pk
    work = STAGES[stage]

    def gather(run, now):
        return _fail() if run.pk == poisoned else work.gather(run, now)

    def apply(runs, gathered, now):
        results = work.apply(runs, gathered, now)
        return _fail() if poisoned in ids(runs) else results

    halves = {"gather": gather} if half == "gather" else {"apply": apply}
    monkeypatch.setitem(STAGES, stage, changed(stage, **halves))
    assert advance_runs(run_ids=ids(runs), clock=clock) == {run.pk for run in runs if run.pk != poisoned}
    stuck = Run.objects.get(pk=poisoned)
    assert (stuck.stage, stuck.attempts, stuck.last_error) == (stage, 1, "unexpected:ValueError")
    assert stuck.wake_at == NOW + BACKOFF[0]


def test_a_claim_lost_in_the_middle_costs_only_that_run(runs, monkeypatch):
    work = STAGES[Stage.ROUTE]

    def taken_over(batch, gathered, now):
        Run.objects.filter(pk=runs[2].pk).update(lease_token="theirs")
        return work.apply(batch, gathered, now)

    monkeypatch.setitem(STAGES, Stage.ROUTE, changed(Stage.ROUTE, apply=taken_over))
    done = advance_runs(run_ids=ids(runs), clock=clock)
    assert done == {run.pk for run in runs if run.pk != runs[2].pk}
    assert Decision.objects.count() == len(runs) - 1


def test_two_submissions_of_one_person_in_a_batch_are_one_lead(new_run):
    pair = [new_run(), new_run()]
    assert advance_runs(run_ids=ids(pair)) == set(ids(pair))
    assert (Lead.objects.count(), Assignment.objects.count()) == (1, 1)
    assert sorted(Decision.objects.values_list("outcome", flat=True)) == ["assigned", "existing_owner"]


def test_leases_are_renewed_while_the_world_is_slow(runs, monkeypatch):
    moments = iter(range(0, 10_000, 6))
    monkeypatch.setattr("pipeline.services.advance_run.time.monotonic", lambda: next(moments))
    later = NOW + timedelta(seconds=15)
    seen = []
    work = STAGES[Stage.ENRICH]

    def gather(run, now):
        seen.append(Run.objects.filter(lease_until__gt=later).count())
        return work.gather(run, now)

    monkeypatch.setitem(STAGES, Stage.ENRICH, changed(Stage.ENRICH, gather=gather))
    advance_runs(run_ids=ids(runs), clock=lambda: later)
    assert seen == [len(runs)] * len(runs)
