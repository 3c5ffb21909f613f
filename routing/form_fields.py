"""How the working copy's documents are typed: postal areas, working hours, inputs of a golden lead."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.http import urlencode
from unfold.widgets import TEXTAREA_CLASSES, UnfoldAdminTextInputWidget

from foundation.condition_builder import MOST_CHOICES_ALONG, listed
from foundation.fields import JsonTextField
from foundation.texts import read_texts
from foundation.widgets import LinesField, LinesWidget, NamedFields, SearchableSelect, TextDocumentField, refuse
from routing.contract import Contract, InputSpec
from routing.hours import WEEKDAYS, HoursInvalid, parse_hours
from routing.territories import PostalAreaInvalid, parse_postal_area

DAY_NAMES = dict(
    zip(WEEKDAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True)
)
_DAYS = re.compile(r"([a-z]+)(?:\s*[-–]\s*([a-z]+))?\s*:?\s*(.*)", re.IGNORECASE)
_SEPARATOR = r"[, \u00a0\u202f]"
# Groups of three, parted by one sign.
_GROUPED = re.compile(rf"[+-]?\d{{1,3}}(?:({_SEPARATOR})\d{{3}})(?:\1\d{{3}})*(?:\.\d+)?", re.ASCII)
_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?")


class PostalAreasField(TextDocumentField):
    """One a line, or between commas and semicolons: `DE 80`, `US 94110`, `DE 80..86`."""

    widget = LinesWidget(rows=4, placeholder="DE 80")

    def read(self, text: str) -> list[str]:
        found: dict[str, None] = {}
        problems = []
        for number, entry in _numbered(text):
            try:
                parse_postal_area(entry)
            except PostalAreaInvalid as invalid:
                problems.append(f"Line {number}: {invalid}")
            else:
                found[" ".join(entry.upper().split())] = None
        refuse(problems)
        return list(found)

    def write(self, document: Any) -> str:
        return "\n".join(document)


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        yield from ((number, entry.strip()) for entry in re.split(r"[,;\t]", line) if entry.strip())


class HoursField(TextDocumentField):
    """A line for each weekday or for several, with its spans: `Mon-Fri 09:00-12:00, 13:00-17:00`."""

    kind = dict
    widget = LinesWidget(enhance="hours", rows=5, placeholder="Mon-Fri 09:00-12:00, 13:00-17:00")

    def read(self, text: str) -> dict[str, list[str]]:
        week: dict[str, list[str]] = {}
        problems = []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                for day, spans in _read_line(line.strip()):
                    week.setdefault(day, []).extend(spans)
            except HoursInvalid as invalid:
                problems.append(f"Line {number}: {invalid}")
        refuse(problems)
        return {day: sorted(week[day]) for day in WEEKDAYS if week.get(day)}

    def check(self, document: Any) -> None:
        try:
            parse_hours(document, "UTC")
        except HoursInvalid as invalid:
            raise ValidationError(str(invalid), code="invalid") from invalid

    def write(self, document: Any) -> str:
        return "\n".join(f"{day.capitalize()} {', '.join(document[day])}" for day in WEEKDAYS if document.get(day))


def _read_line(line: str) -> Iterator[tuple[str, list[str]]]:
    found = _DAYS.fullmatch(line)
    if found is None:
        raise HoursInvalid(f"{line!r} is no working time; write Mon-Fri 09:00-17:00")
    first, last = (_weekday(name) for name in (found[1], found[2] or found[1]))
    spans = [_span(span) for span in re.split(r"[,;]", found[3]) if span.strip()]
    if last < first:
        raise HoursInvalid(f"{line!r} ends before it begins; write the days from Monday on")
    if not spans:
        raise HoursInvalid(f"{line!r} has no times; write Mon-Fri 09:00-17:00, or leave the day out")
    yield from ((day, list(spans)) for day in WEEKDAYS[first : last + 1])


def _weekday(name: str) -> int:
    """By its beginning: `mon`, `Mondays`. Raises HoursInvalid."""
    day = name[:3].lower()
    if day not in WEEKDAYS or not (name.lower().rstrip("s") in DAY_NAMES[day].lower() or len(name) == 3):
        raise HoursInvalid(f"{name!r} is not a weekday; weekdays are {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(day)


def _span(text: str) -> str:
    """`9-17:30` as `09:00-17:30`; midnight at the end is 24:00. What it isn't is refused when the week is read."""
    ends = [_TIME.fullmatch(end.strip()) for end in re.split(r"[-–]", text.strip())]
    if len(ends) != 2 or not all(ends):
        raise HoursInvalid(f"{text.strip()!r} is not a span such as 09:00-17:00")
    begins, until = (f"{int(end[1]):02d}:{end[2] or '00'}" for end in ends if end)
    return f"{begins}-{'24:00' if until == '00:00' else until}"


class InputsWidget(NamedFields):
    """One field for each input of the contract, and a box with JSON for what the contract doesn't have."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        fields = {spec.key: (spec.label or spec.key, input_widget(spec)) for spec in contract.inputs}
        others = forms.Textarea({"rows": 2, "class": " ".join(TEXTAREA_CLASSES)})
        super().__init__({**fields, "": ("Other inputs, which the contract does not have", others)})

    def decompress(self, value: Any) -> list[Any]:
        """What doesn't fit its field is kept among the others, so that nothing is lost."""
        document = value if isinstance(value, dict) else {}
        told = {spec.key: _told(spec, document[spec.key]) for spec in self.contract.inputs if spec.key in document}
        others = {key: each for key, each in document.items() if told.get(key) is None}
        texts = [told.get(spec.key) or "" for spec in self.contract.inputs]
        return [*texts, json.dumps(others, ensure_ascii=False) if others else ""]


class InputsField(forms.Field):
    """Inputs typed field by field. Other programs may send them as one JSON document under the field's own name."""

    def __init__(self, *, contract: Contract, **kwargs: Any) -> None:
        self.contract = contract
        super().__init__(**{**kwargs, "widget": InputsWidget(contract)})

    def to_python(self, value: Any) -> dict[str, Any]:
        *texts, others = value or [""]
        document = JsonTextField(empty=dict, required=False).clean(others or "")
        problems = []
        for spec, text in zip(self.contract.inputs, texts, strict=False):
            if not (text or "").strip():
                continue
            try:
                document[spec.key] = read_input(spec, text.strip())
            except ValidationError as problem:
                problems.append(f"{spec.label or spec.key}: {' '.join(problem.messages)}")
        refuse(problems)
        return dict(document)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != (initial or {})
        except ValidationError:
            return True


def input_widget(spec: InputSpec) -> forms.Widget:
    if spec.type == "list":
        return LinesWidget(enhance="lines" if spec.choices else "", data=_choices(spec), rows=2)
    if spec.type == "boolean":
        return SearchableSelect(lambda: [("true", "Yes"), ("false", "No")], empty="Not known")
    if spec.choices and len(spec.choices) > MOST_CHOICES_ALONG:
        return LinesWidget(enhance="choice", data=_choices(spec), rows=1)
    if spec.choices:
        return SearchableSelect(lambda: listed(spec.choices or {}), empty="Not known")
    text: forms.Widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"} if spec.type == "number" else {})
    return text


def _choices(spec: InputSpec) -> dict[str, str]:
    if not spec.choices:
        return {}
    if len(spec.choices) > MOST_CHOICES_ALONG:
        return {"source": f"{reverse('routing_pages:conditions')}?{urlencode({'choices': spec.key})}"}
    return {"choices": json.dumps(listed(spec.choices), ensure_ascii=False)}


def read_input(spec: InputSpec, text: str) -> Any:
    """Raises ValidationError."""
    if spec.type == "number":
        return _number(text)
    if spec.type == "boolean":
        return _yes_or_no(text)
    if spec.type == "list":
        return LinesField(choices=(lambda: spec.choices) if spec.choices else None).clean(text)
    return _one_of(text, spec.choices) if spec.choices else text


def _number(text: str) -> int | float:
    """`1,200` and `1 200` are thousands; `1,5` means two things to different people, so it is refused."""
    plain = re.sub(_SEPARATOR, "", text) if _GROUPED.fullmatch(text) else text
    if re.search(_SEPARATOR, plain):
        raise ValidationError("this is not a number; write 1.5 or 1,500.")
    try:
        return _whole(float(plain))
    except (ValueError, OverflowError):
        raise ValidationError("this is not a number.") from None


def _whole(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _yes_or_no(text: str) -> bool:
    if text.lower() not in ("true", "false", "yes", "no"):
        raise ValidationError("say yes or no.")
    return text.lower() in ("true", "yes")


def _one_of(text: str, choices: Mapping[str, str]) -> str:
    found = read_texts(text, choices)
    if found.unknown or len(found.values) != 1:
        raise ValidationError(f"“{text}” is not known.")
    return found.values[0]


def _told(spec: InputSpec, value: object) -> str | None:
    """The text that reads as this value; None where there is none."""
    text = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
    text = text.lower() if isinstance(value, bool) else text
    try:
        is_same = read_input(spec, text) == value and text == text.strip()
    except ValidationError:
        return None
    return text if is_same and spec.accepts(value) else None
