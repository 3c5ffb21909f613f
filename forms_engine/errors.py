"""What can go wrong with forms and submissions. Every code is described in docs/api.md."""

from collections.abc import Mapping

from foundation.errors import SwitchyardError


class FormsError(SwitchyardError):
    """`headers` go with the answer to an API request."""

    code = "forms_error"
    headers: Mapping[str, str] = {}


class DefinitionInvalid(FormsError):
    """A form document doesn't hold together; `path` says where. Mend the draft and publish again."""

    code = "definition_invalid"
    status = 422

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason, fields={path: [reason]})
        self.path = path
        self.reason = reason


class ThemeInvalid(FormsError):
    code = "theme_invalid"
    status = 422


class AnswersInvalid(FormsError):
    """The answers don't fit the form; `fields` says which and why, without repeating what was sent."""

    code = "invalid_answers"
    status = 422


class UnknownField(AnswersInvalid):
    code = "unknown_field"


class Gated(FormsError):
    """The answers are right, but lead to an ending without a submission; `ending` is its key."""

    code = "gated"
    status = 422

    def __init__(self, ending: str) -> None:
        super().__init__("These answers lead to the end of the form without a submission.")
        self.ending = ending


class ContextInvalid(FormsError):
    code = "invalid_context"
    status = 422


class RequestInvalid(FormsError):
    """The body isn't an object of the documented keys."""

    code = "invalid_request"
    status = 400


class MalformedJson(FormsError):
    code = "malformed_json"


class BodyTooLarge(FormsError):
    code = "body_too_large"
    status = 413


class UnsupportedMediaType(FormsError):
    code = "unsupported_media_type"
    status = 415


class MethodNotAllowed(FormsError):
    code = "method_not_allowed"
    status = 405

    def __init__(self, message: str, *, allowed: str) -> None:
        super().__init__(message)
        self.headers = {"Allow": allowed}


class TooManySubmissions(FormsError):
    """More than SUBMISSION_RATE from one address, or FORM_SUBMISSION_RATE to one form; soon they are taken again."""

    code = "rate_limited"
    status = 429

    def __init__(self, *, wait_s: int) -> None:
        super().__init__("Too many requests just now; try again later.")
        self.headers = {"Retry-After": str(wait_s)}


class OriginNotAllowed(FormsError):
    """The page isn't of a site that the form or its brand lists."""

    code = "origin_not_allowed"
    status = 403


class TokenRequired(FormsError):
    """The form takes posts of servers only with a server token that is good for it."""

    code = "server_token_required"
    status = 401
    headers = {"WWW-Authenticate": "Bearer"}


class ServerPostsClosed(FormsError):
    """The form takes answers from its pages only."""

    code = "server_posts_closed"
    status = 403


class UnknownStep(FormsError):
    code = "unknown_step"
    status = 404


class UnknownCountry(FormsError):
    code = "unknown_country"
    status = 404


class IdempotencyKeyInvalid(FormsError):
    code = "idempotency_key_invalid"


class IdempotencyKeyReused(FormsError):
    """The key came before with another body. Sending again can't help; use a new key."""

    code = "idempotency_key_reused"
    status = 422


class UnknownForm(FormsError):
    code = "unknown_form"
    status = 404


class UnknownVersion(FormsError):
    code = "unknown_version"
    status = 404


class UnknownSubmission(FormsError):
    code = "unknown_submission"
    status = 404


class FormVersionExpired(FormsError):
    """The version was replaced longer ago than the grace period; read the form anew."""

    code = "form_version_expired"
    status = 410


class VersionImmutable(FormsError):
    """A published version never changes; start a draft instead."""

    code = "version_immutable"
    status = 409


class SubmissionErased(FormsError):
    """The person asked to be forgotten; nothing is left to work with."""

    code = "submission_erased"
    status = 410


class ImportInvalid(FormsError):
    """The file can't be imported at all; nothing was done."""

    code = "import_invalid"
    status = 422
