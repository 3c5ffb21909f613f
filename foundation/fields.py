"""A model field that holds a condition document and refuses one that doesn't parse."""

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from conditions import ConditionInvalid, Vocabulary, parse


class ConditionField(models.JSONField):
    """A rule in the one rule language, checked when saved.

    `vocabulary` is called at each validation, since the names that rules may use are themselves data; None
    parses leniently.
    """

    def __init__(self, *args: Any, vocabulary: Callable[[], Vocabulary] | None = None, **kwargs: Any) -> None:
        self.vocabulary = vocabulary
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
        return super().formfield(**{"widget": ConditionWidget(), "encoder": _ReadableEncoder, **kwargs})


class ConditionWidget(forms.Textarea):
    """The document as indented JSON in a monospaced box."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 6, "class": "condition-document", "spellcheck": "false", **(attrs or {})})


class _ReadableEncoder(json.JSONEncoder):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "indent": 2})
