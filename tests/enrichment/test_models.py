import pytest
from django.core.exceptions import ValidationError

from tests.enrichment.factories import DatasetFactory, RecordFactory

pytestmark = pytest.mark.django_db


def problems(attributes: object) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        RecordFactory.build(dataset=DatasetFactory(), attributes=attributes).full_clean()
    return refused.value.message_dict["attributes"]


def test_a_domain_typed_by_hand_is_stored_as_an_import_would():
    record = RecordFactory.build(dataset=DatasetFactory(), domain="WWW.Acme.co.uk", attributes={"employees": 10})
    record.full_clean()
    assert record.domain == "acme.co.uk"


@pytest.mark.parametrize("domain", ["localhost", "127.0.0.1", "co.uk"])
def test_what_is_no_domain_is_refused(domain):
    with pytest.raises(ValidationError, match="not the domain of a website"):
        RecordFactory.build(dataset=DatasetFactory(), domain=domain, attributes={"employees": 10}).full_clean()


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({"country": "germany"}, "country must be written as 'DE'."),
        ({"employees": "10"}, "employees must be written as 10."),
        ({"industry": "nonsense"}, "industry isn't understood."),
        (["country"], "Must be an object of attributes."),
    ],
)
def test_a_value_that_would_never_match_is_refused(attributes, problem):
    assert problems(attributes) == [problem]


def test_an_attribute_no_dataset_holds_is_refused():
    assert problems({"email": "ann@acme.example"})[0].startswith("email is not an attribute of a dataset")


@pytest.mark.parametrize("confidence", [-0.1, 1.1])
def test_a_confidence_is_a_share(confidence):
    with pytest.raises(ValidationError):
        DatasetFactory.build(confidence=confidence).full_clean()
