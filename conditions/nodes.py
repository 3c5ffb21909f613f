"""The tree of a condition: clauses on attributes under and, or and not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from conditions.leaves import ValueTest
from conditions.values import get_path
from conditions.vocabulary import Vocabulary


class Node(Protocol):
    def matches(self, attributes: object) -> bool: ...

    def names(self) -> Iterator[str]: ...

    def sentence(self, vocabulary: Vocabulary | None) -> str: ...


@dataclass(frozen=True)
class Clause:
    """One attribute, one test."""

    name: str
    path: tuple[str, ...]
    test: ValueTest

    def value(self, attributes: object) -> object:
        return get_path(attributes, self.path)

    def matches(self, attributes: object) -> bool:
        return self.test.holds(get_path(attributes, self.path))

    def names(self) -> Iterator[str]:
        yield self.name

    def sentence(self, vocabulary: Vocabulary | None) -> str:
        attribute = vocabulary.get(self.name) if vocabulary is not None else None
        label = (attribute.label if attribute else "") or self.name
        return f"{label} {self.test.phrase(attribute.label_of if attribute else str)}"


@dataclass(frozen=True)
class All:
    nodes: tuple[Node, ...]

    def matches(self, attributes: object) -> bool:
        return all(node.matches(attributes) for node in self.nodes)

    def names(self) -> Iterator[str]:
        for node in self.nodes:
            yield from node.names()

    def sentence(self, vocabulary: Vocabulary | None) -> str:
        return _joined(self.nodes, vocabulary, " and ") or "always"


@dataclass(frozen=True)
class AnyOf:
    """Some node holds; with no nodes it holds, as GrowthBook has it."""

    nodes: tuple[Node, ...]

    def matches(self, attributes: object) -> bool:
        return not self.nodes or any(node.matches(attributes) for node in self.nodes)

    def names(self) -> Iterator[str]:
        for node in self.nodes:
            yield from node.names()

    def sentence(self, vocabulary: Vocabulary | None) -> str:
        return _joined(self.nodes, vocabulary, " or ") or "always"


@dataclass(frozen=True)
class Not:
    node: Node

    def matches(self, attributes: object) -> bool:
        return not self.node.matches(attributes)

    def names(self) -> Iterator[str]:
        yield from self.node.names()

    def sentence(self, vocabulary: Vocabulary | None) -> str:
        return f"not ({self.node.sentence(vocabulary)})"


def _joined(nodes: tuple[Node, ...], vocabulary: Vocabulary | None, word: str) -> str:
    said = (node.sentence(vocabulary) for node in nodes)
    compound = [isinstance(node, All | AnyOf) and len(node.nodes) > 1 for node in nodes]
    return word.join(
        f"({text})" if inner and len(nodes) > 1 else text for text, inner in zip(said, compound, strict=True)
    )
