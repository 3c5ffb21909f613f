import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forms_engine.models import Form, FormVersion
from forms_engine.services.publish_version import publish_version
from foundation.prepared_query import PreparedQuery
from tests.forms_engine.documents import document
from tests.forms_engine.factories import NOW, BrandFactory, FormFactory

pytestmark = pytest.mark.django_db


def with_brand(slug: str):
    return Form.objects.filter(slug=slug).select_related("brand", "active_version").defer("active_version__document")


def state(item) -> dict[str, object]:
    """Loaded values by column name."""
    return {name: value for name, value in vars(item).items() if name != "_state"} | {
        "deferred": item.get_deferred_fields()
    }


def test_it_gives_what_the_queryset_gives() -> None:
    form = FormFactory(brand=BrandFactory(theme={"accent": "#123456"}), allowed_origins=["https://a.example"])
    publish_version(form=form, document=document(), now=NOW)

    [found] = PreparedQuery(Form, with_brand).run(form.slug)

    [expected] = with_brand(form.slug)
    for each in (lambda it: it, lambda it: it.brand, lambda it: it.active_version):
        assert state(each(found)) == state(each(expected))


def test_it_asks_once_and_loads_what_was_joined() -> None:
    form = FormFactory()
    query = PreparedQuery(Form, with_brand)

    with CaptureQueriesContext(connection) as asked:
        found = query.first(form.slug)
        assert found is not None
        assert found.brand.name == "Acme"
    assert len(asked) == 1


def test_it_runs_with_other_texts_and_sees_what_changed() -> None:
    one, two = FormFactory(name="One"), FormFactory(name="Two")
    query = PreparedQuery(Form, with_brand)
    assert [query.first(form.slug) for form in (one, two)] == [one, two]

    Form.objects.filter(pk=one.pk).update(name="Changed")

    assert query.run(one.slug)[0].name == "Changed"
    assert query.first("none") is None


def test_a_joined_row_that_is_not_there_is_none() -> None:
    form = FormFactory()

    assert PreparedQuery(Form, with_brand).run(form.slug)[0].active_version is None


def test_several_texts_are_told_apart() -> None:
    form = FormFactory()
    query = PreparedQuery(
        FormVersion,
        lambda slug, status: FormVersion.objects.filter(form__slug=slug, status=status).order_by("number"),
        kinds=(str, str),
    )
    publish_version(form=form, document=document(), now=NOW)
    publish_version(form=form, document=document(title="Second"), now=NOW)

    assert [version.number for version in query.run(form.slug, "published")] == [1, 2]
    assert query.run(form.slug, "draft") == query.run("published", form.slug) == []


def test_numbers_are_told_from_texts() -> None:
    one, two = FormFactory(), FormFactory()
    query = PreparedQuery(Form, lambda pk, slug: Form.objects.filter(pk=pk, slug=slug), kinds=(int, str))

    assert query.run(one.pk, one.slug) == [one]
    assert query.run(two.pk, one.slug) == query.run(-(2**62), two.slug) == []


@pytest.mark.parametrize("text", ["' OR 1=1 --", "%", "%s", "<parameter 0>"])
def test_a_text_is_never_part_of_the_sql(text: str) -> None:
    FormFactory()

    assert PreparedQuery(Form, with_brand).run(text) == []
