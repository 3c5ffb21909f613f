"""Errors of the rule language. Evaluation never raises; only parsing does."""


class ConditionError(Exception):
    """Base of all errors here."""


class ConditionInvalid(ConditionError):
    """The document can't be a condition. `path` leads to the place, such as `$and[1].employees.$gte`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(path, message)
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message
