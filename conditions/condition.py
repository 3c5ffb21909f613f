"""A parsed condition: what other rooms hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from conditions.literals import literals
from conditions.nodes import All, Clause, Node
from conditions.vocabulary import Vocabulary


@dataclass(frozen=True)
class ClauseResult:
    """One clause of an explanation: what it says, whether it held, and the value seen (None where it asks several)."""

    text: str
    held: bool
    seen: object


@dataclass(frozen=True)
class Condition:
    """Immutable and picklable. `document` is what was parsed."""

    document: Mapping[str, Any]
    root: Node = field(repr=False, compare=False)
    vocabulary: Vocabulary | None = field(default=None, repr=False, compare=False)

    def matches(self, attributes: Mapping[str, object]) -> bool:
        """Never raises, whatever the attributes hold."""
        return self.root.matches(attributes)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names read, dotted as written."""
        return frozenset(self.root.names())

    def literals(self) -> tuple[tuple[str, object], ...]:
        """Attribute and value of everything that is compared with."""
        return tuple(literals(self.root))

    def describe(self) -> str:
        """One plain sentence, without a full stop."""
        return self.root.sentence(self.vocabulary)

    def explain(self, attributes: Mapping[str, object]) -> tuple[ClauseResult, ...]:
        """Each top-level clause with its outcome; all must hold for the condition to."""
        nodes = self.root.nodes if isinstance(self.root, All) else (self.root,)
        return tuple(
            ClauseResult(
                text=node.sentence(self.vocabulary),
                held=node.matches(attributes),
                seen=node.value(attributes) if isinstance(node, Clause) else None,
            )
            for node in nodes
        )
