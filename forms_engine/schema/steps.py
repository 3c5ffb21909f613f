"""One step of the document: its fields, when it comes, and where it leads."""

from forms_engine.documents import Node
from forms_engine.schema.asking import read_condition, read_required_condition
from forms_engine.schema.fields import read_field, read_key
from forms_engine.schema.model import END, Field, Gate, Jump, Step
from forms_engine.schema.scope import Scope

MOST_FIELDS = 60
MOST_WAYS = 30


def read_step(entry: object, path: str, scope: Scope, *, index: int) -> Step:
    """Raises DefinitionInvalid."""
    node = Node(
        entry, path, keys={"key", "title", "description", "fields", "further", "visible_when", "jumps", "gates"}
    )
    key = read_key(node)
    scope.step = index
    condition = read_condition(node, "visible_when", scope, of="step")
    if condition is not None:
        scope.skippable.add(index)
    fields = _fields(node, scope)
    further = _further(node, scope)
    return Step(
        key=key,
        title=node.text("title", max_length=200),
        description=node.text("description", max_length=1000),
        fields=fields,
        further=further,
        visible_when=condition,
        jumps=_jumps(node, scope),
        gates=_gates(node, scope),
    )


def _fields(node: Node, scope: Scope) -> tuple[Field, ...]:
    entries = node.items("fields", at_least=1, at_most=MOST_FIELDS)
    fields = tuple(read_field(entry, path, scope) for path, entry in entries)
    if all(item.is_hidden for item in fields):
        raise node.refuse("fields", "must hold at least one field that is not hidden")
    return fields


def _further(node: Node, scope: Scope) -> tuple[Field, ...]:
    entries = node.items("further", at_least=0, at_most=MOST_FIELDS)
    return tuple(read_field(entry, path, scope, further=True) for path, entry in entries)


def _jumps(node: Node, scope: Scope) -> tuple[Jump, ...]:
    entries = node.items("jumps", at_least=0, at_most=MOST_WAYS)
    return tuple(_jump(Node(entry, path, keys={"when", "to"}), scope) for path, entry in entries)


def _jump(node: Node, scope: Scope) -> Jump:
    when = read_required_condition(node, "when", scope, of="jump")
    to = node.text("to", max_length=40, required=True)
    if to == END and END in scope.step_keys:
        raise node.refuse("to", f"is the key of a step, and also means that no step follows; rename the step {END}")
    if to != END and to not in scope.step_keys[scope.step + 1 :]:
        raise node.refuse("to", f"must be the key of a later step, or {END}")
    target = len(scope.step_keys) if to == END else scope.step_keys.index(to)
    scope.skip(range(scope.step + 1, target), path=node.at("to"))
    return Jump(when=when, to=to)


def _gates(node: Node, scope: Scope) -> tuple[Gate, ...]:
    entries = node.items("gates", at_least=0, at_most=MOST_WAYS)
    return tuple(_gate(Node(entry, path, keys={"when", "ending"}), scope) for path, entry in entries)


def _gate(node: Node, scope: Scope) -> Gate:
    when = read_required_condition(node, "when", scope, of="gate")
    ending = node.text("ending", max_length=40, required=True)
    scope.gate_endings.setdefault(ending, node.at("ending"))
    return Gate(when=when, ending=ending)
