"""What can go wrong with a file of assignment rules."""

from routing.errors import RoutingError


class AssignmentRulesInvalid(RoutingError):
    """The file can't be used as a whole; the text says why, to the person who chose it."""

    code = "assignment_rules_invalid"
    status = 422


class WorkingCopyChanged(RoutingError):
    """What was shown is no longer what would happen. Look again, then apply."""

    code = "working_copy_changed"
    status = 409
