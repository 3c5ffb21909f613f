from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from experiments.errors import StartRefused
from experiments.models import Experiment
from experiments.services import lifecycle
from experiments.services.lifecycle import start_experiment, stop_experiment
from tests.experiments.factories import NOW, ExperimentFactory, VariantFactory, ready_experiment, running_experiment

pytestmark = pytest.mark.django_db


def reasons_against(experiment: Experiment) -> tuple[str, ...]:
    with pytest.raises(StartRefused) as refused:
        start_experiment(experiment=experiment, now=NOW)
    return refused.value.reasons


def test_a_started_experiment_runs_and_knows_since_when():
    experiment = start_experiment(experiment=ready_experiment(), now=NOW)
    assert (experiment.is_running, experiment.started_at, experiment.stopped_at) == (True, NOW, None)


def test_a_stopped_experiment_knows_when_it_ended():
    experiment = running_experiment()
    assert stop_experiment(experiment=experiment, now=NOW)
    assert (experiment.status, experiment.stopped_at) == (Experiment.Status.STOPPED, NOW)


def test_stopping_what_does_not_run_changes_nothing():
    experiment = ready_experiment()
    assert not stop_experiment(experiment=experiment, now=NOW)
    assert (experiment.status, experiment.stopped_at) == (Experiment.Status.DRAFT, None)


def test_a_stopped_experiment_may_start_again():
    experiment = running_experiment()
    stop_experiment(experiment=experiment, now=NOW)
    later = NOW + timedelta(days=1)
    start_experiment(experiment=experiment, now=later)
    assert (experiment.is_running, experiment.started_at, experiment.stopped_at) == (True, later, None)


def test_a_running_experiment_is_not_started_twice():
    assert reasons_against(running_experiment()) == ("It is already running.",)


def test_two_starts_at_once_start_it_once():
    experiment = ready_experiment()
    seen_as_draft = Experiment.objects.get(pk=experiment.pk)
    start_experiment(experiment=experiment, now=NOW)
    with pytest.raises(StartRefused):
        start_experiment(experiment=seen_as_draft, now=NOW + timedelta(hours=1))
    assert Experiment.objects.get().started_at == NOW


def test_one_variant_is_not_enough():
    experiment = ExperimentFactory()
    VariantFactory(experiment=experiment, is_control=True)
    assert reasons_against(experiment) == ("It needs at least two variants, each with a weight above 0.",)


def test_a_variant_without_weight_is_refused():
    experiment = ready_experiment()
    experiment.variants.filter(key="short").update(weight=0)
    assert reasons_against(experiment) == ("It needs at least two variants, each with a weight above 0.",)


@pytest.mark.parametrize("controls", [0, 2])
def test_exactly_one_control_is_needed(controls):
    experiment = ready_experiment()
    experiment.variants.update(is_control=controls == 2)
    assert reasons_against(experiment) == ("Exactly one variant must be the control.",)


def test_one_experiment_runs_for_a_subject():
    running_experiment()
    assert reasons_against(ready_experiment()) == ("Another experiment is running on page:pricing; stop it first.",)


def test_the_database_refuses_a_second_running_one():
    running_experiment()
    with pytest.raises(IntegrityError):
        running_experiment()


def test_experiments_on_two_subjects_run_side_by_side():
    running_experiment()
    assert start_experiment(experiment=ready_experiment(subject="page:imprint"), now=NOW).is_running


def test_a_room_above_may_refuse_and_every_reason_is_told(monkeypatch):
    monkeypatch.setattr(
        lifecycle, "_checks", {"first": lambda experiment: ["No."], "second": lambda experiment: ["Never."]}
    )
    experiment = ready_experiment()
    experiment.variants.update(is_control=False)
    assert reasons_against(experiment) == ("Exactly one variant must be the control.", "No.", "Never.")
    assert Experiment.objects.get().status == Experiment.Status.DRAFT


@pytest.mark.parametrize(
    ("field", "value"),
    [("key", "other"), ("subject", "page:other"), ("seed", "other"), ("segment", {"language": "de"})],
)
def test_what_deals_the_visitors_is_fixed_while_it_runs(field, value):
    experiment = running_experiment()
    setattr(experiment, field, value)
    with pytest.raises(ValidationError) as refused:
        experiment.full_clean()
    assert set(refused.value.message_dict) == {field}


@pytest.mark.parametrize(("field", "value"), [("coverage", 0.5), ("name", "Better"), ("hypothesis", "Because.")])
def test_what_deals_nobody_anew_may_change_while_it_runs(field, value):
    experiment = running_experiment()
    setattr(experiment, field, value)
    experiment.full_clean()


def test_a_draft_may_change_in_everything():
    experiment = ready_experiment()
    experiment.key, experiment.subject, experiment.seed, experiment.segment = "a", "page:b", "c", {"language": "de"}
    experiment.full_clean()


def test_a_variant_of_a_running_experiment_is_refused():
    variant = running_experiment().variants.first()
    variant.weight = 7
    with pytest.raises(ValidationError, match="stop it first"):
        variant.full_clean()


@pytest.mark.parametrize("coverage", [-0.1, 1.1])
def test_a_coverage_that_is_no_share_is_refused(coverage):
    with pytest.raises(ValidationError, match="equal to"):
        ready_experiment(coverage=coverage).full_clean()


def test_a_segment_that_does_not_parse_is_refused():
    with pytest.raises(ValidationError):
        ready_experiment(segment={"$and": "nonsense"}).full_clean()
