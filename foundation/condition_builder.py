"""What the condition builder on a page is told, and answers to what it asks. Pure.

The builder itself, with the way from a document to rows and back, is `frontend/src/workbench/`. The document is the
truth: what the builder writes is checked here like anything else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conditions import Attribute, Condition, ConditionInvalid, Vocabulary, parse
from foundation.strict_json import parse_strictly

# More choices than this are fetched by themselves, by pages that have a row with them.
MOST_CHOICES_ALONG = 400


@dataclass(frozen=True)
class Count:
    """`matching` of the `looked_at` newest; `what` names them: "decided leads of the last 90 days"."""

    matching: int
    looked_at: int
    what: str


Counter = Callable[[Condition], Count]


class NotJson(ValueError):
    """What was sent isn't a document at all."""


def told(vocabulary: Vocabulary, *, is_open: bool = False) -> dict[str, Any]:
    """For the pickers. `is_open`: other names than the listed ones may be used too."""
    return {"open": is_open, "attributes": [_told(attribute) for attribute in vocabulary]}


def _told(attribute: Attribute) -> dict[str, Any]:
    is_far = attribute.choices is not None and len(attribute.choices) > MOST_CHOICES_ALONG
    return {
        "name": attribute.name,
        "label": attribute.label or attribute.name,
        "type": attribute.type,
        "required": attribute.required,
        "choices": None if attribute.choices is None or is_far else listed(attribute.choices),
        "far": is_far,
    }


def listed(choices: Mapping[str, str]) -> list[tuple[str, str]]:
    """As pairs, by name: a JSON object would put numbers first."""
    return sorted(choices.items(), key=lambda entry: (entry[1].casefold(), entry[0]))


def preview(text: str, vocabulary: Vocabulary | None, count: Counter | None) -> dict[str, Any]:
    """`{"sentence": str, "count": {...} | None}`. Raises NotJson and ConditionInvalid."""
    try:
        document = parse_strictly(text)
    except ValueError as error:
        raise NotJson("This is not valid JSON.") from error
    condition = parse(document, vocabulary)
    counted = count(condition) if count is not None else None
    return {"sentence": condition.describe(), "count": vars(counted) if counted else None}


def problem(invalid: ConditionInvalid) -> dict[str, str]:
    return {"path": invalid.path, "message": invalid.message}
