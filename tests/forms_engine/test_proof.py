"""Proof of work: ours speaks altcha's protocol, and believes nobody."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha.v1 as altcha
import pytest

from forms_engine.proof import Challenge, Proof, check_proof, make_challenge, solve

KEY = b"a key that nobody knows"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def challenge(session: str = "abc", **more: Any) -> Challenge:
    given: dict[str, Any] = {"max_number": 200, "expires_at": NOW + timedelta(hours=1)}
    return make_challenge(session, key=KEY, **{**given, **more})


def check(payload: object, session: str = "abc", now: datetime = NOW) -> Proof:
    return check_proof(payload, session_id=session, key=KEY, now=now)


def changed(payload: str | None, **parts: object) -> str:
    return base64.b64encode(json.dumps({**json.loads(base64.b64decode(payload or "")), **parts}).encode()).decode()


def test_work_that_was_done_is_believed() -> None:
    assert check(solve(challenge())) is Proof.RIGHT


def test_altchas_own_code_takes_our_challenge() -> None:
    assert altcha.verify_solution(solve(challenge(expires_at=datetime.now(UTC) + timedelta(1))) or "", KEY) == (
        True,
        None,
    )


def test_altchas_own_code_solves_our_challenge() -> None:
    made = challenge()
    found = altcha.solve_challenge(made["challenge"], made["salt"], "SHA-256", made["maxnumber"])
    payload = altcha.Payload("SHA-256", made["challenge"], found.number, made["salt"], made["signature"])
    assert check(payload.to_base64()) is Proof.RIGHT


def test_the_number_can_be_anything_up_to_the_greatest() -> None:
    made = challenge(max_number=3, number_below=lambda stop: stop - 1)
    assert json.loads(base64.b64decode(solve(made) or ""))["number"] == 3


def test_a_proof_serves_one_session() -> None:
    assert check(solve(challenge()), session="abd") is Proof.WRONG


def test_a_proof_runs_out() -> None:
    assert check(solve(challenge()), now=NOW + timedelta(hours=1)) is Proof.WRONG


def test_digits_moved_from_the_number_into_the_salt_prove_nothing() -> None:
    made = challenge(number_below=lambda stop: 150)
    spliced = changed(solve(made), salt=f"{made['salt']}1", number=50)
    assert check(spliced) is Proof.WRONG


@pytest.mark.parametrize(
    "parts",
    [
        {"number": 201},
        {"number": -1},
        {"number": "7"},
        {"number": True},
        {"number": 1e300},
        {"number": None},
        {"algorithm": "SHA-1"},
        {"algorithm": None},
        {"salt": "abc?session=abc&expires=99999999999&"},
        {"salt": 5},
        {"salt": "é"},
        {"challenge": "0" * 64},
        {"signature": "0" * 64},
        {"signature": ["x"]},
    ],
    ids=str,
)
def test_a_proof_that_was_changed_is_wrong(parts: dict[str, object]) -> None:
    assert check(changed(solve(challenge()), **parts)) is Proof.WRONG


@pytest.mark.parametrize(
    "payload",
    [
        "x",
        "e30=",
        "bnVsbA==",
        "W10=",
        "\x00",
        "\ud800",
        "é",
        "a" * 3000,
        5,
        True,
        [],
        {},
        base64.b64encode(b"[" * 900).decode(),
    ],
    ids=lambda payload: repr(payload)[:20],
)
def test_what_is_no_proof_is_wrong(payload: object) -> None:
    assert check(payload) is Proof.WRONG


@pytest.mark.parametrize("payload", [None, ""])
def test_nothing_is_a_missing_proof(payload: object) -> None:
    assert check(payload) is Proof.MISSING
