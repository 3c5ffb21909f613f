"""Every word that the controller says comes with the form."""

import re
from pathlib import Path

from forms_engine.words.keys import RUNTIME_WORDS

SOURCES = Path("frontend/src")


def test_the_controllers_words_are_among_those_a_page_gets() -> None:
    asked = {
        word
        for path in SOURCES.glob("*.ts")
        for expression in re.findall(r"\bwords\[(.*?\"\w+\")\]", path.read_text())
        for word in re.findall(r'"(\w+)"', expression)
    }

    assert {"resume_link", "offline", "errors_heading"} <= asked
    assert asked <= set(RUNTIME_WORDS)
