"""What can go wrong with whole configurations and with tables from another tool."""

from collections.abc import Iterable
from dataclasses import dataclass

from foundation.errors import SwitchyardError

MOST_PROBLEMS = 100


class ConfigError(SwitchyardError):
    code = "config_error"


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: `rules.big.queue`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class ConfigurationInvalid(ConfigError):
    """A file doesn't hold together, or can't be applied here; `problems` has each with its path."""

    code = "configuration_invalid"
    status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(f"{problem}." for problem in self.problems[:MOST_PROBLEMS]))


class ConfigurationChanged(ConfigError):
    """Somebody has changed something since the difference was shown. Look at it again."""

    code = "configuration_changed"
    status = 409


class ApprovalNeeded(ConfigError):
    """A plan can't be published by one person alone here."""

    code = "approval_needed"
    status = 409


class TableUnclear(ConfigError):
    """A table from another tool lacks a column that is needed."""

    code = "table_unclear"
    status = 422
