"""Form fields for lists that people have as texts, in place of JSON: one entry a line, also pasted.

Each takes the document as JSON too, as other programs send it, and shows it so where lines can't say what is stored. A
script (`frontend/src/workbench/form-fields.ts`) makes pickers and grids of them; without it they are boxes to type in.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from unfold.widgets import (
    SELECT_CLASSES,
    TEXTAREA_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextInputWidget,
)

from foundation.condition_builder import MOST_CHOICES_ALONG, listed
from foundation.strict_json import parse_strictly
from foundation.texts import read_texts

Choices = Mapping[str, str]
SELECTED = mark_safe(" selected")
# A box with forty wrong lines names the first of them.
MOST_PROBLEMS = 10


class FieldMedia:
    css = {"all": ["foundation/workbench/fields.css"]}
    js = ["foundation/workbench/form-fields.js"]


class LinesWidget(forms.Textarea):
    """`enhance` names what a script makes of the box, with `data` beside it."""

    Media = FieldMedia

    def __init__(
        self, *, enhance: str = "", data: Mapping[str, str] | None = None, rows: int = 3, placeholder: str = ""
    ) -> None:
        self.enhance, self.data = enhance, dict(data or {})
        shown = {"placeholder": placeholder} if placeholder else {}
        super().__init__({"rows": rows, "class": " ".join(TEXTAREA_CLASSES), "spellcheck": "false", **shown})

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        told = {"data-enhance": self.enhance} if self.enhance else {}
        told |= {f"data-{name}": value for name, value in self.data.items()}
        return {**super().build_attrs(base_attrs, extra_attrs), **told}


class TextDocumentField(forms.Field):
    """A JSON document told in lines. `read` and `write` are its language; what is written must read as the same."""

    widget: type[forms.Widget] | forms.Widget = LinesWidget
    kind: type = list

    def read(self, text: str) -> Any:
        """Raises ValidationError."""
        raise NotImplementedError

    def write(self, document: Any) -> str:
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        text = value if isinstance(value, str) else ""
        if "\x00" in text:
            raise ValidationError("This holds a null character.", code="invalid")
        if text.strip() in ("", "null"):
            return self.kind()
        document = self._from_json(text) if text.strip()[0] in "[{" else self.read(text)
        self.check(document)
        return document

    def _from_json(self, text: str) -> Any:
        try:
            document = parse_strictly(text)
        except ValueError as error:
            raise ValidationError("This is not valid JSON.", code="invalid") from error
        if not isinstance(document, self.kind) or "\\u0000" in json.dumps(document):
            raise ValidationError("This can't be read.", code="invalid")
        return document

    def check(self, document: Any) -> None:
        """Of a document in either language. Raises ValidationError."""

    def prepare_value(self, value: Any) -> Any:
        """What was typed is shown again as it was."""
        if value is None or isinstance(value, str):
            return value
        try:
            text = self.write(value)
            reads_back = self.to_python(text) == value
        except (ValidationError, TypeError, ValueError, AttributeError):
            reads_back = False
        return text if reads_back else json.dumps(value, ensure_ascii=False)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or self.kind()))
        except ValidationError:
            return True


def refuse(problems: Iterable[str]) -> None:
    """Raises ValidationError with the first of them, if there are any."""
    found = list(problems)
    if not found:
        return
    more = len(found) - MOST_PROBLEMS
    shown = [*found[:MOST_PROBLEMS], *([f"{more} more lines like these."] if more > 0 else [])]
    raise ValidationError([ValidationError(problem, code="invalid") for problem in shown])


class LinesField(TextDocumentField):
    """A list of texts, one a line. With `choices` (called when the form is used) a picker of values by name; where
    there are too many to come along, `source` is the address that lists them."""

    def __init__(
        self,
        *,
        choices: Callable[[], Choices | None] | None = None,
        source: Callable[[], str] | None = None,
        **kwargs: Any,
    ) -> None:
        self._choices, self._source = choices, source
        super().__init__(**{"widget": LinesWidget(enhance="lines" if choices else ""), **kwargs})

    @property
    def known(self) -> Choices | None:
        return self._choices() if self._choices else None

    def get_bound_field(self, form: Any, field_name: str) -> Any:
        """Choices are data, so that the widget is told them when the form is shown."""
        if self._choices and isinstance(self.widget, LinesWidget):
            self.widget.data = self._told(self.known)
        return super().get_bound_field(form, field_name)

    def _told(self, known: Choices | None) -> dict[str, str]:
        if known is None:
            return {}
        if self._source and len(known) > MOST_CHOICES_ALONG:
            return {"source": self._source()}
        return {"choices": json.dumps(listed(known), ensure_ascii=False)}

    def read(self, text: str) -> list[str]:
        if not self._choices:
            return lines_of(text)
        found = read_texts(text, self.known)
        refuse(f"Line {unknown.line}: “{unknown.text}” is not known." for unknown in found.unknown)
        return list(found.values)

    def check(self, document: Any) -> None:
        if not all(isinstance(entry, str) and entry for entry in document):
            raise ValidationError("Must be a list of texts.", code="invalid")

    def write(self, document: Any) -> str:
        return "\n".join(document)


def lines_of(text: str) -> list[str]:
    """Each line that isn't empty, once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


class LabelledLinesField(TextDocumentField):
    """Values with labels, `{"gold": "Gold"}`, one a line as `gold = Gold`, or as two columns of a spreadsheet. A value
    alone is its own label."""

    kind = dict

    def read(self, text: str) -> dict[str, str]:
        found: dict[str, str] = {}
        problems = []
        for number, line in enumerate(text.splitlines(), start=1):
            value, _, label = (part.strip() for part in line.partition("\t" if "\t" in line else "="))
            if value in found:
                problems.append(f"Line {number}: “{value}” stands there twice.")
            elif value:
                found[value] = label or value
            elif label:
                problems.append(f"Line {number}: there is no value before the label; write gold = Gold.")
        refuse(problems)
        return found

    def write(self, document: Any) -> str:
        return "\n".join(value if value == label else f"{value} = {label}" for value, label in document.items())


class JsonOrTextField(forms.Field):
    """One JSON value, where a text needs no quotes: `demo` is the text, `3` the number, `"3"` the text again."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: Any) -> Any:
        text = value.strip() if isinstance(value, str) else ""
        if not text:
            return None
        if "\x00" in text or "\\u0000" in text:
            raise ValidationError("This holds a null character.", code="invalid")
        try:
            return parse_strictly(text)
        except ValueError as error:
            if text[0] in '[{"':
                raise ValidationError("This is not valid JSON.", code="invalid") from error
            return text

    def bound_data(self, data: Any, initial: Any) -> Any:
        return _Typed(data or "")

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, _Typed):
            return value or ""
        plain = isinstance(value, str) and self._reads_as(value, value)
        return value if plain else json.dumps(value, ensure_ascii=False)

    def _reads_as(self, text: str, value: object) -> bool:
        try:
            return bool(self.to_python(text) == value)
        except ValidationError:
            return False

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self._reads_as(data or "", initial)


class _Typed(str):
    """As it came from the form, to be shown again as it is."""


class Menu(forms.Select):
    """A menu without groups, written at once: Django renders a template for each of two hundred countries."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = self.format_value(value) or [""]
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, SELECTED if str(key) in chosen else "", label) for key, label in self.choices),
        )
        named = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(named), options)


class SearchableSelect(forms.Select):
    """A select that a script lets people search. `offered` is called when it is shown; what is stored and isn't among
    it stays an option."""

    Media = FieldMedia

    def __init__(self, offered: Callable[[], Iterable[tuple[str, str]]], *, empty: str = "") -> None:
        self.offered, self.empty = offered, empty
        super().__init__({"class": " ".join(SELECT_CLASSES), "data-enhance": "select"})

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        known = [("", self.empty), *self.offered()]
        values = {option for option, _ in known}
        self.choices = [*known, *((str(each), str(each)) for each in value if each not in values)]
        return super().optgroups(name, value, attrs)


def zones() -> list[tuple[str, str]]:
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name)]


def zone_select() -> SearchableSelect:
    return SearchableSelect(zones, empty="No time zone")


class CheckedTextsField(forms.MultipleChoiceField):
    """A list of texts of a few that are known, each to tick."""

    def __init__(self, *, choices: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        widget = UnfoldAdminCheckboxSelectMultipleWidget()
        super().__init__(**{"choices": choices, "widget": widget, "required": False, **kwargs})


class NamedFields(forms.MultiWidget):
    """Several fields as one, each with its label before it. One that is named "" is shown only where it holds
    something."""

    def __init__(self, fields: Mapping[str, tuple[str, forms.Widget]]) -> None:
        self.labels = [label for label, _ in fields.values()]
        super().__init__({name: widget for name, (_, widget) in fields.items()})

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        parts = self.get_context(name, value, attrs)["widget"]["subwidgets"]
        rows = (
            (
                mark_safe(" hidden") if part["name"] == name and not part["value"] else "",
                part["attrs"].get("id", ""),
                label,
                self._render(part["template_name"], {"widget": part}, renderer),  # type: ignore[attr-defined]
            )
            for part, label in zip(parts, self.labels, strict=True)
        )
        return format_html(
            '<div class="sy-named">{}</div>', format_html_join("", '<div{}><label for="{}">{}</label>{}</div>', rows)
        )
