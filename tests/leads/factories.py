"""The smallest valid rows of this room."""

from datetime import UTC, datetime

import factory

from leads.models import Company, Lead, Observation, Person, Source

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class CompanyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Company

    domain = factory.Sequence(lambda number: f"company{number}.example")
    created_at = NOW


class PersonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Person

    email = factory.Sequence(lambda number: f"person{number}@company.example")
    created_at = NOW


class LeadFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Lead

    person = factory.SubFactory(PersonFactory)
    created_at = NOW


class ObservationFactory(factory.django.DjangoModelFactory):
    """About a new person, unless `person=None, company=...` is given."""

    class Meta:
        model = Observation

    person = factory.SubFactory(PersonFactory)
    attribute = "country"
    value = "DE"
    source = Source.ANSWER
    personal = False
    observed_at = NOW
