from typing import Any

import pytest

from forms_engine.errors import DefinitionInvalid
from forms_engine.schema import HiddenSource, parse_definition
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


def further(item: dict[str, Any]) -> dict[str, Any]:
    return document(steps=[{**step("one", email()), "further": [item]}])


def step(key: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"key": key, "fields": list(fields), **more}


def steps(*given: dict[str, Any], **more: Any) -> dict[str, Any]:
    return document(steps=list(given), **more)


def jump(to: Any, when: Any = None) -> dict[str, Any]:
    """Of the first of three steps."""
    way = {"when": {"email": {"$exists": True}} if when is None else when, "to": to}
    return steps(step("one", email(), jumps=[way]), step("two", field("x")), step("three", field("y")))


def gated(*endings: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A form whose only step has a gate that leads to the ending `no`."""
    gate = {"when": {"email": {"$exists": True}}, "ending": "no"}
    return steps(step("one", email(), gates=[gate]), endings=list(endings), **more)


def statement(value: Any) -> dict[str, Any]:
    return document({"key": "x", "type": "statement", "statement": value})


def translated(language: str = "de", **texts: Any) -> dict[str, Any]:
    choices = field("pick", "radio", choices=CHOICES)
    faq = {"key": "faq", "type": "statement", "statement": {"faq": [{"question": "Q", "answer": "A"}]}}
    return document(choices, faq, translations={language: texts})


ONCE = field("x", "select", choices=CHOICES, once=True)
COUNTRY = field("land", "country")
REFUSED_WAYS: list[tuple[str, Any, str]] = [
    # Fields
    ("an identity that isn't a name", document(field("x", id="X!")), "steps[0].fields[1].id"),
    ("two fields of one identity", document(field("x", id="z"), field("y", id="z")), "steps[0].fields[2].id"),
    ("a key that is another's identity", document(field("x", id="y"), field("y")), "steps[0].fields[2].key"),
    ("an identity that is another's key", document(field("y"), field("x", id="y")), "steps[0].fields[2].id"),
    (
        "a key that a page sends beside a phone number",
        document(field("p", "tel"), field("p__country")),
        "steps[0].fields[2].key",
    ),
    ("lengths the wrong way round", document(field("x", min_length=9, max_length=3)), "steps[0].fields[1].max_length"),
    (
        "dates the wrong way round",
        document(field("x", "date", min="2030-02-01", max="2030-01-01")),
        "steps[0].fields[1].max",
    ),
    ("a bound that is no date", document(field("x", "date", min="soon")), "steps[0].fields[1].min"),
    ("a bound in another spelling", document(field("x", "date", max="20300101")), "steps[0].fields[1].max"),
    ("a default that is no date", document(field("x", "date", default="today")), "steps[0].fields[1].default"),
    (
        "more ticks than choices",
        document(field("x", "checkboxes", choices=CHOICES, min_choices=2)),
        "steps[0].fields[1].min_choices",
    ),
    (
        "a list's value with a ;",
        document(field("x", "checkboxes", choices=[{"value": "a;b", "label": "A"}])),
        "steps[0].fields[1].choices[0].value",
    ),
    (
        "a list's value that is a number",
        document(field("x", "checkboxes", choices=[{"value": 1, "label": "A"}])),
        "steps[0].fields[1].choices[0].value",
    ),
    (
        "a default list of other values",
        document(field("x", "checkboxes", choices=CHOICES, default=["z"])),
        "steps[0].fields[1].default",
    ),
    (
        "a list for a lead attribute",
        document(field("x", "checkboxes", choices=CHOICES, maps_to="use_case")),
        "steps[0].fields[1].maps_to",
    ),
    ("a broken pattern", document(field("x", pattern="(")), "steps[0].fields[1].pattern"),
    ("a pattern with look-around", document(field("x", pattern="(?=a)a")), "steps[0].fields[1].pattern"),
    ("an empty pattern", document(field("x", pattern="")), "steps[0].fields[1].pattern"),
    ("a consent asked once", document(field("x", "consent", once=True)), "steps[0].fields[1].once"),
    ("a region without a country", document(field("x", "region")), "steps[0].fields[1].country"),
    (
        "a region of a later country",
        document(field("x", "region", country="land"), COUNTRY),
        "steps[0].fields[1].country",
    ),
    (
        "a region of what is no country",
        document(field("x"), field("y", "region", country="x")),
        "steps[0].fields[2].country",
    ),
    (
        "a region that doesn't exist",
        document(COUNTRY, field("x", "region", default="DE-XX")),
        "steps[0].fields[2].default",
    ),
    (
        "a message for another type's refusal",
        document(field("x", messages={"too_low": "No"})),
        "steps[0].fields[1].messages.too_low",
    ),
    ("a blank message", document(field("x", messages={"required": " "})), "steps[0].fields[1].messages.required"),
    ("a statement that says nothing", document({"key": "x", "type": "statement"}), "steps[0].fields[1].statement"),
    ("a statement of two kinds", statement({"text": "a", "quote": "b"}), "steps[0].fields[1].statement"),
    ("an author of a text", statement({"text": "a", "author": "b"}), "steps[0].fields[1].statement"),
    (
        "a question without answer",
        statement({"faq": [{"question": "a"}]}),
        "steps[0].fields[1].statement.faq[0].answer",
    ),
    (
        "a required statement",
        document({"key": "x", "type": "statement", "statement": {"text": "a"}, "required": True}),
        "steps[0].fields[1].required",
    ),
    (
        "a referrer by name",
        document({"key": "h", "type": "hidden", "source": {"referrer": "x"}}),
        "steps[0].fields[1].source.referrer",
    ),
    # Known answers
    (
        "a personal field that asks once and is asked",
        document(field("x", once=True), field("y", visible_when={"x": "a"})),
        "steps[0].fields[1].once",
    ),
    (
        "a closed one with a personal attribute too",
        document({**ONCE, "maps_to": "job_title"}, field("y", visible_when={"x": "a"})),
        "steps[0].fields[1].once",
    ),
    (
        "a further question that is asked",
        steps({**step("one", email()), "further": [field("x")]}, step("two", field("y"), visible_when={"x": "a"})),
        "steps[0].further[0]",
    ),
    ("a further consent", further(field("x", "consent")), "steps[0].further[0].type"),
    ("a further hidden field", further(field("x", "hidden", source={"constant": 1})), "steps[0].further[0].type"),
    ("a further question that says so twice", further(field("x", once=True)), "steps[0].further[0].once"),
    ("an e-mail asked further", steps({**step("one", field("x")), "further": [email()]}), "steps[0].further[0]"),
    (
        "a region asked once of a country asked anew",
        document(COUNTRY, field("x", "region", once=True)),
        "steps[0].fields[2].once",
    ),
    # Conditions
    (
        "a pattern that browsers read otherwise",
        document(field("x"), field("y", visible_when={"x": {"$regex": "(?i)a"}})),
        "steps[0].fields[2].visible_when.x.$regex",
    ),
    (
        "one deep within",
        document(field("x"), field("y", visible_when={"$or": [{"x": {"$not": {"$regex": "\\pL"}}}]})),
        "steps[0].fields[2].visible_when.$or[0].x.$not.$regex",
    ),
    (
        "a saved group",
        document(field("x"), field("y", visible_when={"x": {"$inGroup": "g"}})),
        "steps[0].fields[2].visible_when.x.$inGroup",
    ),
    (
        "the value of a phone number",
        document(field("x", "tel"), field("y", visible_when={"x": "+49"})),
        "steps[0].fields[2].visible_when.x",
    ),
    (
        "a statement asked",
        document({"key": "x", "type": "statement", "statement": {"text": "a"}}, field("y", visible_when={"x": "a"})),
        "steps[0].fields[2].visible_when.x",
    ),
    (
        "a step that asks its own fields",
        steps(step("one", email()), step("two", field("x"), visible_when={"x": "a"})),
        "steps[1].visible_when",
    ),
    (
        "a comparison with a field of a step that may not come",
        steps(
            step("one", email(), field("pick", "radio", choices=CHOICES)),
            step("two", field("size", "number", required=True), visible_when={"pick": "a"}),
            step("three", field("y", visible_when={"size": {"$gt": 1}})),
        ),
        "steps[2].fields[0].visible_when.size.$gt",
    ),
    (
        "a comparison with a field that a jump leads past",
        steps(
            step("one", email(), jumps=[{"when": {"email": {"$exists": False}}, "to": "three"}]),
            step("two", field("size", "number", required=True)),
            step("three", field("y", visible_when={"size": {"$gt": 1}})),
        ),
        "steps[2].fields[0].visible_when.size.$gt",
    ),
    # Ways
    ("a jump without condition", steps(step("one", email(), jumps=[{"to": "end"}])), "steps[0].jumps[0].when"),
    ("a jump to nowhere", jump("four"), "steps[0].jumps[0].to"),
    ("a jump to itself", jump("one"), "steps[0].jumps[0].to"),
    ("a jump on what comes later", jump("three", {"x": "a"}), "steps[0].jumps[0].when"),
    (
        "a jump back",
        steps(step("one", email()), step("two", field("x"), jumps=[{"when": {"x": "a"}, "to": "one"}])),
        "steps[1].jumps[0].to",
    ),
    (
        "a jump to a step named like the end",
        steps(step("one", email(), jumps=[{"when": {}, "to": "end"}]), step("end", field("x"))),
        "steps[0].jumps[0].to",
    ),
    (
        "a jump past the e-mail",
        steps(
            step("one", field("x"), jumps=[{"when": {"x": "a"}, "to": "three"}]),
            step("two", email()),
            step("three", field("y")),
        ),
        "steps[0].jumps[0].to",
    ),
    (
        "a condition on the step of the e-mail",
        steps(step("one", field("x")), step("two", email(), visible_when={"x": "a"})),
        "steps[1].visible_when",
    ),
    ("a gate to no ending", gated(), "steps[0].gates[0].ending"),
    ("a gate's message without title", gated({"key": "no"}), "endings[0].title"),
    # Endings
    ("two endings of one key", document(endings=[{"key": "a", "when": {}}, {"key": "a"}]), "endings"),
    ("an ending behind one that always holds", document(endings=[{"key": "a"}, {"key": "b"}]), "endings[0].when"),
    ("two last endings", document(endings=[{"key": "a"}], success={"title": "Hi"}), "success"),
    ("an ending with the key of success", document(endings=[{"key": "success", "when": {}}]), "endings"),
    ("a redirect to nowhere", document(endings=[{"key": "a", "kind": "redirect"}]), "endings[0].url"),
    (
        "a redirect to a script",
        document(endings=[{"key": "a", "kind": "redirect", "url": "javascript:alert(1)"}]),
        "endings[0].url",
    ),
    (
        "a redirect without TLS",
        document(endings=[{"key": "a", "kind": "redirect", "url": "http://example.com/"}]),
        "endings[0].url",
    ),
    (
        "a path that is another host",
        document(endings=[{"key": "a", "kind": "redirect", "url": "//example.com"}]),
        "endings[0].url",
    ),
    ("a form that can't be", document(endings=[{"key": "a", "kind": "form", "form": "a b"}]), "endings[0].form"),
    ("a form of a message", document(endings=[{"key": "a", "form": "b"}]), "endings[0].form"),
    ("a button to nowhere", document(endings=[{"key": "a", "button": "Go"}]), "endings[0].button"),
    # Rules and languages
    ("an unknown rule", document(email={"free_mail": "maybe"}), "email.free_mail"),
    ("an unknown key of the rules", document(email={"spam": "block"}), "email.spam"),
    ("a language that is none", document(language="German"), "language"),
    ("a translation to no language", document(translations={"german": {}}), "translations.german"),
    ("a translation to the form's own language", document(translations={"en": {}}), "translations.en"),
    ("translations of the wrong type", document(translations=[]), "translations"),
    ("an unknown text", translated(titel="x"), "translations.de.titel"),
    ("a blank text", translated(title=" "), "translations.de.title"),
    ("a step that isn't there", translated(steps={"x": {}}), "translations.de.steps.x"),
    ("a field that isn't there", translated(fields={"x": {}}), "translations.de.fields.x"),
    (
        "a choice that isn't there",
        translated(fields={"pick": {"choices": {"z": "Z"}}}),
        "translations.de.fields.pick.choices.z",
    ),
    (
        "choices of a field without",
        translated(fields={"email": {"choices": {}}}),
        "translations.de.fields.email.choices",
    ),
    (
        "a placeholder of a field without",
        translated(fields={"pick": {"placeholder": "x"}}),
        "translations.de.fields.pick.placeholder",
    ),
    (
        "another type's message",
        translated(fields={"pick": {"messages": {"url": "x"}}}),
        "translations.de.fields.pick.messages.url",
    ),
    (
        "another shape of statement",
        translated(fields={"faq": {"statement": {"text": "x"}}}),
        "translations.de.fields.faq.statement",
    ),
    ("an ending that isn't there", translated(endings={"x": {}}), "translations.de.endings.x"),
    (
        "an address for an ending without",
        translated(endings={"success": {"url": "/x"}}),
        "translations.de.endings.success.url",
    ),
]


@pytest.mark.parametrize(("value", "path"), [case[1:] for case in REFUSED_WAYS], ids=[case[0] for case in REFUSED_WAYS])
def test_it_is_refused_with_its_path_too(value: object, path: str) -> None:
    assert refusal(value).path == path


@pytest.mark.parametrize(("value", "path"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_it_is_refused_with_its_path(value: object, path: str) -> None:
    assert refusal(value).path == path


def test_a_reference_to_a_later_field_says_so() -> None:
    reason = refusal(document(field("x", visible_when={"y": "a"}), field("y"))).reason

    assert reason == "y does not come before this field"


@pytest.mark.parametrize("key", ["elements", "submit", "constructor", "dataset"])
def test_a_key_that_would_hide_what_every_form_has_is_refused(key: str) -> None:
    assert refusal(document(field(key))).path == "steps[0].fields[1].key"


def test_a_country_asked_in_the_same_step_is_not_asked_again_beside_a_number() -> None:
    phone = parse_definition(document(field("country", "country"), field("phone", "tel"))).by_key["phone"]
    assert (phone.country_key, phone.country_select) == ("country", False)


def test_a_number_alone_has_its_country_beside_it() -> None:
    assert parse_definition(document(field("phone", "tel"))).by_key["phone"].country_select


@pytest.mark.parametrize("default", [0, 11])
def test_a_default_beyond_the_bounds_is_refused(default: int) -> None:
    path = refusal(document(field("x", "number", min=1, max=10, default=default))).path
    assert path == "steps[0].fields[1].default"


def test_a_cookie_may_begin_with_an_underscore() -> None:
    item = parse_definition(document(field("client", "hidden", source={"cookie": "_ga"}))).by_key["client"]
    assert item.source == HiddenSource("cookie", "_ga")


def test_a_document_nested_beyond_reason_is_refused() -> None:
    nested: Any = "x"
    for _ in range(100_000):
        nested = [nested]

    assert refusal(nested).path == ""


def test_choices_with_whole_numbers_feed_numeric_attributes() -> None:
    sizes = [{"value": 25, "label": "1-50"}, {"value": 500, "label": "51-1000"}]

    definition = parse_definition(document(field("size", "select", choices=sizes, maps_to="employees")))

    assert definition.by_key["size"].value_type == "number"


# What a whole document comes to


def test_a_field_keeps_its_identity_when_its_key_changes() -> None:
    definition = parse_definition(document(field("team_size", id="size"), field("role")))

    assert [item.id for item in definition.fields] == ["email", "size", "role"]


def test_further_questions_are_asked_once() -> None:
    definition = parse_definition(further(field("role")))

    assert [item.key for item in definition.once_fields] == ["role"]


def test_a_region_reads_the_nearest_country_before() -> None:
    definition = parse_definition(document(field("home", "country"), field("work", "country"), field("x", "region")))

    assert definition.by_key["x"].country_key == "work"


def test_success_is_the_last_ending() -> None:
    definition = parse_definition(document(endings=[{"key": "a", "when": {}, "title": "A"}], success={"title": "B"}))

    assert [(ending.key, ending.title) for ending in definition.endings] == [("a", "A"), ("success", "B")]


def test_an_ending_of_gates_alone_comes_after_no_submission() -> None:
    definition = parse_definition(gated({"key": "thanks"}, {"key": "no", "title": "Sorry"}))

    assert [(ending.key, ending.gate_only) for ending in definition.endings] == [("no", True), ("thanks", False)]


def test_a_gate_may_lead_to_an_ending_that_submissions_reach_by_condition() -> None:
    definition = parse_definition(gated({"key": "no", "when": {}, "title": "Sorry"}))

    assert not definition.ending_of["no"].gate_only


@pytest.mark.parametrize(
    ("rules", "kind", "expected"),
    [
        ({}, "work_email", ("block", "block")),
        ({}, "email", ("allow", "allow")),
        ({"free_mail": "flag"}, "work_email", ("flag", "block")),
        ({"disposable": "block"}, "email", ("allow", "block")),
    ],
)
def test_rules_for_mail_are_the_forms_or_the_types(rules: Any, kind: str, expected: Any) -> None:
    item = parse_definition(document(field("x", kind), email=rules)).by_key["x"]

    assert (item.free_mail, item.disposable) == expected


def test_a_consents_version_follows_its_text() -> None:
    one, same, other = (
        parse_definition(document(field("x", "consent", label=label))).by_key["x"].consent_version
        for label in ("I agree.", "I agree.", "I agree to all.")
    )

    assert one == same != other


def test_what_a_browser_must_know_the_value_of() -> None:
    definition = parse_definition(
        steps(
            step("one", email(), field("a"), field("b"), field("c"), field("d"), COUNTRY, field("r", "region")),
            step(
                "two",
                field("y", visible_when={"a": "x"}),
                visible_when={"b": "x"},
                jumps=[{"when": {"c": "x"}, "to": "end"}],
            ),
            endings=[{"key": "e", "when": {"d": "x"}}],
        )
    )

    assert definition.deciding_keys == {"a", "b", "c", "land"}


def test_a_comparison_may_rely_on_a_required_field_of_a_step_that_always_comes() -> None:
    definition = parse_definition(
        steps(
            step("one", email(), field("size", "number", required=True)),
            step("two", field("y"), visible_when={"size": {"$gt": 5}}),
        )
    )

    assert definition.deciding_keys == {"size"}
