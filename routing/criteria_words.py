"""A territory's criteria as people say them. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from conditions import ConditionInvalid, Vocabulary, parse
from routing.territories import Criteria, Range

# So many places are named; the others are counted.
MOST_SAID = 6


def criteria_in_words(
    criteria: Criteria, account_lists: Sequence[str], vocabulary: Vocabulary, names: Mapping[str, Mapping[str, str]]
) -> str:
    """`names` by "countries" and "regions". Without any criteria: "everywhere"."""
    return "; ".join(_parts(criteria, account_lists, vocabulary, names)) or "everywhere"


def _parts(
    criteria: Criteria, account_lists: Sequence[str], vocabulary: Vocabulary, names: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    places = [
        *sorted((names["countries"].get(code, code) for code in criteria.countries), key=str.casefold),
        *sorted((names["regions"].get(code, code) for code in criteria.regions), key=str.casefold),
        *map(str, criteria.postal_areas),
    ]
    if places:
        yield _listed(places)
    yield from _range("employees", criteria.employees)
    yield from _range("USD revenue", criteria.revenue)
    if criteria.industries:
        industry = vocabulary.get("industry")
        yield _listed([industry.label_of(key) if industry else key for key in criteria.industries])
    if account_lists:
        yield f"on the list {_listed([f'“{name}”' for name in account_lists])}"
    if criteria.condition:
        yield condition_in_words(criteria.condition, vocabulary)


def condition_in_words(document: Mapping[str, object], vocabulary: Vocabulary | None) -> str:
    """A document that is no condition any more, since the contract has changed, is shown as it is."""
    try:
        return parse(document, vocabulary).describe()
    except ConditionInvalid:
        return str(document)


def _range(what: str, bounds: Range) -> Iterator[str]:
    low, high = bounds
    if low is not None and high is not None:
        yield f"{low:,} to {high:,} {what}"
    elif low is not None:
        yield f"at least {low:,} {what}"
    elif high is not None:
        yield f"at most {high:,} {what}"


def _listed(said: Sequence[str]) -> str:
    if len(said) > MOST_SAID:
        return f"{', '.join(said[:MOST_SAID])} or {len(said) - MOST_SAID} more"
    return " or ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)
