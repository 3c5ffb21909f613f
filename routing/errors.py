"""What can go wrong in routing."""

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


class InputsInvalid(RoutingError):
    """Inputs given by hand name an unknown input or carry a value of the wrong type."""

    code = "inputs_invalid"
    status = 422


class NoActivePlan(RoutingError):
    """Nothing was published yet: runs wait, and go on once a plan is."""

    code = "no_active_plan"
    status = 409
