"""The smallest valid rows of this room."""

from datetime import UTC, datetime

import factory

from enrichment.models import Dataset, DatasetRecord

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class DatasetFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Dataset

    key = factory.Sequence(lambda number: f"dataset-{number}")
    name = "Companies"
    created_at = NOW


class RecordFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DatasetRecord

    dataset = factory.SubFactory(DatasetFactory)
    domain = factory.Sequence(lambda number: f"company{number}.example")
