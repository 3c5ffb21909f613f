"""Put a rule at its place among the others: first, last, or after a certain one."""

from django.db import transaction
from simple_history.utils import bulk_update_with_history

from routing.models import Rule


@transaction.atomic
def place_rule(*, rule: Rule, after: Rule | None = None, first: bool = False) -> Rule:
    """Sets the rule's position, unsaved, and makes room where there is none. Without `after` and `first` it is last.

    Rules of one position are in the order in which they were made, so those that stand behind are counted up from the
    new one's position on.
    """
    others = [other for other in Rule.objects.order_by("position", "id") if other.pk != rule.pk]
    at = 0 if first else others.index(after) + 1 if after in others else len(others)
    rule.position = others[at - 1].position + 1 if at else 0
    moved = []
    free = rule.position + 1
    for other in others[at:]:
        if other.position >= free:
            break
        other.position = free
        free += 1
        moved.append(other)
    if moved:
        bulk_update_with_history(moved, Rule, ["position"], default_change_reason="Made room for another rule")
    return rule
