"""What a form looks like as markup. The contract is docs/form-protocol.md, "The markup"."""

import json
from typing import Any

import pytest

from forms_engine.flow import Turn, Visit, first_turn, take_turn
from forms_engine.rendering.done import done_html
from forms_engine.rendering.form import CompiledForm, script_json
from forms_engine.schema import localise, parse_definition
from tests.forms_engine.documents import document, field
from tests.forms_engine.markup import Element, controls, read_markup

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)></textarea></title>"
CHOICES = [{"value": "a", "label": "Apples"}, {"value": "b", "label": "Pears"}]


def compiled(*fields: dict[str, Any], language: str = "en", **more: Any) -> CompiledForm:
    """A form of an e-mail field and the given ones."""
    return CompiledForm(localise(parse_definition(document(*fields, **more)), language), slug="demo")


def shown(form: CompiledForm, texts: dict[str, list[str]] | None = None, **more: Any) -> Element:
    """The form as it is opened, or, where `texts` is given, as it comes back from Continue."""
    visit = Visit()
    if texts is None:
        turn = first_turn(form.definition, visit, form.default_texts)
    else:
        turn = take_turn(form.definition, visit, texts, step_key="one", action="next", shown=form.definition.by_key)
    return read_markup(form.html(turn, texts or {}, token="TOKEN", action="/f/demo/")).one("form")


def the_field(form: Element, key: str) -> Element:
    return form.one("div", data_field=key)


# The form


def test_a_form_says_where_it_goes_and_how_it_is_written() -> None:
    form = shown(compiled())

    assert {name: form.attrs[name] for name in ("method", "action", "lang", "dir", "data-form", "part")} == {
        "method": "post",
        "action": "/f/demo/",
        "lang": "en",
        "dir": "ltr",
        "data-form": "demo",
        "part": "form",
    }
    assert "novalidate" in form.attrs


def test_it_carries_the_token_the_step_and_what_it_shows() -> None:
    posted = controls(shown(compiled(field("name"))))

    assert (posted["_token"], posted["_step"], posted["_shown"]) == (["TOKEN"], ["one"], ["email,name"])


def test_a_token_is_escaped() -> None:
    form = compiled()
    html = form.html(first_turn(form.definition, Visit(), {}), {}, token='"><b>')

    assert "<b>" not in html


def test_the_same_fresh_page_is_made_once() -> None:
    form = compiled()
    turn = first_turn(form.definition, Visit(), {})

    assert form.around_token(turn, {})[1] is form.around_token(turn, {})[1]


def test_the_logic_for_the_script_is_data_in_the_page() -> None:
    form = compiled(field("more", visible_when={"email": {"$exists": True}}))
    script = shown(form).one("script")

    assert script.attrs["type"] == "application/json"
    assert json.loads(script.own_text) == json.loads(json.dumps(form.logic))


def test_data_can_not_end_its_script() -> None:
    assert "<" not in script_json({"a": "</script><!--<script>"})


def test_steps_not_shown_are_there_and_hidden() -> None:
    steps = [document()["steps"][0], {"key": "two", "fields": [field("name")]}]
    form = shown(compiled(steps=steps))

    assert [("hidden" in step.attrs) for step in form.all("section")] == [False, True]
    assert "name" in controls(form)


def test_progress_counts_steps_that_show_something() -> None:
    steps = [
        {"key": "one", "fields": [*document()["steps"][0]["fields"], field("more", "checkbox")]},
        {"key": "two", "fields": [field("why", visible_when={"more": True})]},
        {"key": "three", "fields": [field("name")]},
    ]
    progress = shown(compiled(steps=steps)).one("div", part="progress")

    assert progress.text == "Step 1 of 2"
    assert [mark.attrs["class"] for mark in progress.all("span")] == ["now", "ahead"]


def test_a_form_of_one_step_shows_no_progress() -> None:
    assert "hidden" in shown(compiled()).one("div", part="progress").attrs


def test_the_button_sends_on_the_last_step_only() -> None:
    steps = [document()["steps"][0], {"key": "two", "fields": [field("name")]}]
    button = shown(compiled(steps=steps, submit_label="Go!", continue_label="Next")).one("button", part="button")

    assert button.text == "Next"
    assert (button.attrs["data-next"], button.attrs["data-send"]) == ("Next", "Go!")
    assert shown(compiled(submit_label="Go!")).one("button", part="button").text == "Go!"


def test_the_trap_is_out_of_everybodys_way() -> None:
    trap = shown(compiled()).one("div", class_="trap")

    assert trap.attrs["aria-hidden"] == "true"
    assert trap.one("input").attrs["tabindex"] == "-1"


# Fields


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text", {"type": "text"}),
        ("email", {"type": "email", "inputmode": "email", "autocomplete": "email"}),
        ("work_email", {"type": "email", "inputmode": "email", "autocomplete": "email"}),
        ("number", {"type": "text", "inputmode": "decimal"}),
        ("company", {"type": "text", "autocomplete": "organization"}),
        ("url", {"type": "url", "inputmode": "url"}),
        ("date", {"type": "date"}),
    ],
)
def test_what_is_typed_into_suits_what_is_asked(kind: str, expected: dict[str, str]) -> None:
    control = shown(compiled(field("it", kind))).one("input", id="f-it")

    assert expected.items() <= control.attrs.items()


def test_a_control_is_labelled_described_and_marked_as_required() -> None:
    form = shown(compiled(field("name", required=True, help="As on your card.")))
    control = form.one("input", id="f-name")

    assert form.one("label", for_="f-name").text == "Name"
    assert control.attrs["aria-describedby"] == "f-name-error f-name-help"
    assert control.attrs["aria-required"] == "true"
    assert form.one("p", id="f-name-help").text == "As on your card."


def test_the_browser_requires_nothing_by_itself() -> None:
    assert not any("required" in element.attrs for element in shown(compiled(field("name", required=True))).walk())


def test_what_may_be_left_out_says_so() -> None:
    assert shown(compiled(field("name"))).one("label", for_="f-name").text == "Name optional"


def test_a_long_text_keeps_its_lines() -> None:
    form = compiled(field("message", "textarea"))
    texts = {"email": ["x"], "message": ["\n\nTwo empty lines first"]}

    assert controls(shown(form, texts))["message"] == ["\n\nTwo empty lines first"]


@pytest.mark.parametrize("kind", ["select", "radio"])
def test_a_choice_comes_back_chosen(kind: str) -> None:
    form = compiled(field("fruit", kind, choices=CHOICES))

    assert "a" not in controls(shown(form)).get("fruit", [])
    assert controls(shown(form, {"email": ["x"], "fruit": ["b"]}))["fruit"] == ["b"]


def test_several_ticks_come_back_ticked() -> None:
    form = compiled(field("fruit", "checkboxes", choices=CHOICES))

    assert controls(shown(form, {"email": ["x"], "fruit": ["a", "b", "none"]}))["fruit"] == ["a", "b"]


@pytest.mark.parametrize(("kind", "role"), [("radio", "radiogroup"), ("checkboxes", "group")])
def test_choices_stand_in_a_named_group(kind: str, role: str) -> None:
    group = the_field(shown(compiled(field("fruit", kind, choices=CHOICES))), "fruit").one("fieldset")

    assert (group.attrs["role"], group.one("legend").text) == (role, "Fruit optional")
    assert [option.attrs["id"] for option in group.all("input")] == ["f-fruit-0", "f-fruit-1"]


def test_defaults_are_shown_until_something_was_sent() -> None:
    form = compiled(field("fruit", "checkboxes", choices=CHOICES, default=["b"]), field("name", default="Ada"))
    posted = {"email": ["x"], "fruit": list[str](), "name": [""]}

    assert controls(shown(form)) | {"fruit": ["b"], "name": ["Ada"]} == controls(shown(form))
    assert "fruit" not in controls(shown(form, posted))
    assert controls(shown(form, posted))["name"] == [""]


@pytest.mark.parametrize("kind", ["checkbox", "consent"])
def test_a_tick_has_its_text_beside_it(kind: str) -> None:
    more = {"version": "1"} if kind == "consent" else {}
    form = compiled(field("ok", kind, label="I agree to the [terms](https://example.com/terms).", **more))
    label = the_field(shown(form), "ok").one("label")

    assert label.one("a").attrs["href"] == "https://example.com/terms"
    assert controls(shown(form, {"email": ["x"], "ok": ["on"]}))["ok"] == ["on"]
    assert "ok" not in controls(shown(form))


def test_a_phone_number_has_its_country_beside_it() -> None:
    form = compiled(field("country", "country"), field("phone", "tel", country_select=True))
    select = shown(form).one("select", name="phone__country")

    assert select.one("option", value="DE").attrs["data-dial"] == "49"
    assert select.attrs["aria-label"] == "Country code"
    texts = {"email": ["x"], "country": ["DE"], "phone": ["1"], "phone__country": ["FR"]}
    assert controls(shown(form, texts))["phone__country"] == ["FR"]


def test_countries_are_named_in_the_forms_language() -> None:
    form = compiled(field("country", "country"), language="de", translations={"de": {"title": "Hallo"}})

    assert shown(form).one("select", id="f-country").one("option", value="DE").text == "Deutschland"


def test_regions_are_those_of_the_answered_country() -> None:
    form = compiled(field("country", "country"), field("region", "region"))
    select = shown(form, {"email": ["x"], "country": ["DE"], "region": ["DE-BE"]}).one("select", id="f-region")

    assert {str(option.attrs["value"])[:2] for option in select.all("option")} == {"", "DE"}
    assert controls(select) == {"region": ["DE-BE"]}


def test_without_a_country_a_region_is_not_asked() -> None:
    region = the_field(shown(compiled(field("country", "country"), field("region", "region"))), "region")

    assert "hidden" in region.attrs
    assert len(region.all("option")) == 1


def test_a_long_list_can_be_marked_for_searching() -> None:
    form = compiled(field("fruit", "select", choices=CHOICES, searchable=True))

    assert "data-search" in shown(form).one("select", id="f-fruit").attrs


def test_a_tooltip_opens_without_a_script() -> None:
    tip = the_field(shown(compiled(field("name", tooltip="Why we ask"))), "name").one("details")

    assert tip.one("summary").attrs["aria-label"] == "More about “Name”"
    assert tip.text.endswith("Why we ask")


@pytest.mark.parametrize(
    ("statement", "tags"),
    [
        ({"text": "One\n\nTwo **bold**"}, ["p", "p", "strong"]),
        ({"quote": "Great", "author": "Ann", "role": "Buyer"}, ["figure", "blockquote", "p", "figcaption"]),
        ({"faq": [{"question": "Q?", "answer": "A"}]}, ["details", "summary", "p"]),
    ],
)
def test_statements_stand_between_the_questions(statement: dict[str, Any], tags: list[str]) -> None:
    form = shown(compiled({"key": "said", "type": "statement", "statement": statement}))
    found = [element.tag for element in the_field(form, "said").walk()]

    assert [tag for tag in found if tag in tags] == tags
    assert the_field(form, "said").attrs["class"] == f"field statement {next(iter(statement))}"


def test_hidden_fields_are_not_in_the_page() -> None:
    assert "campaign" not in controls(shown(compiled(field("campaign", "hidden", source={"utm": "campaign"}))))


# What is wrong


def test_an_error_stands_at_its_field_and_in_the_summary() -> None:
    form = shown(compiled(field("name", required=True)), {"email": ["ada@example.com"], "name": [""]})
    summary = form.one("div", role="alert")

    assert form.one("p", id="f-name-error").text == "Fill in this field."
    assert form.one("input", id="f-name").attrs["aria-invalid"] == "true"
    assert summary.one("a", href="#f-name").text == "Name: Fill in this field."
    assert "hidden" not in summary.attrs


def test_the_summary_leads_to_the_first_option_of_a_group() -> None:
    form = shown(compiled(field("fruit", "radio", required=True, choices=CHOICES)), {"email": ["ada@example.com"]})

    assert form.one("a", href="#f-fruit-0")
    assert form.one("fieldset").attrs["aria-invalid"] == "true"


def test_a_summary_link_holds_no_other_link() -> None:
    consent = field("ok", "consent", label="Our [terms](https://example.com)", version="1", required=True)
    form = shown(compiled(consent), {"email": ["ada@example.com"]})

    assert form.one("a", href="#f-ok").text == "Our terms: Tick this box to go on."


def test_without_errors_nothing_is_summed_up() -> None:
    form = shown(compiled())

    assert "hidden" in form.one("div", role="alert").attrs
    assert not form.all(aria_invalid="true")


# Other languages


def test_a_form_written_from_the_right_says_so() -> None:
    form = shown(
        compiled(language="ar", translations={"ar": {"title": "مرحبا", "fields": {"email": {"label": "البريد"}}}})
    )

    assert (form.attrs["lang"], form.attrs["dir"]) == ("ar", "rtl")
    assert form.one("label", for_="f-email").text == "البريد"
    assert form.one("button", part="back").text == "رجوع"


# Hostile texts


def everything(text: str) -> CompiledForm:
    """A form that shows the text wherever a text can stand."""
    label = {"label": text, "help": text, "tooltip": text}
    choices = [{"value": text, "label": text}]
    return compiled(
        field("a", **label, placeholder=text, default=text),
        field("b", "textarea", **label, placeholder=text, default=text),
        field("c", "select", **label, choices=choices, placeholder=text),
        field("d", "radio", **label, choices=choices),
        field("e", "checkboxes", **label, choices=choices),
        field("f", "consent", **label, version="1"),
        field("g", "tel", **label, placeholder=text),
        {"key": "h", "type": "statement", "statement": {"text": text}},
        {"key": "i", "type": "statement", "statement": {"quote": text, "author": text, "role": text}},
        {"key": "j", "type": "statement", "statement": {"faq": [{"question": text, "answer": text}]}},
        title=text,
        intro=text,
        submit_label=text[:40],
        continue_label=text[:40],
    )


def test_texts_of_a_document_stay_texts() -> None:
    form = everything(HOSTILE)
    elements = list(shown(form).walk())

    assert [element for element in elements if element.tag in {"img", "b"}] == []
    assert len([element for element in elements if element.tag == "script"]) == 1
    assert not any(name.startswith("on") for element in elements for name in element.attrs)


def test_what_was_typed_stays_text() -> None:
    form = everything("Fine")
    page = shown(form, {name: [HOSTILE] for name in form.names})

    assert not page.all("img")
    assert controls(page)["a"] == controls(page)["b"] == [HOSTILE]


# Endings


def ending(state: str, status_url: str = "/api/v1/submissions/1", owner: str = "", **said: str) -> Element:
    definition = localise(parse_definition(document(success={"title": "Thanks", **said})), "en")
    html = done_html(definition, definition.last_ending, status_url=status_url, state=state, owner=owner)
    return read_markup(html).one("div", part="done")


@pytest.mark.parametrize(("state", "part"), [("received", "waiting"), ("assigned", "assigned"), ("parked", "parked")])
def test_an_ending_shows_the_part_that_fits_the_state(state: str, part: str) -> None:
    parts = ending(state, owner="Grace Hopper").all("div", class_="found")

    assert [each.attrs["data-when"] for each in parts if "hidden" not in each.attrs] == [part]


def test_an_ending_names_the_owner_and_their_initials() -> None:
    found = ending("assigned", owner="Grace Brewster Hopper").one("div", data_when="assigned")

    assert found.text == "GHYou’ll be talking to Grace Brewster Hopper"


def test_at_a_gate_nobody_is_waited_for() -> None:
    done = ending("", status_url="")

    assert not [element for element in done.walk() if "data-poll" in element.attrs]


def test_an_endings_texts_stay_texts() -> None:
    done = ending("assigned", owner=HOSTILE, message=HOSTILE + " [more](https://example.com)")

    assert not done.all("img")
    assert done.one("a").attrs["href"] == "https://example.com"


def test_a_turn_with_an_unknown_step_does_not_exist() -> None:
    form = compiled()
    turn = take_turn(form.definition, Visit(), {}, step_key="no such", action="refresh", shown=())

    assert isinstance(turn, Turn)
    assert turn.step == 0
