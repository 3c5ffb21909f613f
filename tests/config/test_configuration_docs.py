"""The configuration page can't rot."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def read_variables() -> set[str]:
    source = (ROOT / "config" / "settings.py").read_text()
    return set(re.findall(r"env\.\w+\(\s*\"([A-Z0-9_]+)\"", source))


def documented_variables() -> set[str]:
    page = (ROOT / "docs" / "configuration.md").read_text()
    return set(re.findall(r"^\| `([A-Z0-9_]+)` \|", page, re.MULTILINE))


def test_every_variable_is_documented():
    assert read_variables() - documented_variables() == set()


def test_nothing_is_documented_that_is_not_read():
    assert documented_variables() - read_variables() == set()


# Benchmarks start peers that are projects of their own.
NO_ROOMS = {".venv", "tests", "var", "benchmarks"}


def test_settings_are_read_in_one_place_only():
    rooms = [path for path in ROOT.glob("*/**/*.py") if path.parts[len(ROOT.parts)] not in NO_ROOMS]
    readers = {
        str(path.relative_to(ROOT))
        for path in rooms
        if re.search(r"environ\.Env|os\.getenv|os\.environ\[", path.read_text())
    }
    assert readers <= {"config/settings.py"}
