"""What comes after sending: the endings of the document, of which the last always holds."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import cast, get_args

from forms_engine.documents import Node, refuse_repeated
from forms_engine.errors import DefinitionInvalid
from forms_engine.schema.asking import read_condition
from forms_engine.schema.fields import read_key
from forms_engine.schema.model import Ending, EndingKind
from forms_engine.schema.scope import Scope

# The key of the ending that `success` stands for.
SUCCESS = "success"
MOST_ENDINGS = 30
_KINDS = frozenset(get_args(EndingKind))
_KEYS = frozenset({"key", "kind", "title", "message", "url", "form", "button", "when"})
_URL = re.compile(r"https://[^\s/?#@\\]+\S*|/(?![/\\])\S*")
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,60}")


def read_endings(root: Node, scope: Scope) -> tuple[Ending, ...]:
    """Gates' own endings stand among them. Raises DefinitionInvalid."""
    entries = root.items("endings", at_least=0, at_most=MOST_ENDINGS)
    endings = [_ending(Node(entry, path, keys=_KEYS), scope) for path, entry in entries]
    refuse_repeated("endings", [ending.key for ending in endings], "key")
    _check_gates(endings, scope)
    unconditional = [i for i, ending in enumerate(endings) if ending.when is None and not ending.gate_only]
    reached = [i for i, ending in enumerate(endings) if not ending.gate_only]
    if unconditional and unconditional != reached[-1:]:
        raise DefinitionInvalid(f"endings[{unconditional[0]}].when", "is required for all but the last ending")
    if unconditional and "success" in root:
        raise root.refuse("success", "is already said by the last ending; leave one of them out")
    # A gate's own ending may stand behind, but the last one of all is the one that always holds.
    gates = [ending for ending in endings if ending.gate_only]
    others = [ending for ending in endings if not ending.gate_only]
    return (*gates, *others) if unconditional else (*gates, *others, _success(root, scope, endings))


def url_is_allowed(url: str) -> bool:
    """Another site over https, or a path on this server."""
    return _URL.fullmatch(url) is not None


def _success(root: Node, scope: Scope, endings: Sequence[Ending]) -> Ending:
    if any(ending.key == SUCCESS for ending in endings):
        raise DefinitionInvalid("endings", f"{SUCCESS} is the key of what `success` says; give another one")
    node = root.node("success", keys={"title", "message"})
    return Ending(key=SUCCESS, title=node.text("title", max_length=200), message=node.text("message", max_length=2000))


def _ending(node: Node, scope: Scope) -> Ending:
    kind = cast("EndingKind", node.one_of("kind", _KINDS) or "message")
    ending = Ending(
        key=read_key(node),
        kind=kind,
        when=read_condition(node, "when", scope, of="ending"),
        title=node.text("title", max_length=200),
        message=node.text("message", max_length=2000),
        url=node.text("url", max_length=2000, required=kind == "redirect"),
        form=node.text("form", max_length=60, required=kind == "form"),
        button=node.text("button", max_length=60),
    )
    _check_target(node, ending)
    gate_only = ending.when is None and ending.key in scope.gate_endings
    if gate_only and ending.kind == "message" and not ending.title:
        raise node.refuse("title", "is required: this ending comes without a submission to say thanks for")
    return replace(ending, gate_only=gate_only)


def _check_target(node: Node, ending: Ending) -> None:
    if ending.url and not url_is_allowed(ending.url):
        raise node.refuse("url", "must be an https address, or a path on this server such as /thanks")
    if ending.form and not _SLUG.fullmatch(ending.form):
        raise node.refuse("form", "must be the slug of a form")
    if ending.form and ending.kind != "form":
        raise node.refuse("form", "belongs to an ending of kind form")
    if ending.button and not ending.url and ending.kind == "message":
        raise node.refuse("button", "needs a url to lead to")


def _check_gates(endings: Sequence[Ending], scope: Scope) -> None:
    known = {ending.key for ending in endings}
    for key, path in scope.gate_endings.items():
        if key not in known:
            raise DefinitionInvalid(path, f"there is no ending {key}")
