"""What looks like a machine."""

from datetime import timedelta
from typing import Any

import pytest

from forms_engine.proof import Proof
from forms_engine.spam import MARKS, Evidence, marks_of

PERSON = {"trap": "", "took": timedelta(seconds=20), "proof": Proof.RIGHT, "sent_before": 0}


def marks(min_fill_ms: int = 1000, requires_proof: bool = True, **evidence: Any) -> list[str]:
    return marks_of(Evidence(**{**PERSON, **evidence}), min_fill_ms=min_fill_ms, requires_proof=requires_proof)


def test_a_person_has_no_marks() -> None:
    assert marks() == []


@pytest.mark.parametrize(
    ("evidence", "mark"),
    [
        ({"trap": "https://spam.example"}, "trap"),
        ({"took": timedelta(milliseconds=999)}, "too_fast"),
        ({"took": timedelta(seconds=-5)}, "too_fast"),
        ({"proof": Proof.MISSING}, "proof_missing"),
        ({"proof": Proof.WRONG}, "proof_wrong"),
        ({"sent_before": 10}, "too_many_in_session"),
    ],
)
def test_each_sign_has_its_mark(evidence: dict[str, Any], mark: str) -> None:
    assert marks(**evidence) == [mark]
    assert mark in MARKS


@pytest.mark.parametrize(
    "evidence", [{"took": timedelta(seconds=1)}, {"proof": Proof.NOT_ASKED}, {"sent_before": 9}], ids=str
)
def test_what_a_person_can_do_is_no_sign(evidence: dict[str, Any]) -> None:
    assert marks(**evidence) == []


def test_several_signs_are_all_told() -> None:
    assert marks(trap="x", proof=Proof.MISSING, took=timedelta(0)) == ["trap", "too_fast", "proof_missing"]


def test_a_form_may_do_without_proof_and_without_the_time_trap() -> None:
    assert marks(min_fill_ms=0, requires_proof=False, proof=Proof.MISSING, took=timedelta(0)) == []
