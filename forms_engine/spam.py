"""What looks like a machine, without asking anybody else. Pure; docs/form-protocol.md has the order of measures.

A mark never refuses: a marked submission is stored apart, without a run, for people to look at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from forms_engine.proof import Proof

TRAP, TOO_FAST, PROOF_MISSING, PROOF_WRONG, TOO_MANY = (
    "trap",
    "too_fast",
    "proof_missing",
    "proof_wrong",
    "too_many_in_session",
)
MARKS: Mapping[str, str] = {
    TRAP: "The field that people can't see was filled in.",
    TOO_FAST: "Sent sooner after opening than a person could.",
    PROOF_MISSING: "Came without the proof of work that our script sends.",
    PROOF_WRONG: "The proof of work is not right, out of date, or of another session.",
    TOO_MANY: "One opened form sent more often than anybody would.",
}
MOST_PER_SESSION = 10
_PROOF_MARKS = {Proof.MISSING: PROOF_MISSING, Proof.WRONG: PROOF_WRONG}


@dataclass(frozen=True)
class Evidence:
    """`took`: from opening to sending. `sent_before`: how often this session has sent already."""

    trap: str
    took: timedelta
    proof: Proof
    sent_before: int


def marks_of(evidence: Evidence, *, min_fill_ms: int, requires_proof: bool) -> list[str]:
    """In the order of MARKS; empty for what looks like a person."""
    marks = [TRAP] if evidence.trap else []
    if evidence.took < timedelta(milliseconds=min_fill_ms):
        marks.append(TOO_FAST)
    if requires_proof and evidence.proof in _PROOF_MARKS:
        marks.append(_PROOF_MARKS[evidence.proof])
    if evidence.sent_before >= MOST_PER_SESSION:
        marks.append(TOO_MANY)
    return marks
