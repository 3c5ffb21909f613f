"""Which patterns a browser may be given."""

import pytest
import re2

from conditions import Attribute, ConditionInvalid, Vocabulary, parse
from conditions.portable_patterns import is_portable

PORTABLE = [
    *("", "abc", "é", "😀+", "a|", "()", "(a+)?", "a{2}", "a{2,}", "a{2,3}?", "a*?b+?", r"\bceo\b", r"\t\n"),
    *("[a-z]+", "[-a]", r"[\w.-]+", r"[^\\\]]", "(?:a|b)+", "(foo|bar)*", r"\@\-\ \/"),
    *(r"^[^@]+@example\.com$", r"^(\d{1,3}\.){3}\d{1,3}$"),
]  # fmt: skip
OTHER_SYNTAX = [
    *("(?i)a", "(?=a)", "(?!a)", "(?<=a)", "(?<n>a)", "(?P<n>a)", r"\1", r"\A", r"\z", r"\Q", r"\pL", r"\x{41}", r"\_"),
    *("[[:alpha:]]", "[]a]", "[[a]", r"[\d-z]", "[a-c-e]", "a++", "^*", r"\b+", "{", "}", "]", "a{,2}", r"\B", r"[\S]"),
]
NO_PATTERNS = ["*", "a**", "a{2}{3}", "(", ")", "a)b", "[", "[]", "\\", "(" * 2_000, "(?"]
EXPLODING = [
    *("(a+)+", "(a*)*", "(a+b?)*", "(a?)*", "(a?){30}", "((a+)b)+", "(a|a)*", "(a|ab)*", r"(\-|-)*", "(a|A)*"),
    *("((a|b)|c)+", r"(\w|_)+", "(a|)+"),
]


@pytest.mark.parametrize("pattern", PORTABLE)
def test_what_both_read_alike_is_portable(pattern):
    assert is_portable(pattern)
    assert re2.compile(pattern)


@pytest.mark.parametrize("pattern", OTHER_SYNTAX)
def test_what_one_of_them_lacks_or_reads_otherwise_is_not(pattern):
    assert not is_portable(pattern)


@pytest.mark.parametrize("pattern", NO_PATTERNS, ids=range(len(NO_PATTERNS)))
def test_what_is_no_pattern_is_not_portable(pattern):
    assert not is_portable(pattern)


@pytest.mark.parametrize("pattern", EXPLODING)
def test_what_would_hang_a_page_is_not_portable(pattern):
    assert not is_portable(pattern)


def strict(pattern: str, portable: bool):
    vocabulary = Vocabulary([Attribute("t", "string"), Attribute("l", "list")], portable_patterns=portable)
    return parse({"t": {"$regex": pattern}}, vocabulary), parse({"l": {"$elemMatch": {"$regexi": pattern}}}, vocabulary)


def test_a_vocabulary_that_wants_portable_patterns_refuses_others_with_the_path():
    with pytest.raises(ConditionInvalid) as caught:
        strict("(a+)+", portable=True)
    assert caught.value.path == "t.$regex"


def test_it_refuses_them_in_the_items_of_lists_too():
    vocabulary = Vocabulary([Attribute("l", "list")], portable_patterns=True)
    with pytest.raises(ConditionInvalid) as caught:
        parse({"l": {"$elemMatch": {"$not": {"$regex": r"\pL"}}}}, vocabulary)
    assert caught.value.path == "l.$elemMatch.$not.$regex"


def test_it_takes_portable_ones_and_another_vocabulary_takes_them_all():
    assert strict(r"^\w+$", portable=True)
    assert strict("(a+)+", portable=False)
