"""Does what became of a lead give credit back? Pure. docs/acceptance.md, "Credit", has it in prose."""

from enum import StrEnum

from routing.plan import Credit

# Kinds of leads that a queue may count although nobody was picked for them.
COUNTS = frozenset({"owned", "duplicate", "test"})
# A rep's own no-show is none of them: it never gives credit back.
GIVES_BACK = Credit().gives_back


class Outcome(StrEnum):
    """What became of a lead, as far as credit is concerned."""

    GUEST_NO_SHOW = "guest_no_show"
    GUEST_CANCELLED = "guest_cancelled"
    DUPLICATE = "duplicate"
    DISQUALIFIED = "disqualified"
    REP_NO_SHOW = "rep_no_show"


class Answer(StrEnum):
    """Whether credit was given back, or else why not."""

    GIVEN_BACK = "given_back"
    OWN_FAULT = "own_fault"
    NOT_LISTED = "not_listed"
    CAP_REACHED = "cap_reached"
    NOT_COUNTED = "not_counted"


def answer(credit: Credit, outcome: Outcome, reason: str, *, disqualified: int) -> Answer:
    """`disqualified`: how many of the rep's disqualifications gave credit back in the present month."""
    if outcome == Outcome.REP_NO_SHOW:
        return Answer.OWN_FAULT
    if outcome != Outcome.DISQUALIFIED:
        return Answer.GIVEN_BACK if outcome in credit.gives_back else Answer.NOT_LISTED
    if reason not in credit.disqualify_reasons:
        return Answer.NOT_LISTED
    return Answer.GIVEN_BACK if disqualified < credit.disqualify_cap_month else Answer.CAP_REACHED
