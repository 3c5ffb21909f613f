import pytest
from django.core.exceptions import ValidationError
from django.forms import modelform_factory

from conditions import Attribute, Vocabulary
from experiments.models import Experiment
from foundation.fields import ConditionField, ConditionWidget
from tests.experiments.factories import ExperimentFactory

STRICT = Vocabulary([Attribute("country", "string", required=True)])


def strict_field() -> ConditionField:
    return ConditionField(vocabulary=lambda: STRICT)


@pytest.mark.parametrize("document", [{}, {"country": "DE"}, {"country": {"$in": ["DE", "AT"]}}])
def test_a_document_that_parses_is_valid(document):
    assert strict_field().clean(document, None) == document


@pytest.mark.parametrize("document", [["country"], "DE", {"$and": {"country": "DE"}}])
def test_a_document_that_does_not_parse_is_refused(document):
    with pytest.raises(ValidationError) as refused:
        ConditionField().clean(document, None)
    assert refused.value.code == "condition_invalid"


def test_with_a_vocabulary_unknown_names_are_refused_with_the_path():
    with pytest.raises(ValidationError, match=r"\$or\[0\]\.county"):
        strict_field().clean({"$or": [{"county": "DE"}]}, None)


def test_without_a_vocabulary_any_name_may_be_used():
    assert ConditionField().clean({"county": "DE"}, None) == {"county": "DE"}


def test_the_vocabulary_is_asked_anew_at_each_validation():
    known = []
    field = ConditionField(vocabulary=lambda: Vocabulary(known))
    with pytest.raises(ValidationError):
        field.clean({"country": "DE"}, None)
    known.append(Attribute("country", "string"))
    assert field.clean({"country": "DE"}, None) == {"country": "DE"}


def test_a_migration_never_holds_the_vocabulary():
    _, _, _, options = strict_field().deconstruct()
    assert options == {"default": dict, "blank": True}


@pytest.mark.django_db
def test_a_document_comes_back_as_it_was_stored():
    experiment = ExperimentFactory(segment={"utm_source": {"$in": ["a", "b"]}})
    experiment.refresh_from_db()
    assert experiment.segment == {"utm_source": {"$in": ["a", "b"]}}


def test_a_form_shows_the_document_indented_in_a_box_of_its_own():
    form = modelform_factory(Experiment, fields=["segment"])(instance=ExperimentFactory.build(segment={"a": 1}))
    assert isinstance(form.fields["segment"].widget, ConditionWidget)
    assert form["segment"].value() == '{\n  "a": 1\n}'


@pytest.mark.django_db
def test_a_form_refuses_what_does_not_parse():
    form = modelform_factory(Experiment, fields=["segment"])({"segment": '{"$and": 1}'})
    assert "segment" in form.errors
