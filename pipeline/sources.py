"""How the pipeline learns what was submitted: the room that stores submissions registers a reader at start-up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class SubmissionFacts:
    """One submission in the pipeline's terms.

    `answers` and `hidden` map lead attributes to canonical values, without those that map to none. `form` is the
    form's public name, for events.
    """

    submission_id: UUID
    origin: str
    email: str
    full_name: str
    phone: str | None
    answers: Mapping[str, object]
    hidden: Mapping[str, object]
    language: str | None
    received_at: datetime
    form: str = ""


SubmissionReader = Callable[[UUID], SubmissionFacts]
_readers: list[SubmissionReader] = []


def register_submission_source(read: SubmissionReader) -> None:
    """There is one source; registering again replaces it."""
    _readers[:] = [read]


def read_submission(submission_id: UUID) -> SubmissionFacts:
    """Raises LookupError where no room has registered a reader."""
    if not _readers:
        raise LookupError("no room has registered a reader of submissions")
    return _readers[0](submission_id)
