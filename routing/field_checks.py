"""What the working copy's fields hold that Django has no field for, and how it is refused."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import models

from routing.hours import HoursInvalid, parse_hours, zone_named
from routing.territories import PostalAreaInvalid, parse_postal_area
from routing.vocabularies import named_vocabulary

HOURS_HELP = 'Such as {"mon": ["09:00-12:00", "13:00-17:00"]}. Empty: always.'


def check_zone(value: str) -> None:
    _as_validation_error(zone_named, value)


def check_hours(value: object) -> None:
    _as_validation_error(lambda document: parse_hours(document, "UTC"), value)  # type: ignore[arg-type]


def check_postal_areas(value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ValidationError('Must be a list such as ["DE 80", "DE 81..86"].')
    for entry in value:
        _as_validation_error(parse_postal_area, entry)


def _as_validation_error(check: Callable[[str], object], value: object) -> None:
    try:
        check(value)  # type: ignore[arg-type]
    except (HoursInvalid, PostalAreaInvalid) as invalid:
        raise ValidationError(str(invalid)) from invalid


def check_texts(value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(entry, str) and entry for entry in value):
        raise ValidationError("Must be a list of texts.")


def check_named(vocabulary: str, values: list[str]) -> None:
    """Raises ValidationError for the field of that name."""
    known = named_vocabulary(vocabulary) or {}
    unknown = [value for value in values if value not in known]
    if unknown:
        raise ValidationError({vocabulary: f"{unknown[0]!r} is not a code of {vocabulary}."})


def texts_field(help_text: str = "") -> models.JSONField:
    return models.JSONField(default=list, blank=True, validators=[check_texts], help_text=help_text)


def hours_field() -> models.JSONField:
    return models.JSONField(default=dict, blank=True, validators=[check_hours], help_text=HOURS_HELP)
