"""The language by example: our own cases, which a browser evaluator can share, and the outside reference."""

import json
import re
from pathlib import Path

import pytest

from conditions import parse
from tests.conftest import shared_file

OWN = json.loads((Path(__file__).parent / "golden_cases.json").read_text())
SOURCES = Path(__file__).resolve().parents[2] / "conditions"


def holds(document, attributes, groups=None) -> bool:
    return parse(document, saved_groups=groups).matches(attributes)


@pytest.mark.parametrize("case", OWN, ids=[case[0] for case in OWN])
def test_our_own_cases(case):
    name, document, attributes, expected, *groups = case
    assert holds(document, attributes, *groups) is expected, name


def test_the_published_cases():
    cases = json.loads(shared_file("conformance", "growthbook_cases.json").read_text())["evalCondition"]
    assert len(cases) == 248
    wrong = [
        name for name, document, attributes, expected, *rest in cases if holds(document, attributes, *rest) != expected
    ]
    assert wrong == []


def test_every_operator_has_a_case_that_holds_or_fails():
    written = set(re.findall(r'"(\$\w+)"', "".join(path.read_text() for path in SOURCES.glob("*.py"))))
    shown = set(re.findall(r'"(\$\w+)"', json.dumps([case[1] for case in OWN])))
    assert written - shown == set()
