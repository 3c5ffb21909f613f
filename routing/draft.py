"""The draft: the working copy as a plan document. Compiled and parsed once a revision and process.

Publishing doesn't use what is kept here: it compiles afresh, within its transaction.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from routing.errors import PlanInvalid
from routing.models.draft import draft_revision, is_changing
from routing.plan import Plan
from routing.plan_document import parse_plan, plan_hash
from routing.services.compile_plan import compile_plan

# Somebody who changes the working copy all the time must not keep a page waiting for a moment's peace.
_ATTEMPTS = 3


@dataclass(frozen=True)
class Draft:
    """Shared between threads: nobody may change `document`."""

    revision: str
    document: Mapping[str, Any]

    @cached_property
    def hash(self) -> str:
        return plan_hash(self.document)

    @property
    def plan(self) -> Plan:
        """Raises PlanInvalid, naming the path, where the working copy doesn't hold together."""
        parsed = self._parsed
        if isinstance(parsed, PlanInvalid):
            raise PlanInvalid(parsed.path, parsed.problem)
        return parsed

    @cached_property
    def problem(self) -> str:
        """Why it can't be published; "" where it holds together."""
        return self._parsed.message if isinstance(self._parsed, PlanInvalid) else ""

    @cached_property
    def _parsed(self) -> Plan | PlanInvalid:
        try:
            return parse_plan(self.document)
        except PlanInvalid as invalid:
            return invalid


_lock = threading.Lock()
_kept: Draft | None = None


def current_draft() -> Draft:
    """At the cost of one query while nothing has changed. Raises PlanInvalid where it can't even be compiled."""
    global _kept
    if is_changing():
        return Draft("", compile_plan())
    revision = draft_revision()
    kept = _kept
    if kept is not None and kept.revision == revision:
        return kept
    with _lock:
        if _kept is None or _kept.revision != revision:
            _kept = _compiled(revision)
        return _kept


def _compiled(revision: str) -> Draft:
    """Compiling takes several queries: what changes meanwhile may be in it by half, so then it is done again."""
    for _ in range(_ATTEMPTS):
        draft = Draft(revision, compile_plan())
        if (now := draft_revision()) == revision:
            return draft
        revision = now
    return Draft("", draft.document)


def forget_draft() -> None:
    """For tests, whose databases begin anew with the same revisions."""
    global _kept
    _kept = None


def draft_plan() -> Plan:
    """Raises PlanInvalid."""
    return current_draft().plan
