"""What a statement shows between the questions: a text, a quote, or questions with their answers."""

from forms_engine.documents import Node
from forms_engine.schema.model import Statement

_SHAPES = {
    "text": frozenset({"text"}),
    "quote": frozenset({"quote", "author", "role"}),
    "faq": frozenset({"faq"}),
}
LONGEST_TEXT = 5000


def read_statement(node: Node) -> Statement:
    """The statement under a field's key `statement`. Raises DefinitionInvalid."""
    if "statement" not in node:
        raise node.refuse("statement", "is required")
    inner = node.node("statement", keys=frozenset().union(*_SHAPES.values()))
    kinds = [kind for kind in _SHAPES if kind in inner]
    if len(kinds) != 1 or not inner.values.keys() <= _SHAPES[kinds[0]]:
        raise node.refuse("statement", "must be a text, a quote (with author and role), or a faq")
    if kinds[0] == "text":
        return Statement("text", text=inner.text("text", max_length=LONGEST_TEXT, required=True))
    if kinds[0] == "quote":
        return Statement(
            "quote",
            text=inner.text("quote", max_length=LONGEST_TEXT, required=True),
            author=inner.text("author", max_length=200),
            role=inner.text("role", max_length=200),
        )
    return Statement("faq", items=_questions(inner))


def _questions(node: Node) -> tuple[tuple[str, str], ...]:
    entries = node.items("faq", at_least=1, at_most=30)
    nodes = [Node(entry, path, keys={"question", "answer"}) for path, entry in entries]
    return tuple(
        (each.text("question", max_length=500, required=True), each.text("answer", max_length=5000, required=True))
        for each in nodes
    )
