"""Put a rule at its place among the others: first, last, or after a certain one."""

from collections.abc import Sequence

from simple_history.utils import bulk_update_with_history

from routing.models import Rule
from routing.models.draft import locked_draft_revision, one_change


def place_rule(*, rule: Rule, after: Rule | None = None, first: bool = False) -> Rule:
    """Sets the rule's position, unsaved, and makes room where there is none. Without `after` and `first` it is last.

    To be called within `one_change`, together with saving the rule: until then nobody else changes the order. Rules of
    one position are in the order in which they were made, so those behind are counted up from the new one's on.
    """
    with one_change():
        locked_draft_revision()
        others = [other for other in Rule.objects.order_by("position", "id") if other.pk != rule.pk]
        at = 0 if first else others.index(after) + 1 if after in others else len(others)
        rule.position = others[at - 1].position + 1 if at else 0
        moved = _make_room(others[at:], rule.position + 1)
        if moved:
            bulk_update_with_history(moved, Rule, ["position"], default_change_reason="Made room for another rule")
    return rule


def _make_room(behind: Sequence[Rule], free: int) -> list[Rule]:
    """Those that had to move for the first of them to stand at `free` or later."""
    moved = []
    for other in behind:
        if other.position >= free:
            break
        other.position = free
        free += 1
        moved.append(other)
    return moved
