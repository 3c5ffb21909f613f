"""A form with one field for each input of a contract: choices by name, numbers, yes or no, lists."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from foundation.widgets import Menu
from routing.contract import Contract, InputSpec
from routing.geography import countries_of_region
from routing.plan import Plan

PREFIX = "in"
# More choices than these are typed, with suggestions, instead of picked from one long menu.
MOST_IN_A_MENU = 300
MOST_SUGGESTED = 100
LONGEST_TEXT = 500
LONGEST_LIST = 4000
UNKNOWN = ("", "unknown")


class InputsForm(forms.Form):
    """Bound with what was typed; `given` are the typed values by key, without those left empty."""

    def __init__(self, data: Any, *, plan: Plan) -> None:
        super().__init__(data, prefix=PREFIX)
        for spec in plan.contract.inputs:
            field = _FIELDS[spec.type](spec, plan)
            field.label = spec.label or spec.key
            field.required = False
            field.help_text = field.help_text or _default_in_words(spec)
            self.fields[spec.key] = field

    @property
    def given(self) -> dict[str, object]:
        return {key: value for key, value in self.cleaned_data.items() if value not in (None, "", [])}


def as_form_data(values: Mapping[str, object], contract: Contract) -> MultiValueDict[str, str]:
    """What a browser would have sent for these values."""
    data: MultiValueDict[str, str] = MultiValueDict()
    for key, value in values.items():
        spec = contract.by_key.get(key)
        if spec is not None:
            data.setlist(f"{PREFIX}-{key}", _texts(spec, value))
    return data


def _texts(spec: InputSpec, value: object) -> list[str]:
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, list):
        items = [str(item) for item in value]
        return items if spec.choices else ["\n".join(items)]
    return [str(value)]


def is_filled_in(data: Iterable[str]) -> bool:
    return any(name.startswith(f"{PREFIX}-") for name in data)


class _ListField(forms.CharField):
    """Texts, one a line or with commas between them; none comes twice."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        parts = (part.strip() for line in text.splitlines() for part in line.split(","))
        return list(dict.fromkeys(part for part in parts if part))


class _NamedField(forms.CharField):
    """One of very many choices, by code or by name."""

    def __init__(self, choices: Mapping[str, str], **options: Any) -> None:
        super().__init__(**options)
        self._choices = choices

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text or text in self._choices:
            return text
        sought = text.casefold()
        codes = [code for code, name in self._choices.items() if sought in (code.casefold(), name.casefold())]
        if len(codes) == 1:
            return codes[0]
        if codes:
            raise forms.ValidationError(f"{text} is the name of several; write one of {', '.join(codes[:8])}.")
        raise forms.ValidationError(f"{text} is not known here. Write its code or its name.")


class _NumberField(forms.FloatField):
    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        return int(number) if number is not None and float(number).is_integer() else number


class _YesNoField(forms.ChoiceField):
    def clean(self, value: Any) -> Any:
        return {"yes": True, "no": False}.get(super().clean(value))


def _string_field(spec: InputSpec, plan: Plan) -> forms.Field:
    if spec.choices and len(spec.choices) <= MOST_IN_A_MENU:
        by_name = sorted(spec.choices.items(), key=lambda choice: choice[1].casefold())
        return forms.ChoiceField(choices=[UNKNOWN, *by_name], widget=Menu)
    widget = forms.TextInput(attrs={"list": f"{PREFIX}-{spec.key}-suggestions", "autocomplete": "off"})
    if spec.choices:
        field: forms.CharField = _NamedField(spec.choices, widget=widget, max_length=LONGEST_TEXT)
        field.help_text = "A code or a name."
    else:
        field = forms.CharField(widget=widget, max_length=LONGEST_TEXT)
    field.suggestions = _suggestions(spec, plan)  # type: ignore[attr-defined]
    return field


def _number_field(spec: InputSpec, plan: Plan) -> forms.Field:
    return _NumberField(widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}))


def _yes_no_field(spec: InputSpec, plan: Plan) -> forms.Field:
    return _YesNoField(choices=[UNKNOWN, ("yes", "yes"), ("no", "no")])


def _list_field(spec: InputSpec, plan: Plan) -> forms.Field:
    if not spec.choices:
        return _ListField(max_length=LONGEST_LIST, help_text="One a line.")
    return forms.MultipleChoiceField(choices=list(spec.choices.items()), widget=forms.CheckboxSelectMultiple)


_FIELDS: Mapping[str, Callable[[InputSpec, Plan], forms.Field]] = {
    "string": _string_field,
    "number": _number_field,
    "boolean": _yes_no_field,
    "list": _list_field,
}


def _suggestions(spec: InputSpec, plan: Plan) -> list[tuple[str, str]]:
    """Value and label of what the plan names; of an account's owner, the reps."""
    if spec.key == "account_owner":
        found = [(rep.email, rep.name) for rep in plan.reps.values()]
    else:
        named = [value for value in plan.literals.get(spec.key, ()) if isinstance(value, str)]
        found = [(value, _name(spec, value)) for value in named]
    return found[:MOST_SUGGESTED]


def _name(spec: InputSpec, value: str) -> str:
    name = (spec.choices or {}).get(value, "")
    return f"{name}, {'/'.join(sorted(countries_of_region(value)))}" if spec.vocabulary == "regions" and name else name


def _default_in_words(spec: InputSpec) -> str:
    if spec.default is None:
        return "Required." if spec.required else ""
    choices = spec.choices or {}
    known = choices.get(spec.default, spec.default) if isinstance(spec.default, str) else spec.default
    return f"Left empty: {known} is assumed."
