"""What can go wrong in routing."""

from collections.abc import Sequence

from foundation.errors import SwitchyardError


class RoutingError(SwitchyardError):
    code = "routing_error"


class PlanInvalid(RoutingError):
    """A plan document doesn't hold together; `path` says where. Mend the working copy and publish again."""

    code = "plan_invalid"
    status = 422

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}", fields={path: [message]})
        self.path = path
        self.problem = message


class GoldenLeadsFailed(RoutingError):
    """The plan would decide golden leads otherwise than expected. Mend the plan, or the golden leads."""

    code = "golden_leads_failed"
    status = 409

    def __init__(self, failures: Sequence[object]) -> None:
        super().__init__("; ".join(str(failure) for failure in failures))
        self.failures = tuple(failures)


class DraftChanged(RoutingError):
    """The working copy is no longer what somebody looked at and decided on. Look again."""

    code = "draft_changed"
    status = 409


class RolloutRunning(RoutingError):
    """A plan is tried on some leads. Finish or stop that first."""

    code = "rollout_running"
    status = 409


class RolloutRefused(RoutingError):
    """A plan can't be tried, or its rollout not be changed, as asked; the text says why."""

    code = "rollout_refused"
    status = 409


class ProposalRefused(RoutingError):
    """A draft can't be proposed, or a proposal not be decided on, as asked; the text says why."""

    code = "proposal_refused"
    status = 409


class PutBackRefused(RoutingError):
    """A plan can't be put back: it has never been live."""

    code = "put_back_refused"
    status = 409


class RestoreRefused(RoutingError):
    """The working copy can't be made equal to a plan; the text says what stands in the way."""

    code = "restore_refused"
    status = 409


class ReassignmentRefused(RoutingError):
    """A lead can't be moved as asked; the text says why, to the person who asked."""

    code = "reassignment_refused"
    status = 409


class SplitRefused(RoutingError):
    """A territory can't be split as asked; the text says why."""

    code = "split_refused"
    status = 422


class NoSuchEntry(RoutingError):
    """What should be moved, or what it should be moved beside, isn't there."""

    code = "no_such_entry"
    status = 404


class GoldenLeadRefused(RoutingError):
    """A golden lead can't be saved as asked; the fields say why."""

    code = "golden_lead_refused"
    status = 422


class NoSuchPlan(RoutingError):
    """There is no plan of this number."""

    code = "no_such_plan"
    status = 404


class NoSuchLead(RoutingError):
    code = "no_such_lead"
    status = 404


class InputsInvalid(RoutingError):
    """Inputs given by hand name an unknown input or carry a value of the wrong type."""

    code = "inputs_invalid"
    status = 422


class NoActivePlan(RoutingError):
    """Nothing was published yet: runs wait, and go on once a plan is."""

    code = "no_active_plan"
    status = 409


class AbsenceRefused(RoutingError):
    """An absence can't be set as asked; the text says why, to the person who asked."""

    code = "absence_refused"
    status = 409
