from datetime import date
from typing import Any

import pytest

from forms_engine.answers import answers_from_text, ending_for, examine, usable_known, validate_answers
from forms_engine.errors import AnswersInvalid, Gated, UnknownField
from forms_engine.schema import Definition, parse_definition
from tests.forms_engine.documents import demo_document, document, field

EMAIL = {"email": "ada@example.com"}


def definition(*fields: dict[str, Any]) -> Definition:
    return parse_definition(document(*fields))


def checked(raw: dict[str, Any], *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return validate_answers(definition(*fields), {**EMAIL, **raw}, **more).answers


def refused(raw: dict[str, Any], *fields: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(AnswersInvalid) as caught:
        validate_answers(definition(*fields), {**EMAIL, **raw})
    return dict(caught.value.fields)


CHOICES = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
SIZES = [{"value": 1, "label": "One"}, {"value": 50, "label": "Fifty"}]

KEPT: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("trimmed", field("x"), "  Ada \t", "Ada"),
    ("in one Unicode form", field("x"), "A\u0308", "Ä"),
    ("lines of a long text", field("x", "textarea"), "a\r\nb\rc", "a\nb\nc"),
    ("an address in one form", field("x", "email"), " Ada@EXAMPLE.com ", "ada@example.com"),
    ("a work address", field("x", "work_email"), "ada@acme.example.org", "ada@acme.example.org"),
    (
        "a free address that is allowed",
        field("x", "work_email", allow_domains=["gmail.com"]),
        "a@gmail.com",
        "a@gmail.com",
    ),
    ("a phone number in E.164", field("x", "tel"), "+49 30 901820", "+4930901820"),
    ("a phone number with the 00 of many countries", field("x", "tel"), "0049 30 901820", "+4930901820"),
    ("an unknown phone number as typed", field("x", "tel"), "030  555  5555", "030 555 5555"),
    ("a whole number", field("x", "number"), 25.0, 25),
    ("a fraction", field("x", "number"), 2.5, 2.5),
    ("zero", field("x", "number"), 0, 0),
    ("a choice", field("x", "select", choices=CHOICES), "b", "b"),
    ("a number's choice", field("x", "radio", choices=SIZES), 50, 50),
    ("a tick", field("x", "checkbox"), True, True),
    ("a country", field("x", "country"), "de", "DE"),
    ("a list in the order of the choices", field("x", "checkboxes", choices=CHOICES), ["b", "a", "b"], ["a", "b"]),
    ("a web address", field("x", "url"), "Example.com/Ä", "https://example.com/Ä"),
    ("a date", field("x", "date"), "2028-02-29", "2028-02-29"),
    ("a company", field("x", "company"), " Tallyfern  Ltd ", "Tallyfern  Ltd"),
    ("a text that matches its pattern", field("x", pattern="[a-z]+"), "abc", "abc"),
    ("a disposable address where no rule is", field("x", "email"), "a@mailinator.com", "a@mailinator.com"),
    ("a consent", field("x", "consent"), True, True),
]


@pytest.mark.parametrize(("item", "raw", "value"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT])
def test_it_is_kept(item: dict[str, Any], raw: Any, value: Any) -> None:
    kept = checked({"x": raw}, item)["x"]

    assert (kept, type(kept)) == (value, type(value))


REFUSED: list[tuple[str, dict[str, Any], Any]] = [
    ("a number in a text", field("x"), 5),
    ("a list in a text", field("x"), ["a"]),
    ("an object in a text", field("x"), {"a": "b"}),
    ("a NUL", field("x"), "a\x00b"),
    ("an escape character", field("x"), "\x1b[31m"),
    ("a line end in a line", field("x"), "a\nb"),
    ("half a character", field("x"), "\ud800"),
    ("a text too long", field("x", max_length=3), "abcd"),
    ("a text of two megabytes", field("x"), "a" * 2_000_000),
    ("an address without @", field("x", "email"), "ada"),
    ("an address of too many characters", field("x", "email"), "a" * 300 + "@example.com"),
    ("a free address at work", field("x", "work_email"), "ada@gmail.com"),
    ("a throw-away address at work", field("x", "work_email"), "ada@mailinator.com"),
    ("a phone number in words", field("x", "tel"), "call me"),
    ("a phone number too short", field("x", "tel"), "112"),
    ("a text in a number", field("x", "number"), "5"),
    ("a truth in a number", field("x", "number"), True),
    ("a number beyond measure", field("x", "number"), 10**400),
    ("infinity", field("x", "number"), float("inf")),
    ("not a number", field("x", "number"), float("nan")),
    ("a number too small", field("x", "number", min=1), 0),
    ("a number too large", field("x", "number", max=9), 10),
    ("a choice that isn't there", field("x", "select", choices=CHOICES), "c"),
    ("a label for a choice", field("x", "select", choices=CHOICES), "A"),
    ("a truth for the choice 1", field("x", "select", choices=SIZES), True),
    ("a list of choices", field("x", "select", choices=CHOICES), ["a"]),
    ("a text for a tick", field("x", "checkbox"), "true"),
    ("a number for a tick", field("x", "checkbox"), 1),
    ("a country that isn't", field("x", "country"), "XX"),
    ("a country by name", field("x", "country"), "Germany"),
    ("a text for a list", field("x", "checkboxes", choices=CHOICES), "a"),
    ("a list with something else", field("x", "checkboxes", choices=CHOICES), ["a", "c"]),
    ("a list of lists", field("x", "checkboxes", choices=CHOICES), [["a"]]),
    ("a huge list", field("x", "checkboxes", choices=CHOICES), ["z"] * 100_000),
    ("fewer ticks than wanted", field("x", "checkboxes", choices=CHOICES, min_choices=2), ["a"]),
    ("a fraction where whole is wanted", field("x", "number", whole=True), 1.5),
    ("a text too short", field("x", min_length=3), "ab"),
    ("a text that matches its pattern in part", field("x", pattern="[a-z]+"), "abc1"),
    ("a day that doesn't exist", field("x", "date"), "2027-02-29"),
    ("a week", field("x", "date"), "2027-W01-1"),
    ("a number for a date", field("x", "date"), 20270101),
    ("a script for a web address", field("x", "url"), "javascript:alert(1)"),
    ("a web address with a line end", field("x", "url"), "https://example.com/\na"),
    ("a web address with a user", field("x", "url"), "https://me@example.com"),
    ("a web address of one label", field("x", "url"), "http://intranet"),
    ("a web address too long", field("x", "url"), "https://example.com/" + "a" * 1000),
    ("a truth as text for a consent", field("x", "consent"), "on"),
]


@pytest.mark.parametrize(("item", "raw"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_it_is_refused_by_its_field(item: dict[str, Any], raw: Any) -> None:
    assert list(refused({"x": raw}, item)) == ["x"]


@pytest.mark.parametrize("blank", [None, "", "   ", "\u200b \u2060", "\u3164", "\u2800"])
def test_blank_is_no_answer(blank: Any) -> None:
    assert "x" not in checked({"x": blank}, field("x"))


@pytest.mark.parametrize("blank", [{}, {"x": None}, {"x": " "}, {"x": "\u200b"}])
def test_a_required_field_wants_an_answer(blank: dict[str, Any]) -> None:
    assert refused(blank, field("x", required=True)) == {"x": ["Fill in this field."]}


def test_a_required_consent_must_be_given() -> None:
    assert "x" in refused({"x": False}, field("x", "checkbox", required=True))


def test_a_consent_not_given_is_kept_as_such() -> None:
    assert checked({}, field("x", "checkbox"))["x"] is False


def test_a_default_is_not_an_answer() -> None:
    assert "x" not in checked({}, field("x", default="Ada"))


def test_an_unknown_field_is_refused_before_anything_else() -> None:
    with pytest.raises(UnknownField) as caught:
        validate_answers(definition(), {"shoe_size": 44})

    assert (caught.value.code, list(caught.value.fields)) == ("unknown_field", ["shoe_size"])


def test_names_of_unknown_fields_are_sent_back_in_bounds() -> None:
    with pytest.raises(UnknownField) as caught:
        validate_answers(definition(), {f"{i}\ud800" + "x" * 500: 1 for i in range(500)})

    assert len(caught.value.fields) == 20
    assert all(len(key.encode()) < 100 for key in caught.value.fields)


def test_nobody_can_send_a_hidden_field() -> None:
    hidden = {"key": "plan", "type": "hidden", "source": {"constant": "free"}}

    with pytest.raises(UnknownField):
        validate_answers(definition(hidden), {**EMAIL, "plan": "enterprise"})


def test_messages_never_repeat_what_was_typed() -> None:
    assert "secret" not in str(refused({"x": "secret"}, field("x", "tel")))


# Conditions

SIZE = field("size", "number", required=True, visible_when={"country": "DE"}, maps_to="employees")
COUNTRY = field("country", "country", maps_to="country")


def test_a_skipped_field_is_not_required() -> None:
    assert "size" not in checked({"country": "FR"}, COUNTRY, SIZE)


def test_a_skipped_field_is_not_stored_even_when_sent() -> None:
    assert "size" not in checked({"country": "FR", "size": 5}, COUNTRY, SIZE)


def test_a_skipped_field_may_hold_nonsense() -> None:
    assert "size" not in checked({"country": "FR", "size": ["?"]}, COUNTRY, SIZE)


def test_a_visible_field_is_required() -> None:
    assert "size" in refused({"country": "DE"}, COUNTRY, SIZE)


def test_what_depends_on_a_skipped_field_is_skipped_too() -> None:
    team = field("team", required=True, visible_when={"size": {"$exists": True}})

    assert set(checked({"country": "FR", "size": 5, "team": "x"}, COUNTRY, SIZE, team)) == {"email", "country"}


def test_conditions_see_canonical_values() -> None:
    assert checked({"country": "de", "size": 5}, COUNTRY, SIZE)["size"] == 5


# Hidden fields

CONTEXT = {"utm": {"source": "ads"}, "query": {"plan": " pro "}}


@pytest.mark.parametrize(
    ("source", "value"),
    [({"constant": 7}, 7), ({"utm": "source"}, "ads"), ({"query": "plan"}, "pro"), ({"query": "nothing"}, None)],
)
def test_hidden_values_come_from_the_context(source: dict[str, Any], value: Any) -> None:
    hidden = {"key": "h", "type": "hidden", "source": source}

    assert validate_answers(definition(hidden), EMAIL, context=CONTEXT).hidden.get("h") == value


def test_a_hidden_value_that_can_not_be_stored_is_absent() -> None:
    hidden = {"key": "h", "type": "hidden", "source": {"query": "q"}}

    assert validate_answers(definition(hidden), EMAIL, context={"query": {"q": "a\x00"}}).hidden == {}


def test_a_condition_may_ask_a_hidden_field() -> None:
    hidden = {"key": "plan", "type": "hidden", "source": {"query": "plan"}}
    seats = field("seats", "number", required=True, visible_when={"plan": "pro"})

    with pytest.raises(AnswersInvalid):
        validate_answers(definition(hidden, seats), EMAIL, context=CONTEXT)


# The result


def test_answers_map_to_lead_attributes_apart_from_hidden_ones() -> None:
    hidden = {"key": "h", "type": "hidden", "source": {"constant": "pricing"}, "maps_to": "intent"}

    result = validate_answers(definition(COUNTRY, hidden, field("note")), {**EMAIL, "country": "DE", "note": "Hi"})

    assert result.attributes == {"email": "ada@example.com", "country": "DE"}
    assert result.hidden_attributes == {"intent": "pricing"}
    assert result.stored == {"email": "ada@example.com", "country": "DE", "note": "Hi", "h": "pricing"}


def test_canonical_answers_stay_as_they_are() -> None:
    form = parse_definition(demo_document())
    raw = {"email": "ADA@example.com", "full_name": " Ada ", "country": "de", "employees": 5.0, "consent": True}

    once = validate_answers(form, raw).answers

    assert validate_answers(form, once).answers == once


def test_only_steps_up_to_an_index_are_checked() -> None:
    form = parse_definition(demo_document())

    result = validate_answers(form, {**EMAIL, "full_name": "Ada"}, up_to_step=0)

    assert set(result.answers) == {"email", "full_name"}


def test_a_phone_number_is_read_in_the_country_answered_before() -> None:
    assert checked({"country": "DE", "phone": "030 901820"}, COUNTRY, field("phone", "tel"))["phone"] == "+4930901820"


def test_a_region_belongs_to_the_country_answered() -> None:
    region = field("x", "region")

    assert checked({"country": "DE", "x": "de-be"}, COUNTRY, region)["x"] == "DE-BE"
    assert list(refused({"country": "FR", "x": "DE-BE"}, COUNTRY, region)) == ["x"]


# What a refusal says


def test_a_refusal_says_its_bounds() -> None:
    assert refused({"x": "abcd"}, field("x", max_length=3)) == {"x": ["This must not be longer than 3 characters."]}


def test_a_field_may_have_words_of_its_own() -> None:
    item = field("x", max_length=3, messages={"too_long": "{max} letters, please."})

    assert refused({"x": "abcd"}, item) == {"x": ["3 letters, please."]}


def test_a_refusal_has_a_code_that_programs_can_read() -> None:
    found = examine(definition(field("x", "number", min=1)), {**EMAIL, "x": 0})

    assert found.codes == {"x": ["too_low"]}


@pytest.mark.parametrize("day", ["2026-03-08", "2026-03-09", "2030-01-01"])
def test_today_is_a_day_wider_than_the_servers(day: str) -> None:
    assert checked({"x": day}, field("x", "date", min="today"), today=date(2026, 3, 9))["x"] == day


@pytest.mark.parametrize(("bound", "day"), [("min", "2026-03-07"), ("max", "2026-03-11")])
def test_what_is_today_nowhere_is_refused(bound: str, day: str) -> None:
    form = definition(field("x", "date", **{bound: "today"}))

    with pytest.raises(AnswersInvalid) as caught:
        validate_answers(form, {**EMAIL, "x": day}, today=date(2026, 3, 9))

    assert "2026-03-09" in caught.value.fields["x"][0]


# E-mail rules


@pytest.mark.parametrize(
    ("rules", "address", "flags"),
    [
        ({"free_mail": "flag"}, "ada@gmail.com", ["free_mail"]),
        ({"disposable": "flag"}, "ada@mailinator.com", ["disposable"]),
        ({"free_mail": "flag"}, "ada@example.com", []),
        ({"free_mail": "flag", "allow_domains": ["gmail.com"]}, "ada@gmail.com", []),
        ({"free_mail": "allow"}, "ada@gmail.com", []),
    ],
)
def test_a_form_may_flag_what_it_takes(rules: Any, address: str, flags: list[str]) -> None:
    form = parse_definition(document(email=rules))

    assert validate_answers(form, {"email": address}).flags == flags


@pytest.mark.parametrize(
    ("address", "code"), [("ada@gmail.com", "email_free"), ("ada@mail.mailinator.com", "email_disposable")]
)
def test_a_form_may_block(address: str, code: str) -> None:
    form = parse_definition(document(email={"free_mail": "block", "disposable": "block"}))

    assert examine(form, {"email": address}).codes == {"email": [code]}


# Gates and endings

CLOSED = {
    "endings": [
        {"key": "sorry", "title": "Sorry"},
        {"key": "german", "when": {"country": "DE"}, "title": "Hallo"},
    ],
    "steps": [
        {
            "key": "one",
            "fields": [*document(COUNTRY)["steps"][0]["fields"]],
            "gates": [{"when": {"country": "FR"}, "ending": "sorry"}],
        },
    ],
}


def test_right_answers_that_meet_a_gate_are_no_submission() -> None:
    with pytest.raises(Gated) as caught:
        validate_answers(parse_definition(document(**CLOSED)), {**EMAIL, "country": "FR"})

    assert (caught.value.code, caught.value.status, caught.value.ending) == ("gated", 422, "sorry")


def test_wrong_answers_are_mended_before_a_gate_counts() -> None:
    with pytest.raises(AnswersInvalid):
        validate_answers(parse_definition(document(**CLOSED)), {"country": "FR"})


@pytest.mark.parametrize(("country", "ending"), [("DE", "german"), ("US", "success")])
def test_the_first_ending_that_holds_counts(country: str, ending: str) -> None:
    form = parse_definition(document(**CLOSED))

    assert validate_answers(form, {**EMAIL, "country": country}).ending.key == ending


def test_an_ending_of_a_gate_alone_ends_no_submission() -> None:
    assert ending_for(parse_definition(document(**CLOSED)), {}).key == "success"


# Known answers


def test_a_known_answer_is_stored_with_the_others() -> None:
    item = field("x", "select", choices=CHOICES, required=True, once=True)

    assert checked({}, item, known={"x": "b"})["x"] == "b"


@pytest.mark.parametrize("known", ["z", 5, None, ["a"], {"a": 1}])
def test_a_known_answer_that_today_would_be_refused_is_asked(known: Any) -> None:
    form = definition(field("x", "select", choices=CHOICES, once=True))

    assert "x" in examine(form, EMAIL, known={"x": known}).visible


def test_an_address_that_is_known_is_not_asked() -> None:
    form = parse_definition(
        {
            "title": "Hi",
            "steps": [{"key": "one", "fields": [{**document()["steps"][0]["fields"][0], "once": True}, field("x")]}],
        }
    )

    found = examine(form, {}, known=EMAIL)

    assert (found.visible, found.answers) == (["x"], EMAIL)


def test_a_known_region_counts_in_its_own_country_only() -> None:
    form = definition({**COUNTRY, "once": True}, field("x", "region", once=True))

    known = [usable_known(form, {"country": code, "x": "DE-BE"}) for code in ("DE", "FR")]

    assert known == [{"country": "DE", "x": "DE-BE"}, {"country": "FR"}]


def test_a_known_date_was_right_on_its_day() -> None:
    form = definition(field("x", "date", min="today", once=True))

    assert examine(form, EMAIL, known={"x": "2020-01-01"}, today=date(2026, 3, 9)).known == ["x"]


def test_only_usable_answers_are_told_to_a_page() -> None:
    form = definition(
        field("x", "number", once=True, max=5), field("y", "select", choices=CHOICES, once=True), field("z")
    )

    assert usable_known(form, {"x": 9, "y": "a", "z": "Ada", "gone": 1}) == {"y": "a"}


# Consents


def test_a_consent_is_kept_as_it_was_asked() -> None:
    form = definition(field("x", "consent", label="You may **write** to me.", version="2026-03"))

    kept = validate_answers(form, {**EMAIL, "x": True}).consents

    assert kept == [
        {"field": "x", "given": True, "text": "You may **write** to me.", "version": "2026-03", "language": "en"}
    ]


def test_a_refused_consent_is_kept_too_and_a_skipped_one_is_not() -> None:
    form = definition(COUNTRY, field("x", "consent"), field("y", "consent", visible_when={"country": "DE"}))

    assert [(each["field"], each["given"]) for each in validate_answers(form, EMAIL).consents] == [("x", False)]


# Texts of pages and files


@pytest.mark.parametrize(
    ("item", "text", "value"),
    [
        (field("x", "number"), "1,200", 1200),
        (field("x", "number"), "٢٥٠", 250),
        (field("x", "number"), "۱۲", 12),
        (field("x", "number"), " 2.5 ", 2.5),
        (field("x", "number"), "many", "many"),
        (field("x", "number"), "1e9999", "1e9999"),
        (field("x", "checkbox"), "on", True),
        (field("x", "checkbox"), "No", False),
        (field("x", "checkbox"), "maybe", "maybe"),
        (field("x", "select", choices=SIZES), "50", 50),
        (field("x"), "50", "50"),
    ],
)
def test_texts_are_read_by_the_type_of_the_field(item: dict[str, Any], text: str, value: Any) -> None:
    read = answers_from_text(definition(item), {"x": text})["x"]

    assert (read, type(read)) == (value, type(value))


def test_blank_texts_and_other_names_are_left_out() -> None:
    assert answers_from_text(definition(field("x")), {"x": " ", "csrf": "y"}) == {}


@pytest.mark.parametrize("texts", [["b", "a"], "a;b", "a; b;", "b\na"])
def test_a_list_is_read_from_ticks_or_from_one_text(texts: Any) -> None:
    form = definition(field("x", "checkboxes", choices=CHOICES))

    assert sorted(answers_from_text(form, {"x": texts})["x"]) == ["a", "b"]  # type: ignore[call-overload]


def test_of_several_texts_for_one_answer_the_first_that_says_something_counts() -> None:
    assert answers_from_text(definition(field("x")), {"x": ["", "a", "b"]}) == {"x": "a"}


@pytest.mark.parametrize(
    ("typed", "country", "read"),
    [
        ("030 901820", "DE", "+4930901820"),
        ("+33 1 23 45 67 89", "DE", "+33 1 23 45 67 89"),
        ("0033 1 23 45 67 89", "DE", "0033 1 23 45 67 89"),
        ("call me", "DE", "call me"),
        ("030 901820", "", "030 901820"),
        ("030 901820", "XX", "030 901820"),
    ],
)
def test_a_phone_number_is_read_with_the_country_beside_it(typed: str, country: str, read: str) -> None:
    form = definition(field("x", "tel"))

    assert answers_from_text(form, {"x": typed, "x__country": country}) == {"x": read}


def test_a_country_without_a_number_is_no_phone_number() -> None:
    assert answers_from_text(definition(field("x", "tel")), {"x": "", "x__country": "DE"}) == {}
