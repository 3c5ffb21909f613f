"""A submission source and a small plan for the pipeline's tests."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from pipeline import sources
from pipeline.models import Run
from pipeline.services.start_run import start_run
from pipeline.sources import SubmissionFacts
from routing.services.publish_plan import publish_plan
from tests.routing.factories import RuleFactory, queue_with

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def submissions(monkeypatch) -> dict[UUID, SubmissionFacts]:
    """What the source knows, by id."""
    known: dict[UUID, SubmissionFacts] = {}
    monkeypatch.setattr(sources, "_readers", [known.__getitem__])
    return known


@pytest.fixture
def plan(db):
    """Germany goes to the sellers, the rest to the desk."""
    queue_with("desk", "cyd", is_default=True)
    RuleFactory(key="german", condition={"country": "DE"}, queue=queue_with("sellers", "ada", "ben"))
    return publish_plan(now=NOW)


@pytest.fixture
def new_run(submissions, plan) -> Callable[..., Run]:
    """A stored run; keyword arguments change what was submitted."""

    def make(origin: str = "visitor", **changes: object) -> Run:
        submission_id = uuid4()
        facts = SubmissionFacts(
            submission_id=submission_id,
            origin=origin,
            email="jo@acme.de",
            full_name="Jo Example",
            phone=None,
            answers={"email": "jo@acme.de", "full_name": "Jo Example"},
            hidden={},
            language=None,
            received_at=NOW,
            form="demo",
        )
        submissions[submission_id] = replace(facts, **changes)
        return start_run(submission_id=submission_id, origin=origin, deliver=origin in ("visitor", "server"), now=NOW)

    return make
