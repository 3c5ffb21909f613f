"""From a cell to a value and back, as django-import-export's widgets. `clean` raises ValueError in words for people."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django.core.exceptions import ValidationError
from import_export.widgets import Widget

from conditions import ConditionInvalid, Vocabulary, parse
from foundation.fields import check_one_line
from foundation.strict_json import parse_strictly
from leads.places import to_country
from routing.field_checks import check_hours, check_zone
from routing.territories import PostalAreaInvalid, parse_postal_area
from routing.transfer.cells import listed
from routing.transfer.lookups import Lookup

_LARGEST = 2**31 - 1
_LARGEST_BIG = 2**63 - 1
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_YES = frozenset({"yes", "y", "true", "1", "x"})
_NO = frozenset({"no", "n", "false", "0", ""})


class Text(Widget):
    def __init__(self, longest: int) -> None:
        super().__init__()
        self._longest = longest

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = str(value)
        if len(text) > self._longest:
            raise ValueError(f"It is longer than {self._longest} characters.")
        return text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(value or "")


class Name(Text):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = super().clean(value, row, **kwargs)
        try:
            check_one_line(text)
        except ValidationError as refused:
            raise ValueError(refused.message) from refused
        return text


class Reference(Widget):
    """Another row, as its id. The lookup is given when the resource is made."""

    lookup: Lookup

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        return self.lookup.find(str(value)) if value else None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return self.lookup.key_of(value)


class References(Widget):
    """Several, as sorted ids."""

    lookup: Lookup

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> tuple[int, ...]:
        return tuple(sorted({self.lookup.find(text) for text in listed(str(value))}))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "; ".join(sorted(self.lookup.key_of(pk) for pk in value or ()))


class Whole(Widget):
    """A whole number; `blank` is what an empty cell means."""

    def __init__(self, *, blank: int | None, least: int | None = 0, big: bool = False) -> None:
        super().__init__()
        self._blank, self._least, self._most = blank, least, _LARGEST_BIG if big else _LARGEST

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        text = re.sub(r"(?<=\d)[ _\u00a0\u202f'](?=\d)", "", str(value))
        if not text:
            return self._blank
        if not re.fullmatch(r"-?\d{1,20}", text, re.ASCII):
            raise ValueError(f"“{value}” isn't a whole number.")
        number = int(text)
        if self._least is not None and number < self._least:
            raise ValueError(f"It must be at least {self._least}.")
        if abs(number) > self._most:
            raise ValueError(f"It must be at most {self._most}.")
        return number

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value


class YesNo(Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        text = str(value).lower()
        if text not in _YES | _NO:
            raise ValueError(f"“{value}” is neither yes nor no.")
        return text in _YES

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "yes" if value else "no"


class Texts(Widget):
    """A list in a cell; `understood` makes an entry what is stored, or raises ValueError."""

    def __init__(self, understood: Callable[[str], str]) -> None:
        super().__init__()
        self._understood = understood

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[str]:
        return list(dict.fromkeys(self._understood(text) for text in listed(str(value))))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "; ".join(map(str, value or ()))


def country(text: str) -> str:
    code = to_country(text)
    if code is None:
        raise ValueError(f"“{text}” is no country.")
    return code


def one_of(known: Mapping[str, str], what: str) -> Callable[[str], str]:
    """By value or label, whatever the case; any text where nothing is known."""
    by_word = {word.casefold(): value for value, label in known.items() for word in (label, value)}

    def understood(text: str) -> str:
        if not known:
            return text
        if text.casefold() not in by_word:
            raise ValueError(f"“{text}” is no {what}.")
        return by_word[text.casefold()]

    return understood


def postal_area(text: str) -> str:
    plain = " ".join(text.upper().split())
    try:
        parse_postal_area(plain)
    except PostalAreaInvalid as invalid:
        raise ValueError(f"{invalid}.") from invalid
    return plain


class Json(Widget):
    """An object in a cell; empty means an empty one."""

    def check(self, document: dict[str, Any]) -> None:
        """Raises ValueError."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> dict[str, Any]:
        if not str(value):
            return {}
        try:
            document = parse_strictly(str(value))
        except ValueError:
            raise ValueError("It is not valid JSON.") from None
        if not isinstance(document, dict):
            raise ValueError('It must be an object such as {"country": "DE"}.')
        if "\\u0000" in json.dumps(document):
            raise ValueError("It holds a null character.")
        self.check(document)
        return document

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return json.dumps(value, ensure_ascii=False) if value else ""


class ConditionJson(Json):
    vocabulary: Vocabulary

    def check(self, document: dict[str, Any]) -> None:
        try:
            parse(document, self.vocabulary)
        except ConditionInvalid as invalid:
            raise ValueError(f"{invalid}.") from invalid


class HoursJson(Json):
    def check(self, document: dict[str, Any]) -> None:
        try:
            check_hours(document)
        except ValidationError as invalid:
            raise ValueError(invalid.messages[0]) from invalid


class Zone(Text):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = super().clean(value)
        try:
            if text:
                check_zone(text)
        except ValidationError as invalid:
            raise ValueError(invalid.messages[0]) from invalid
        return text


def day_of(text: str) -> date:
    """`2026-03-31` or `31.3.2026`; other orders mean different days to different people."""
    german = _DAY.fullmatch(text)
    try:
        return date(int(german[3]), int(german[2]), int(german[1])) if german else date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text}” isn't a day such as 2026-03-31.") from None


class Day(Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        return day_of(str(value)) if value else None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.isoformat() if value else ""


def moment_of(text: str, zone: tzinfo, *, is_end: bool) -> datetime:
    """`2026-03-02 09:00` on the clock of the zone, unless it says which; a day alone is its beginning, as an end its
    last moment. Raises ValueError."""
    try:
        day = day_of(text)
    except ValueError:
        pass
    else:
        begins = datetime.combine(day + timedelta(days=1) if is_end else day, time(), zone)
        return begins.astimezone(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text}” is no time such as 2026-03-02 09:00.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


class Moment(Widget):
    """Written in UTC, with the offset, so that reading it again needs no zone. `zone` is set for each row."""

    zone: tzinfo = UTC

    def __init__(self, *, is_end: bool) -> None:
        super().__init__()
        self._is_end = is_end

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> datetime:
        if not value:
            raise ValueError("It must not be empty.")
        try:
            return moment_of(str(value), self.zone, is_end=self._is_end)
        except OverflowError:
            raise ValueError(f"“{value}” is no time such as 2026-03-02 09:00.") from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.astimezone(UTC).isoformat(sep=" ") if value else ""
