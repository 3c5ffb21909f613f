"""Form documents as files: YAML for people, JSON for programs. Pure.

Both are read as JSON has it: no dates, no tags, no repeated keys, nothing that couldn't be written back.
"""

import json
from pathlib import Path
from typing import Any

import yaml

from forms_engine.errors import ImportInvalid
from foundation.strict_json import parse_strictly

LARGEST_FILE = 2 * 1024 * 1024


class _JsonOnlyLoader(yaml.SafeLoader):
    """YAML without what JSON doesn't know: a date stays the text it is, a repeated key is refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len({str(key) for key in keys}):
            raise yaml.constructor.ConstructorError(None, None, "a key stands here twice", node.start_mark)
        return super().construct_mapping(node, deep)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        # A few lines of aliases can stand for more than any memory holds.
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "aliases are not taken", self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)


_JsonOnlyLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_document(path: Path) -> object:
    """The document in a `.json`, `.yaml` or `.yml` file. Raises ImportInvalid, and OSError where there is none."""
    if path.stat().st_size > LARGEST_FILE:
        raise ImportInvalid("The file is larger than any form document is.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ImportInvalid("The file is not UTF-8 text.") from None
    return parse_document(text, is_json=path.suffix.lower() == ".json")


def parse_document(text: str, *, is_json: bool) -> object:
    """Raises ImportInvalid, with the line where the syntax breaks."""
    try:
        document = parse_strictly(text) if is_json else yaml.load(text, Loader=_JsonOnlyLoader)  # noqa: S506
        # What YAML can say beyond JSON: infinities, binary data, keys that aren't texts.
        json.dumps(document, allow_nan=False)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise ImportInvalid(f"The file can't be read: {_where(error)}") from None
    return document


def _where(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)


def write_document(document: object, *, is_json: bool) -> str:
    """Text that reads back as the same document, keys in their order."""
    if is_json:
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    return text
