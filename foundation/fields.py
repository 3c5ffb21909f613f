"""Fields for documents that people type: JSON in a box, and conditions that are refused unless they parse."""

import json
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.fields import InvalidJSONInput
from django.urls import reverse

from conditions import ConditionInvalid, Vocabulary, parse
from foundation.strict_json import parse_strictly


class ReadableJson(json.JSONEncoder):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "indent": 2, "ensure_ascii": False, "sort_keys": False})


def check_one_line(text: str) -> None:
    """Names stand in subjects of mail, in lists and in sentences, where a line that breaks does harm."""
    if any(unicodedata.category(sign) == "Cc" for sign in text):
        raise ValidationError("A name is one line, without control characters.", code="control_character")


# Django's own can't be subscripted when the module is run.
if TYPE_CHECKING:
    _Line = models.CharField[str, str]
else:
    _Line = models.CharField


class NameField(_Line):
    """One line of text. To migrations it is any other text: the database asks for nothing more."""

    default_validators = [check_one_line]

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class JsonTextField(forms.JSONField):
    """JSON in a box to edit, indented. An empty box, and null, mean `empty`; then nothing but its type is taken.

    What the API refuses (NaN, repeated keys, …) is refused here too, and so is a null character, which PostgreSQL can't
    store.
    """

    def __init__(self, *, empty: Callable[[], object] | None = None, encoder: Any = None, **kwargs: Any) -> None:
        self.empty = empty
        super().__init__(encoder=encoder or ReadableJson, **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and not value.strip() and self.empty is not None:
            return self.empty()
        if isinstance(value, str) and value.strip():
            try:
                parsed = parse_strictly(value)
            except ValueError as error:
                raise ValidationError("This is not valid JSON.", code="invalid") from error
            if "\\u0000" in json.dumps(parsed):
                raise ValidationError("This holds a null character.", code="invalid")
            if self.empty is not None:
                return self._of_the_right_type(parsed)
        return super().to_python(value)

    def _of_the_right_type(self, parsed: Any) -> Any:
        empty = self.empty() if self.empty is not None else None
        if parsed is not None and type(parsed) is not type(empty):
            kind = "a list" if isinstance(empty, list) else "an object"
            raise ValidationError(f"This must be {kind}.", code="invalid")
        return empty if parsed is None else parsed

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What can't be parsed is shown again as typed; Django's own look at it fails on what is nested deeply."""
        try:
            parse_strictly(data or "null")
        except (TypeError, ValueError):
            return InvalidJSONInput(data)
        return super().bound_data(data, initial)


class ConditionField(models.JSONField):
    """A rule in the one rule language, checked when saved.

    `vocabulary` is called at each validation, since the names that rules may use are themselves data; None
    parses leniently. `builder` names the address that the condition builder asks (foundation/pages/conditions.py).
    """

    # Django doesn't validate what it takes for empty; but `[]` and "" aren't conditions, only `{}` is.
    empty_values = ()

    def __init__(
        self, *args: Any, vocabulary: Callable[[], Vocabulary] | None = None, builder: str = "", **kwargs: Any
    ) -> None:
        self.vocabulary = vocabulary
        self.builder = builder
        kwargs.setdefault("default", dict)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        try:
            parse(value, self.vocabulary() if self.vocabulary else None)
        except ConditionInvalid as invalid:
            raise ValidationError(str(invalid), code="condition_invalid") from invalid

    def formfield(self, **kwargs: Any) -> Any:
        """The widget is always its own: the admin gives all JSON the same box."""
        own = {"form_class": JsonTextField, "empty": dict, "widget": ConditionWidget(builder=self.builder)}
        return super().formfield(**{**kwargs, **own})


class ConditionWidget(forms.Textarea):
    """The document as indented JSON in a monospaced box. With a `builder` (the name of an address) a script shows rows
    in its place; the box stays what the form sends."""

    class Media:
        css = {"all": ["foundation/workbench/fields.css"]}
        js = ["foundation/workbench/condition-builder.js"]

    def __init__(self, attrs: dict[str, Any] | None = None, *, builder: str = "") -> None:
        self.builder = builder
        super().__init__({"rows": 6, "class": "condition-document", "spellcheck": "false", **(attrs or {})})

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        address = {"data-condition-builder": reverse(self.builder)} if self.builder else {}
        return {**super().build_attrs(base_attrs, extra_attrs), **address}
