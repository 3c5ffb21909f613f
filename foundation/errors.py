"""The one error base. A room's errors derive from it, named for what the caller can do."""

from collections.abc import Mapping, Sequence

FieldErrors = Mapping[str, Sequence[str]]


class SwitchyardError(Exception):
    """An error a caller is told about: a stable machine `code`, a human `message`, and messages per field.

    `status` is the HTTP status when an API request caused it. The message must never hold private data.
    """

    code = "error"
    status = 400

    def __init__(self, message: str, *, fields: FieldErrors | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields: FieldErrors = fields or {}
