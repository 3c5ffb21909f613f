from datetime import UTC, datetime

import factory

from forms_engine.models import Brand, Form, FormVersion
from forms_engine.schema import parse_definition
from tests.forms_engine.documents import document

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class BrandFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Brand

    slug = factory.Sequence(lambda n: f"brand-{n}")
    name = "Acme"


class FormFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Form

    brand = factory.SubFactory(BrandFactory)
    slug = factory.Sequence(lambda n: f"form-{n}")
    name = "Demo"
    # Tests fill in faster than people.
    min_fill_ms = 0


class FormVersionFactory(factory.django.DjangoModelFactory):
    """A draft."""

    class Meta:
        model = FormVersion

    form = factory.SubFactory(FormFactory)
    number = factory.Sequence(lambda n: n + 1)
    document = factory.LazyFunction(document)
    content_hash = factory.LazyAttribute(lambda version: parse_definition(version.document).content_hash)
