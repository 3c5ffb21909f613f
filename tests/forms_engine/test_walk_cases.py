"""The walk, case by case. The browser is held to the same file; what only a server can judge is marked there."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forms_engine.answers import examine
from forms_engine.schema import parse_definition

GOLDEN = json.loads((Path(__file__).parent / "walk_cases.json").read_text())


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=[case["name"] for case in GOLDEN["cases"]])
def test_walk(case: dict[str, Any]) -> None:
    found = examine(
        parse_definition(GOLDEN["documents"][case["document"]]),
        case["answers"],
        context=case.get("context"),
        known=case.get("known"),
        today=date.fromisoformat(case["today"]) if "today" in case else None,
    )

    assert {
        "path": found.path,
        "visible": found.visible,
        "answers": found.answers,
        "hidden": found.hidden,
        "known": found.known,
        "gate": found.gate,
        "codes": {key: codes[0] for key, codes in found.codes.items()},
    } == case["expect"]


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case["name"] for case in GOLDEN["cases"]]

    assert len(set(names)) == len(names)
