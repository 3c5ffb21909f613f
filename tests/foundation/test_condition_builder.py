"""What the condition builder is told, and what it is answered."""

import pytest

from conditions import Attribute, ConditionInvalid, Vocabulary
from foundation.condition_builder import MOST_CHOICES_ALONG, Count, NotJson, listed, preview, told

SHOPS = Vocabulary(
    [
        Attribute("country", "string", choices={"SE": "Sweden", "AT": "Austria"}, required=True, label="Country"),
        Attribute("employees", "number"),
    ]
)


def test_an_attribute_is_told_with_its_label_type_and_choices_by_name():
    country, employees = told(SHOPS)["attributes"]
    assert country == {
        "name": "country",
        "label": "Country",
        "type": "string",
        "required": True,
        "choices": [("AT", "Austria"), ("SE", "Sweden")],
        "far": False,
    }
    assert (employees["label"], employees["choices"], employees["required"]) == ("employees", None, False)


def test_many_choices_stay_behind_until_asked_for():
    many = {f"R-{n}": f"Region {n}" for n in range(MOST_CHOICES_ALONG + 1)}
    [region] = told(Vocabulary([Attribute("region", "string", choices=many)]))["attributes"]
    assert (region["far"], region["choices"]) == (True, None)


def test_choices_that_look_like_numbers_keep_their_order():
    assert listed({"10": "Ten", "9": "Nine"}) == [("9", "Nine"), ("10", "Ten")]


def test_a_condition_is_answered_with_its_sentence_and_count():
    answer = preview('{"country": "AT"}', SHOPS, lambda condition: Count(3, 10, "leads"))
    assert answer == {
        "sentence": "Country is Austria",
        "count": {"matching": 3, "looked_at": 10, "what": "leads"},
    }


def test_without_a_history_there_is_no_count():
    assert preview("{}", SHOPS, None) == {"sentence": "always", "count": None}


def test_what_the_vocabulary_refuses_is_refused():
    with pytest.raises(ConditionInvalid, match="employees may be missing"):
        preview('{"employees": {"$gte": 5}}', SHOPS, None)


@pytest.mark.parametrize("text", ["", "{", '{"a": NaN}', "[" * 100_000])
def test_what_is_no_json_is_said_so(text):
    with pytest.raises(NotJson):
        preview(text, SHOPS, None)
