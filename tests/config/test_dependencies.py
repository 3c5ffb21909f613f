"""What is installed, and under which licences."""

import re
from importlib.metadata import distribution, distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPYLEFT = re.compile(r"\b(A?GPL|LGPL|MPL|EPL|CDDL|Mozilla Public)", re.IGNORECASE)


def pinned(name: str) -> list[str]:
    lines = (ROOT / name).read_text().splitlines()
    return [line.split("==")[0] for line in lines if "==" in line]


def licence_of(package: str) -> str:
    metadata = distribution(package).metadata
    classifiers = [text for text in metadata.get_all("Classifier", []) if text.startswith("License")]
    return " ".join([metadata.get("License-Expression") or metadata.get("License") or "", *classifiers])[:400]


def test_urllib3_is_the_real_one():
    """urllib3-future replaces the urllib3 module for everybody and breaks requests."""
    assert "urllib3-future" not in {found.metadata["Name"] for found in distributions()}


@pytest.mark.parametrize("package", pinned("requirements.txt"))
def test_copyleft_runtime_dependencies_are_in_the_notice(package):
    if COPYLEFT.search(licence_of(package)):
        assert package in (ROOT / "NOTICE").read_text()
