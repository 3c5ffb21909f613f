from typing import Any

import pytest

from forms_engine.errors import DefinitionInvalid
from forms_engine.schema import parse_definition
from tests.forms_engine.documents import demo_document, document, email, field


def refusal(value: object) -> DefinitionInvalid:
    with pytest.raises(DefinitionInvalid) as caught:
        parse_definition(value)
    return caught.value


def test_a_whole_document_is_read() -> None:
    definition = parse_definition(demo_document())

    assert [step.key for step in definition.steps] == ["you", "company", "last"]
    assert definition.by_key["employees"].value_type == "number"
    assert definition.last_ending.message == "We read every request."


def test_the_same_content_has_the_same_hash_whatever_the_order_of_keys() -> None:
    forwards = document()
    backwards = dict(reversed(forwards.items()))

    assert parse_definition(forwards).content_hash == parse_definition(backwards).content_hash


def test_other_content_has_another_hash() -> None:
    assert parse_definition(document()).content_hash != parse_definition(document(intro="Hi")).content_hash


def test_labels_on_buttons_and_thanks_have_defaults() -> None:
    definition = parse_definition(document())

    assert (definition.submit_label, definition.last_ending.title) == ("Send", "Thank you")


def test_autocomplete_follows_from_type_and_attribute_unless_given() -> None:
    definition = parse_definition(
        document(field("full_name", maps_to="full_name"), field("nick", autocomplete="nickname"), field("phone", "tel"))
    )

    assert [item.autocomplete for item in definition.fields] == ["email", "name", "nickname", "tel"]


def test_a_condition_may_name_an_earlier_field_of_the_same_step() -> None:
    definition = parse_definition(
        document(field("size", "number"), field("why", visible_when={"size": {"$exists": True, "$gt": 10}}))
    )

    assert definition.deciding_keys == {"size"}


CHOICES = [{"value": "a", "label": "A"}]
REFUSED: list[tuple[str, Any, str]] = [
    ("not an object", [], ""),
    ("no title", {"steps": document()["steps"]}, "title"),
    ("a blank title", document(title="  "), "title"),
    ("an unknown key", document(titel="Hi"), "titel"),
    ("no steps", {"title": "Hi"}, "steps"),
    ("steps of the wrong type", document(steps="one"), "steps"),
    ("a step without fields", document(steps=[{"key": "one", "fields": []}]), "steps[0].fields"),
    ("two steps of one key", document(steps=[*document()["steps"], {"key": "one", "fields": [field("x")]}]), "steps"),
    (
        "a step of hidden fields only",
        document(
            steps=[*document()["steps"], {"key": "b", "fields": [field("h", "hidden", source={"constant": "x"})]}]
        ),
        "steps[1].fields",
    ),
    ("an unknown key in a field", document(field("x", requierd=True)), "steps[0].fields[1].requierd"),
    ("a key of another type's", document(field("x", choices=CHOICES)), "steps[0].fields[1].choices"),
    ("an unknown type", document(field("x", "colour")), "steps[0].fields[1].type"),
    ("a type of the wrong type", document({"key": "x", "type": ["text"], "label": "X"}), "steps[0].fields[1].type"),
    ("a field that is no object", document("x"), "steps[0].fields[1]"),  # type: ignore[arg-type]
    ("a key that isn't a name", document(field("Full Name")), "steps[0].fields[1].key"),
    ("two fields of one key", document(field("x"), field("x")), "steps[0].fields[2].key"),
    ("no label", document({"key": "x", "type": "text"}), "steps[0].fields[1].label"),
    ("a control character", document(field("x", help="a\x00b")), "steps[0].fields[1].help"),
    ("half a character", document(title="\ud800"), ""),
    ("not a number", document(field("x", "number", min=float("nan"))), ""),
    ("required of the wrong type", document(field("x", required="yes")), "steps[0].fields[1].required"),
    ("an unknown attribute", document(field("x", maps_to="shoe_size")), "steps[0].fields[1].maps_to"),
    ("an attribute of another type", document(field("x", maps_to="employees")), "steps[0].fields[1].maps_to"),
    (
        "an attribute given twice",
        document(field("x", maps_to="country"), field("y", maps_to="country")),
        "steps[0].fields[2].maps_to",
    ),
    ("an unknown decision", document(field("x", decision="fun")), "steps[0].fields[1].decision"),
    ("a select without choices", document(field("x", "select")), "steps[0].fields[1].choices"),
    ("a choice twice", document(field("x", "select", choices=CHOICES * 2)), "steps[0].fields[1].choices"),
    (
        "choices of mixed types",
        document(field("x", "select", choices=[*CHOICES, {"value": 1, "label": "B"}])),
        "steps[0].fields[1].choices",
    ),
    (
        "a choice without label",
        document(field("x", "radio", choices=[{"value": "a"}])),
        "steps[0].fields[1].choices[0].label",
    ),
    (
        "a default that is no choice",
        document(field("x", "select", choices=CHOICES, default="b")),
        "steps[0].fields[1].default",
    ),
    ("a ticked consent", document(field("x", "checkbox", default=True)), "steps[0].fields[1].default"),
    ("a country that doesn't exist", document(field("x", "country", default="XX")), "steps[0].fields[1].default"),
    ("a length beyond measure", document(field("x", max_length=10**6)), "steps[0].fields[1].max_length"),
    ("bounds the wrong way round", document(field("x", "number", min=5, max=1)), "steps[0].fields[1].max"),
    ("an unknown autocomplete", document(field("x", autocomplete="cc-number")), "steps[0].fields[1].autocomplete"),
    (
        "an allowed domain that is none",
        document(field("x", "work_email", allow_domains=["@x"])),
        "steps[0].fields[1].allow_domains[0]",
    ),
    ("a hidden field without source", document({"key": "h", "type": "hidden"}), "steps[0].fields[1].source"),
    (
        "a hidden field with two sources",
        document({"key": "h", "type": "hidden", "source": {"utm": "a", "query": "b"}}),
        "steps[0].fields[1].source",
    ),
    (
        "a required hidden field",
        document({"key": "h", "type": "hidden", "required": True}),
        "steps[0].fields[1].required",
    ),
    ("no e-mail field", {"title": "Hi", "steps": [{"key": "one", "fields": [field("x")]}]}, "steps"),
    (
        "an optional e-mail field",
        {"title": "Hi", "steps": [{"key": "a", "fields": [{**email(), "required": False}]}]},
        "steps[0].fields[0]",
    ),
    (
        "an e-mail from a text field",
        {"title": "Hi", "steps": [{"key": "a", "fields": [{**email(), "type": "text"}]}]},
        "steps[0].fields[0].maps_to",
    ),
    ("a condition on nothing", document(field("x", visible_when={"y": 1})), "steps[0].fields[1].visible_when.y"),
    ("a condition on itself", document(field("x", visible_when={"x": "a"})), "steps[0].fields[1].visible_when"),
    (
        "a condition on a later field",
        document(field("x", visible_when={"y": "a"}), field("y")),
        "steps[0].fields[1].visible_when",
    ),
    (
        "a condition on a choice that isn't there",
        document(field("x", "select", choices=CHOICES), field("y", visible_when={"x": "b"})),
        "steps[0].fields[2].visible_when.x",
    ),
    (
        "a comparison with what may be missing",
        document(field("x", "number"), field("y", visible_when={"x": {"$gt": 1}})),
        "steps[0].fields[2].visible_when.x.$gt",
    ),
]


@pytest.mark.parametrize(("value", "path"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_it_is_refused_with_its_path(value: object, path: str) -> None:
    assert refusal(value).path == path


def test_a_reference_to_a_later_field_says_so() -> None:
    reason = refusal(document(field("x", visible_when={"y": "a"}), field("y"))).reason

    assert reason == "y does not come before this field"


def test_a_document_nested_beyond_reason_is_refused() -> None:
    nested: Any = "x"
    for _ in range(100_000):
        nested = [nested]

    assert refusal(nested).path == ""


def test_choices_with_whole_numbers_feed_numeric_attributes() -> None:
    sizes = [{"value": 25, "label": "1-50"}, {"value": 500, "label": "51-1000"}]

    definition = parse_definition(document(field("size", "select", choices=sizes, maps_to="employees")))

    assert definition.by_key["size"].value_type == "number"
