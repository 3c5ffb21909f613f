"""Random documents of the strict language, and random values: on which Python and JavaScript, or RE2 and RegExp, might
differ, and of few kinds, so that they meet."""

from hypothesis import strategies as st

from conditions import Attribute, ConditionInvalid, Vocabulary, parse
from conditions.strictness import OPERATORS_BY_TYPE

VOCABULARY = Vocabulary(
    [
        Attribute("text", "string"),
        Attribute("sure", "string", required=True),
        Attribute("country", "string", choices={"DE": "Germany", "AT": "Austria", "de": "another"}),
        Attribute("number", "number"),
        Attribute("count", "number", required=True),
        Attribute("flag", "boolean"),
        Attribute("tags", "list"),
        Attribute("topics", "list", choices={"a": "A", "b": "B"}),
    ],
    portable_patterns=True,
)
# No page knows a saved group.
OPERATORS = sorted(frozenset().union(*OPERATORS_BY_TYPE.values()) - {"$inGroup", "$notInGroup"})

texts = (
    st.sampled_from(["a", "A", "é", "É", "1", "10", "9"])
    | st.sampled_from(["1.2.3", "v1.2.3-rc.1", "1.2.3+build\n", "1.10.0", " 7 ", "1e3", "0x1F", "-0x1", "1_0", "٣"])
    | st.sampled_from(["Infinity", "nan", "DE", "de"])
    | st.text("aAbsSkKß1 0.-+vx_eé\n\t\r\v\x1c\u0085\u00a0\u2028\ufeff\uffee😀ΣσςİIi", max_size=5)
)
numbers = st.integers(-5, 20) | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
_LITERALS = {"string": texts, "number": numbers, "boolean": st.booleans(), "list": texts}


def literals(attribute):
    return st.sampled_from(sorted(attribute.choices)) if attribute.choices else _LITERALS[attribute.type]


def values(attribute):
    """Of the attribute's type, as a rule; what a page gathers may be anything."""
    literal = literals(attribute)
    typed = st.lists(literal, max_size=3) if attribute.type == "list" else literal
    return typed | typed | typed | st.none() | texts | numbers | st.lists(texts | numbers, max_size=2)


visitors = st.fixed_dictionaries({}, optional={attribute.name: values(attribute) for attribute in VOCABULARY})

_atoms = st.sampled_from(
    [
        *("a", "A", "s", "S", "k", "K", "1", " ", "-", "é", "😀", "Σ", r"\.", r"\@", r"\-", r"\n", r"\t"),
        *(".", r"\s", r"\S", r"\d", r"\D", r"\w", r"\W", "[a-k]", "[^a]", r"[^\s.]", r"[\w\-.]", r"[\]\@-]"),
        *("(?:a|b)", "(a|é)"),
    ]
)
_counts = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?"])
# Not all of them are portable.
patterns = st.lists(
    st.tuples(_atoms, _counts).map("".join) | st.sampled_from(["^", "$", "|", r"\b"]), min_size=1, max_size=5
).map("".join)


def _operands(operator, attribute):
    if operator == "$exists":
        return st.booleans()
    if operator == "$size":
        return st.integers(0, 3) | st.just({"$gt": 1})
    if operator == "$not":
        return st.deferred(lambda: tests(attribute))
    if operator == "$elemMatch":
        return texts.map(lambda text: {"$ne": text}) | patterns.map(lambda pattern: {"$regexi": pattern})
    if operator in ("$in", "$nin", "$ini", "$nini", "$all", "$alli"):
        return st.lists(literals(attribute), max_size=3)
    if operator in ("$regex", "$regexi", "$notRegex", "$notRegexi"):
        return patterns
    return texts if operator.startswith("$v") else literals(attribute)


def tests_with(operator, attribute):
    """The operator alone, and guarded."""
    operands = _operands(operator, attribute)
    return operands.map(lambda operand: {operator: operand}) | operands.map(
        lambda operand: {"$exists": True, operator: operand}
    )


def tests(attribute):
    operators = sorted(OPERATORS_BY_TYPE[attribute.type] & set(OPERATORS))
    return st.sampled_from(operators).flatmap(lambda operator: tests_with(operator, attribute)) | literals(attribute)


def is_strict(document):
    try:
        parse(document, VOCABULARY)
    except ConditionInvalid:
        return False
    return True


def clauses_with(operator):
    asked = [attribute for attribute in VOCABULARY if operator in OPERATORS_BY_TYPE[attribute.type]]
    return (
        st.sampled_from(asked)
        .flatmap(lambda attribute: tests_with(operator, attribute).map(lambda test: {attribute.name: test}))
        .filter(is_strict)
    )


_clauses = (
    st.sampled_from(list(VOCABULARY))
    .flatmap(lambda attribute: tests(attribute).map(lambda test: {attribute.name: test}))
    .filter(is_strict)
)
documents = st.recursive(
    _clauses,
    lambda inner: (
        st.dictionaries(st.sampled_from(["$and", "$or", "$nor"]), st.lists(inner, max_size=3), max_size=2)
        | inner.map(lambda document: {"$not": document})
    ),
    max_leaves=5,
)
