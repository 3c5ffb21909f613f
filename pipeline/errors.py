"""What can go wrong on the way."""

from foundation.errors import SwitchyardError


class PipelineError(SwitchyardError):
    code = "pipeline_error"


class RetryLater(PipelineError):
    """The stage can't finish now; `code` says why and is kept on the run."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ClaimLost(PipelineError):
    """Somebody else has moved the run meanwhile; whatever this half wrote is rolled back."""

    code = "claim_lost"


class UnknownSubmission(PipelineError):
    code = "unknown_submission"
    status = 404


class ColumnsUnclear(PipelineError):
    """A shadow run's file lacks a column that is needed, or one is named that isn't there. Name the columns by hand."""

    code = "columns_unclear"
    status = 422
