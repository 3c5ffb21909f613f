"""What can go wrong with forms and submissions. Every code is described in docs/api.md."""

from foundation.errors import SwitchyardError


class FormsError(SwitchyardError):
    code = "forms_error"


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


class TooManySubmissions(FormsError):
    """More than SUBMISSION_RATE from one address; a minute later they are taken again."""

    code = "rate_limited"
    status = 429


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
