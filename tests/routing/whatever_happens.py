"""Random stories for properties of the whole: leads come, outcomes are told, people and the clock move leads."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st

from routing.credit import Outcome
from routing.errors import ReassignmentRefused
from routing.models import Assignment
from routing.selectors import parsed_plan
from routing.services.credit_outcome import credit_outcome
from routing.services.enforce_clock import enforce_clock
from routing.services.reassign_lead import reassign_lead
from tests.routing.clocked import change_member, rep, send
from tests.routing.factories import NOW

REPS = ["ada", "ben", "cyd"]
which = st.integers(0, 60)

stories = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from(["visitor", "visitor", "visitor", "test", "owned"]), which),
        st.tuples(st.just("send_again"), which),
        st.tuples(st.just("tell"), st.sampled_from(list(Outcome)), which),
        st.tuples(st.just("move"), st.sampled_from([*REPS, "dan", "mia"]), which),
        st.tuples(st.just("wait"), st.sampled_from([10, 70, 130, 700, 3000])),
        st.tuples(st.just("weigh"), st.sampled_from(REPS), st.integers(0, 3)),
    ),
    max_size=30,
)


class Story:
    """Plays one event after the other, at a time that only goes on."""

    def __init__(self) -> None:
        self.now = NOW

    def play(self, kind: str, *arguments: Any) -> None:
        self.now += timedelta(seconds=30)
        getattr(self, kind)(*arguments)

    def send(self, origin: str, which: int) -> None:
        values = {"country": "DE"}
        if origin == "owned":
            values["account_owner"] = f"{REPS[which % 3]}@seller.example"
        with suppress(Assignment.DoesNotExist):  # parked
            send(self.now, values=values, is_test=origin == "test")

    def send_again(self, which: int) -> None:
        if held := self._one_of(which):
            with suppress(Assignment.DoesNotExist):
                send(self.now, lead=held.lead)

    def tell(self, outcome: Outcome, which: int) -> None:
        if held := self._one_of(which):
            credit_outcome(assignment=held, outcome=outcome, reason="student", now=self.now)

    def move(self, to: str, which: int) -> None:
        if held := self._one_of(which):
            with suppress(ReassignmentRefused):
                reassign_lead(lead=held.lead, rep=rep(to), reason="Mine", user=None, now=self.now)

    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        enforce_clock(now=self.now)

    def weigh(self, key: str, weight: int) -> None:
        change_member(key, weight=weight)

    def _one_of(self, which: int) -> Assignment | None:
        """Any assignment, ended ones included."""
        held = list(Assignment.objects.order_by("pk"))
        return held[which % len(held)] if held else None


@contextmanager
def undone_afterwards() -> Iterator[None]:
    """One example's rows. Plans are kept by id, and ids begin anew with each example."""
    parsed_plan.cache_clear()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    parsed_plan.cache_clear()
