"""The one rule language: GrowthBook-style documents, parsed once, evaluated often. Plain Python, no Django.

`parse(document, vocabulary=None, saved_groups=None)` gives a `Condition`. With a vocabulary parsing is strict;
without one it follows GrowthBook's published cases. docs/conditions.md describes the language.
"""

from conditions.condition import ClauseResult, Condition
from conditions.errors import ConditionError, ConditionInvalid
from conditions.first_match import FirstMatch
from conditions.parsing import parse
from conditions.vocabulary import Attribute, Vocabulary

__all__ = [
    "Attribute", "ClauseResult", "Condition", "ConditionError", "ConditionInvalid", "FirstMatch", "Vocabulary", "parse",
]  # fmt: skip
