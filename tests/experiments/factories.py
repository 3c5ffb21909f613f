"""The smallest valid rows of this room."""

from datetime import UTC, datetime

import factory

from experiments.models import Experiment, Variant

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SUBJECT = "page:pricing"


class ExperimentFactory(factory.django.DjangoModelFactory):
    """A draft without variants, on a subject that no room above knows."""

    class Meta:
        model = Experiment

    key = factory.Sequence(lambda number: f"experiment-{number}")
    name = "Shorter is better"
    subject = SUBJECT


class VariantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Variant

    experiment = factory.SubFactory(ExperimentFactory)
    key = factory.Sequence(lambda number: f"variant-{number}")
    name = "A variant"


def ready_experiment(**values: object) -> Experiment:
    """A draft that may start: control `long` against `short`, half and half."""
    experiment = ExperimentFactory(**values)
    VariantFactory(experiment=experiment, key="long", position=0, is_control=True, payload={"length": 3})
    VariantFactory(experiment=experiment, key="short", position=1, payload={"length": 1})
    return experiment


def running_experiment(**values: object) -> Experiment:
    return ready_experiment(status=Experiment.Status.RUNNING, started_at=NOW, **values)
