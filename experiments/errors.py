"""What can go wrong with experiments."""

from collections.abc import Sequence

from foundation.errors import SwitchyardError


class ExperimentError(SwitchyardError):
    code = "experiment_error"


class StartRefused(ExperimentError):
    """The experiment may not start; `reasons` say why, in sentences."""

    code = "start_refused"
    status = 409

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)
