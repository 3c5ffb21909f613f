"""Where a submission came from: the page, its referrer, campaign parameters and the visitor's language. Pure.

`{"page": str, "referrer": str, "utm": {name: str}, "query": {name: str}, "language": str, "cookies": {name: str},
"data": {name: str}}`, every key optional. `query` is read from the page's address; `cookies` and `data` (what the site
says of the page) hold only names that a hidden field asks for. Bounded, since anybody can write anything here.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from forms_engine.errors import ContextInvalid
from forms_engine.schema import Definition
from forms_engine.values import ValueRefused, clean_text
from forms_engine.words import say

Context = dict[str, Any]
_T = TypeVar("_T")

LONGEST_ADDRESS = 2000
LONGEST_PARAMETER = 300
MOST_PARAMETERS = 30
_UTM_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PARAMETER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")
# Tokens of ours in a page's address: they open kept answers, so they are stored nowhere.
_OWN_PARAMETERS = re.compile(r"(?<=[?&])switchyard_(?:resume|prefill)=[^&#]*&?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class _PartRefused(Exception):
    """The text says what is wrong with one key of the context."""


def check_context(raw: object) -> Context:
    """The context a server sent, strictly. Raises ContextInvalid with a message per key."""
    if not isinstance(raw, Mapping):
        raise ContextInvalid("The context must be an object.", fields={"context": ["This must be an object."]})
    problems: dict[str, list[str]] = {}
    if any(key not in _CHECKS for key in raw):
        problems["context"] = [f"Known keys are {', '.join(_CHECKS)}."]
    context: Context = {}
    for key, check in _CHECKS.items():
        try:
            value = check(raw.get(key))
        except _PartRefused as refused:
            problems[f"context.{key}"] = [str(refused)]
        else:
            if value:
                context[key] = value
    if problems:
        raise ContextInvalid("The context is not valid.", fields=problems)
    return with_query(context)


def gather_context(*, page: str, referrer: str, language: str) -> Context:
    """The context of a page view, leniently: what is too long or odd is left out, since no visitor could mend it."""
    page, referrer = (_OWN_PARAMETERS.sub("", address).rstrip("?&") for address in (page, referrer))
    offered = {"page": page, "referrer": referrer, "language": language, "utm": _campaign(page)}
    return with_query({key: value for key, raw in offered.items() if (value := _or_none(_CHECKS[key], raw))})


def context_of_page(sent: object, *, definition: Definition) -> Context:
    """What a page's script tells, as leniently. Of cookies and page data only what a hidden field asks for.

    Campaign parameters are those of the page's address; what the script knows beside them is added.
    """
    if not isinstance(sent, Mapping):
        return {}
    texts = {key: value for key in ("page", "referrer", "language") if isinstance(value := sent.get(key), str)}
    context = gather_context(**{"page": "", "referrer": "", "language": "", **texts})
    asked = {
        "utm": _utm_sent(sent.get("utm")) | context.get("utm", {}),
        "cookies": _asked(sent.get("cookies"), definition, "cookie"),
        "data": _asked(sent.get("data"), definition, "data"),
    }
    return {**context, **{key: found for key, found in asked.items() if found}}


def with_cookies(context: Context, cookies: Mapping[str, str], *, definition: Definition) -> Context:
    """The context of a page of ours, whose cookies the request itself brings; only those a hidden field asks for."""
    found = _asked(cookies, definition, "cookie")
    return {**context, "cookies": found} if found else context


def _asked(value: object, definition: Definition, kind: str) -> dict[str, str]:
    names = {item.source.value for item in definition.fields if item.source and item.source.kind == kind}
    if not names or not isinstance(value, Mapping):
        return {}
    found = {name: _or_none(_parameter, text) for name, text in value.items() if name in names}
    return {name: text for name, text in found.items() if text}


def _utm_sent(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    named = {name: _or_none(_parameter, text) for name, text in list(value.items())[:MOST_PARAMETERS]}
    return {name: text for name, text in named.items() if text and _UTM_NAME.fullmatch(name)}


def with_query(context: Context) -> Context:
    """The context with the page's own query parameters, without campaign ones, which stand under `utm`."""
    query = {name: value for name, value in _parameters(context.get("page", "")) if not name.startswith("utm_")}
    return {**context, "query": query} if query else context


def _campaign(page: str) -> dict[str, str]:
    named = {name.removeprefix("utm_"): value for name, value in _parameters(page) if name.startswith("utm_")}
    return {name: value for name, value in named.items() if _UTM_NAME.fullmatch(name)}


def _parameters(address: str) -> list[tuple[str, str]]:
    """Query parameters that can be stored, the first so many."""
    try:
        pairs = parse_qsl(urlsplit(address).query)
    except ValueError:
        return []
    return [
        (name, text)
        for name, value in pairs[:MOST_PARAMETERS]
        if _PARAMETER_NAME.fullmatch(name) and (text := _or_none(_parameter, value))
    ]


def _parameter(value: object) -> str:
    return _short_text(value, LONGEST_PARAMETER)


def _or_none(check: Callable[[object], _T], value: object) -> _T | None:
    try:
        return check(value)
    except _PartRefused:
        return None


def _address(value: object) -> str:
    return _short_text(value, LONGEST_ADDRESS)


def _language(value: object) -> str:
    text = _short_text(value, 35)
    if text and not _LANGUAGE.fullmatch(text):
        raise _PartRefused("This must be a language tag such as de or pt-BR.")
    return text


def _utm(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or len(value) > MOST_PARAMETERS:
        raise _PartRefused(f"This must be an object of at most {MOST_PARAMETERS} texts.")
    plain = {str(name).removeprefix("utm_"): text for name, text in value.items()}
    if len(plain) != len(value):
        raise _PartRefused("A name stands here twice, with and without utm_.")
    if not all(_UTM_NAME.fullmatch(name) for name in plain):
        raise _PartRefused("Names must be of small letters, digits and _, such as source or campaign.")
    return {name: _short_text(text, LONGEST_PARAMETER) for name, text in plain.items()}


def _short_text(value: object, max_length: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _PartRefused("This must be a text.")
    try:
        return clean_text(value, lines=False, max_length=max_length)
    except ValueRefused as refused:
        raise _PartRefused(say("en", refused.code, **refused.parameters)) from None


_CHECKS: dict[str, Callable[[object], object]] = {
    "page": _address,
    "referrer": _address,
    "utm": _utm,
    "language": _language,
}
