from typing import Any

import pytest

from forms_engine.answers import examine, validate_answers
from forms_engine.schema import Definition, choose_language, direction, localise, parse_definition
from tests.forms_engine.documents import document, field

SIZES = [{"value": 10, "label": "Up to ten"}, {"value": 500, "label": "More"}]
GERMAN = {
    "title": "Reden wir",
    "steps": {"one": {"title": "Über Sie"}},
    "fields": {
        "size": {"label": "Größe", "choices": {"10": "Bis zehn"}},
        "name": {"label": "Name", "messages": {"required": "Wie heißen Sie?"}},
        "said": {"statement": {"quote": "Sehr gut"}},
        "agree": {"label": "Ja, gern."},
    },
    "endings": {"success": {"title": "Danke"}},
}


def form(**translations: Any) -> Definition:
    return parse_definition(
        document(
            field("size", "select", choices=SIZES),
            field("name", required=True, help="In full"),
            {"key": "said", "type": "statement", "statement": {"quote": "Very good", "author": "Ada"}},
            field("agree", "consent", label="Yes, please.", version="1"),
            translations=translations,
        )
    )


def test_a_form_speaks_its_own_language_first() -> None:
    assert form(fr={}, de=GERMAN).languages == ("en", "de", "fr")


def test_texts_are_those_of_the_translation() -> None:
    german = localise(form(de=GERMAN), "de")

    assert (german.title, german.steps[0].title, german.by_key["size"].label) == ("Reden wir", "Über Sie", "Größe")


def test_what_a_translation_leaves_out_stays_in_the_forms_own_language() -> None:
    german = localise(form(de=GERMAN), "de")

    assert [choice.label for choice in german.by_key["size"].choices] == ["Bis zehn", "More"]
    assert german.by_key["name"].help == "In full"


def test_a_translated_quote_keeps_its_author() -> None:
    said = localise(form(de=GERMAN), "de").by_key["said"].statement

    assert said is not None
    assert (said.text, said.author) == ("Sehr gut", "Ada")


def test_buttons_that_no_document_names_speak_the_language_too() -> None:
    german = localise(form(de=GERMAN), "de")

    assert (german.submit_label, german.continue_label) == ("Absenden", "Weiter")


def test_thanks_that_no_document_gives_speak_the_language_too() -> None:
    assert localise(form(fr={}), "fr").last_ending.title == "Merci"


def test_a_region_of_a_language_completes_itself_from_the_language() -> None:
    definition = form(pt={"title": "Fale", "intro": "Oi"}, **{"pt-BR": {"title": "Fala"}})

    brazilian = localise(definition, "pt-BR")

    assert (brazilian.title, brazilian.intro, brazilian.language) == ("Fala", "Oi", "pt-BR")


def test_a_language_that_the_form_does_not_speak_gives_its_own() -> None:
    definition = form(de=GERMAN)

    assert localise(definition, "nl") is localise(definition, "en")


def test_from_one_translation_there_is_a_way_to_another() -> None:
    definition = form(de=GERMAN, fr={"intro": "Bonjour"})

    french = localise(localise(definition, "de"), "fr")

    assert (french.title, french.intro) == ("Talk to us", "Bonjour")


def test_a_localised_form_is_made_once() -> None:
    definition = form(de=GERMAN)

    assert localise(definition, "de") is localise(definition, "de-AT")


def test_refusals_are_in_the_language_of_the_form() -> None:
    found = examine(localise(form(de=GERMAN), "de"), {})

    assert found.errors == {"email": ["Bitte geben Sie Ihre E-Mail-Adresse ein."], "name": ["Wie heißen Sie?"]}


def test_a_consent_is_kept_in_the_words_that_were_shown() -> None:
    checked = validate_answers(
        localise(form(de=GERMAN), "de"), {"email": "a@example.com", "name": "Ada", "agree": True}
    )

    assert checked.consents == [
        {"field": "agree", "given": True, "text": "Ja, gern.", "version": "1", "language": "de"},
    ]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ([], "en"),
        (["de"], "de"),
        (["de-CH", "en"], "de"),
        (["nl", "pt", "de"], "pt-BR"),
        (["PT-br"], "pt-BR"),
        (["nl", "*", ""], "en"),
    ],
)
def test_the_first_wanted_language_that_the_form_speaks(wanted: list[str], chosen: str) -> None:
    assert choose_language(form(de=GERMAN, **{"pt-BR": {}}), wanted) == chosen


@pytest.mark.parametrize(
    ("language", "way"),
    [
        *(("ar", "rtl"), ("he-IL", "rtl"), ("fa", "rtl"), ("ur-PK", "rtl"), ("uz-Arab-AF", "rtl")),
        *(("ks-Deva", "ltr"), ("en", "ltr"), ("de-AT", "ltr"), ("ku", "ltr")),
    ],
)
def test_some_languages_are_written_from_right_to_left(language: str, way: str) -> None:
    assert direction(language) == way
