"""A run goes its whole way, whatever happens to the process that advances it."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from enrichment.errors import RetryableProviderError
from enrichment.registry import _providers
from foundation.models import OutboxEvent
from leads.models import Lead, Observation, Person
from pipeline.errors import UnknownSubmission
from pipeline.models import Run, Stage, StageResult
from pipeline.selectors import run_state, submission_ids_of
from pipeline.services import advance_run as module
from pipeline.services.advance_run import LEASE, advance_run
from pipeline.services.sweep import NEXT_LOOK, sweep
from pipeline.stages import STAGES
from routing.models import Assignment, Decision, Plan
from tests.pipeline.conftest import NOW

pytestmark = pytest.mark.django_db
EVERY_STAGE = [stage for stage in Stage if stage != Stage.DONE]


def clock(moment=NOW):
    return lambda: moment


def once_each() -> bool:
    """Exactly one of everything that a submission leads to."""
    return (
        [Person.objects.count(), Lead.objects.count(), Decision.objects.count(), Assignment.objects.count()]
        == [1, 1, 1, 1]
        and OutboxEvent.objects.count() == 1
        and StageResult.objects.count() == len(EVERY_STAGE)
        and Observation.objects.filter(attribute="full_name").count() == 1
    )


def test_a_run_ends_with_an_assigned_lead(new_run):
    run = new_run()
    assert advance_run(run_id=run.pk)
    state = run_state(run.submission_id)
    assert (state.state, state.queue, state.reason) == ("assigned", "sellers", "rule")
    assert once_each()


def test_what_the_form_did_not_ask_is_inferred_before_routing(new_run):
    run = new_run()
    advance_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.inputs["values"]["country"], run.inputs["sources"]["country"]) == ("DE", "inferred")


def test_an_answer_beats_what_is_inferred(new_run):
    run = new_run(answers={"email": "jo@acme.de", "country": "FR"})
    advance_run(run_id=run.pk)
    assert run_state(run.submission_id).queue == "desk"


def test_advancing_a_finished_run_changes_nothing(new_run):
    run = new_run()
    assert advance_run(run_id=run.pk)
    assert advance_run(run_id=run.pk)
    assert once_each()


class Killed(BaseException):
    """Stands for kill -9: nothing of ours catches it."""


@pytest.mark.parametrize("stage", EVERY_STAGE)
@pytest.mark.parametrize("half", ["gather", "apply"])
def test_a_process_that_dies_in_any_stage_loses_and_doubles_nothing(new_run, monkeypatch, stage, half):
    run = new_run()
    work = STAGES[stage]

    def die(*arguments):
        if half == "apply":
            work.apply(*arguments)  # everything is written, and nothing is committed
        raise Killed

    dying = SimpleNamespace(**{"settles": work.settles, "gather": work.gather, "apply": work.apply, half: die})
    with monkeypatch.context() as patch:
        patch.setitem(STAGES, stage, dying)
        with pytest.raises(Killed):
            advance_run(run_id=run.pk, clock=clock())
    assert not advance_run(run_id=run.pk, clock=clock()), "the dead process still holds its lease"
    assert advance_run(run_id=run.pk, clock=clock(NOW + LEASE + timedelta(seconds=1)))
    assert once_each()


def test_of_two_workers_the_one_whose_claim_was_taken_over_rolls_back(new_run, monkeypatch):
    run = new_run()
    capture = STAGES[Stage.CAPTURE]

    def slow(runs, gathered, now):
        results = capture.apply(runs, gathered, now)
        Run.objects.filter(pk=run.pk).update(lease_token="somebody else")
        return results

    slowed = SimpleNamespace(settles=capture.settles, gather=capture.gather, apply=slow)
    monkeypatch.setitem(STAGES, Stage.CAPTURE, slowed)
    assert not advance_run(run_id=run.pk, clock=clock())
    assert not Lead.objects.exists()
    assert not StageResult.objects.exists()


def test_a_failing_stage_is_tried_again_later_with_its_code_on_the_run(new_run, monkeypatch):
    run = new_run()

    def fail(*arguments):
        raise ValueError("jo@acme.de")

    monkeypatch.setitem(STAGES, Stage.ROUTE, SimpleNamespace(gather=fail))
    assert not advance_run(run_id=run.pk, clock=clock())
    run.refresh_from_db()
    assert (run.stage, run.attempts, run.last_error) == ("route", 1, "unexpected:ValueError")
    assert run.wake_at == NOW + module.BACKOFF[0]


def test_a_failure_logs_no_private_data(new_run, monkeypatch, caplog):
    run = new_run(email="jo@acme.de")

    def fail(*arguments):
        raise ValueError("jo@acme.de")

    monkeypatch.setitem(STAGES, Stage.ROUTE, SimpleNamespace(gather=fail))
    advance_run(run_id=run.pk, clock=clock())
    assert "ValueError" in caplog.text
    assert "jo@" not in caplog.text


def test_a_run_waits_for_the_first_plan(new_run):
    run = new_run()
    Plan.objects.all().delete()
    assert not advance_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.stage, run.last_error) == ("enrich", "no_active_plan")


class Broken:
    key = "broken"
    supplies = frozenset({"country"})

    def lookup(self, subject):
        raise RetryableProviderError("down")


def test_a_provider_that_is_down_is_tried_again_and_then_left_out(new_run, monkeypatch):
    monkeypatch.setitem(_providers, "broken", Broken())
    run = new_run()
    assert [advance_run(run_id=run.pk) for _ in range(3)] == [False, False, True]
    result = StageResult.objects.get(stage=Stage.ENRICH).result
    assert result["failures"] == [{"provider": "broken", "code": "provider_unavailable"}]


def test_a_second_submission_of_a_person_keeps_the_owner(new_run):
    first, second = new_run(), new_run(answers={"email": "jo@acme.de", "country": "FR"})
    advance_run(run_id=first.pk)
    advance_run(run_id=second.pk)
    assert run_state(second.submission_id).owner_email == run_state(first.submission_id).owner_email
    assert list(Decision.objects.order_by("id").values_list("outcome", flat=True)) == ["assigned", "existing_owner"]
    assert Lead.objects.count() == 1
    assert set(submission_ids_of(Person.objects.get())) == {first.submission_id, second.submission_id}


@pytest.mark.parametrize(
    ("origin", "outward"), [("visitor", True), ("server", True), ("import", False), ("test", False)]
)
def test_imports_and_tests_deliver_nothing_outward(new_run, origin, outward):
    advance_run(run_id=new_run(origin).pk)
    assert OutboxEvent.objects.get().deliver is outward


def test_tests_take_nobodys_turn(new_run):
    advance_run(run_id=new_run("test").pk)
    assert Assignment.objects.count() == 1
    assert not Decision.objects.get().assignments.get().ledger_entries.exists()


def test_an_unknown_submission_has_no_state(db):
    with pytest.raises(UnknownSubmission):
        run_state("5a3f0d5e-0000-4000-8000-000000000000")


def test_the_sweeper_finds_what_nobody_advances(new_run, monkeypatch):
    woken = []
    monkeypatch.setattr("pipeline.services.sweep.send_wake_up", lambda run_id: woken.append(run_id) or True)
    run = new_run()
    assert sweep(now=NOW) == 0, "a new run is left to its own wake-up call"
    later = NOW + timedelta(seconds=10)
    assert sweep(now=later) == 1
    assert sweep(now=later) == 0, "a woken run isn't woken again at once"
    assert sweep(now=later + NEXT_LOOK) == 1
    assert woken == [run.pk, run.pk]


def test_without_a_broker_the_sweeper_advances_runs_itself(new_run, monkeypatch):
    monkeypatch.setattr("pipeline.services.sweep.send_wake_up", lambda run_id: False)
    run = new_run()
    sweep(now=timezone.now())
    assert run_state(run.submission_id).state == "assigned"


def test_a_broker_that_is_down_costs_a_visitor_nothing(new_run, monkeypatch, django_capture_on_commit_callbacks):
    from kombu.exceptions import OperationalError

    def refuse(run_id):
        raise OperationalError("no broker")

    monkeypatch.setattr("pipeline.tasks.advance_run_task.delay", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        run = new_run()
    assert Run.objects.filter(pk=run.pk).exists()
