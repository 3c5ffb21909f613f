import re
from collections import Counter

import pytest

from forms_engine.schema.field_keys import REFUSALS_OF_TYPE
from forms_engine.words import LANGUAGES, fill, runtime_words, say, words
from forms_engine.words.keys import REFUSALS, RUNTIME_WORDS, SERVERS_REFUSALS


def parameters(text: str) -> Counter[str]:
    return Counter(re.findall(r"\{([^}]*)\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str) -> None:
    assert list(words(language)) == list(words("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_names_the_same_parameters(language: str) -> None:
    assert {key: parameters(text) for key, text in words(language).items()} == {
        key: parameters(text) for key, text in words("en").items()
    }


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_little_is_left_in_english(language: str) -> None:
    same = {key for key, text in words(language).items() if text == words("en")[key]}

    # Spanish says these two alike.
    assert same <= {"no", "error_prefix"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_blank_or_padded(language: str) -> None:
    assert [key for key, text in words(language).items() if not text or text != text.strip()] == []


def test_every_refusal_has_its_words() -> None:
    assert set(REFUSALS) <= words("en").keys()


def test_what_the_browser_says_is_there() -> None:
    assert set(RUNTIME_WORDS) <= words("en").keys()


def test_every_refusal_that_is_not_about_json_can_be_worded_by_a_field() -> None:
    worded = {code for codes in REFUSALS_OF_TYPE.values() for code in codes}

    assert set(REFUSALS) - worded == {"not_text", "not_boolean", "not_list"}


def test_what_only_servers_refuse_are_refusals() -> None:
    assert set(REFUSALS) >= SERVERS_REFUSALS


def test_parameters_are_filled_in() -> None:
    assert say("de", "step_of", number=2, total=3) == "Schritt 2 von 3"


def test_a_text_may_hold_braces_that_mean_nothing() -> None:
    assert fill("{max} {max.__class__} {other} {}", {"max": 3}) == "3 {max.__class__} {other} {}"


@pytest.mark.parametrize(("language", "word"), [("de-AT", "Zurück"), ("nl", "Back"), ("AR", "رجوع")])
def test_the_nearest_language_speaks(language: str, word: str) -> None:
    assert say(language, "back") == word


def test_the_runtime_is_told_its_own_words_only() -> None:
    assert "done_parked" not in runtime_words("en")
