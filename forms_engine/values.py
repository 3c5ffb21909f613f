"""One answer at a time: what each field type takes, and the one form in which it is stored. Pure.

`canonical_value` takes JSON values as a server sends them; `from_text` first turns what a page or a CSV file can say
(texts only) into those.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from functools import cache

import phonenumbers
import pycountry
from django.conf import settings

from forms_engine.schema import EMAIL_TYPES, Field, HiddenSource
from leads.errors import EmailInvalid
from leads.identity import is_disposable, is_free_mail, normalise_email, registrable_domain

Value = str | int | float | bool

LONGEST_EMAIL = 254
LONGEST_PHONE = 40
LARGEST_NUMBER = 10**15

_TRUE_TEXTS = frozenset({"on", "true", "yes", "y", "1"})
_FALSE_TEXTS = frozenset({"", "off", "false", "no", "n", "0"})
_NUMBER_TEXT = re.compile(r"[+-]?\d{1,18}(\.\d{1,9})?")
_PHONE_TEXT = re.compile(r"\+?[\d ()./\-]{5,40}(\s?(x|ext\.?)\s?\d{1,6})?", re.IGNORECASE)
# Zero-width characters, spaces of any width and line ends: an answer of these alone answers nothing.
_INVISIBLE = frozenset({"Cf", "Zs", "Zl", "Zp", "Cc"})
# Letters and signs without ink: the Hangul fillers and the empty braille pattern.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")


class ValueRefused(Exception):
    """`message` tells the visitor what to do; it never repeats what was typed."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def canonical_value(field: Field, raw: object, *, country: str | None = None) -> Value | None:
    """The value to store, or None for blank. `country` (ISO) reads phone numbers without a country code.

    Raises ValueRefused.
    """
    if raw is None or raw == "":
        return None
    if field.type == "checkbox":
        return _checkbox(raw)
    if field.choices:
        return _choice(field, raw)
    if field.type == "number":
        return _number(field, raw)
    if not isinstance(raw, str):
        raise ValueRefused("This must be a text.")
    text = clean_text(raw, lines=field.type == "textarea", max_length=_longest(field))
    return _from_clean_text(field, text, country) if text else None


def from_text(field: Field, text: str) -> object:
    """What a typed or ticked text means for this field. Texts that mean nothing stay, and are refused later."""
    stripped = text.strip()
    if field.type == "checkbox":
        lowered = stripped.lower()
        return True if lowered in _TRUE_TEXTS else False if lowered in _FALSE_TEXTS else text
    if field.type == "number":
        return _number_from_text(stripped)
    if field.choices:
        return next((choice.value for choice in field.choices if str(choice.value) == stripped), stripped)
    return text


def clean_text(text: str, *, lines: bool, max_length: int) -> str:
    """Trimmed, in Unicode's NFC form, with one kind of line end; empty if nothing of it can be seen. Raises
    ValueRefused."""
    # Measured before anything is made of it: normalising can be slow on megabytes and lengthens some texts.
    if len(text) > max_length * 2 + 100:
        raise ValueRefused(f"This must not be longer than {max_length} characters.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueRefused("This holds characters that can't be stored.") from None
    normal = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()
    allowed = "\n\t" if lines else ""
    if any(unicodedata.category(char) == "Cc" and char not in allowed for char in normal):
        raise ValueRefused("This holds control characters.")
    if len(normal) > max_length:
        raise ValueRefused(f"This must not be longer than {max_length} characters.")
    return normal if any(_is_seen(char) for char in normal) else ""


def _is_seen(char: str) -> bool:
    return char not in _BLANK_LETTERS and unicodedata.category(char) not in _INVISIBLE


def hidden_value(field: Field, context: Mapping[str, object]) -> Value | None:
    """A hidden field's value from the context; what can't be stored counts as absent, for nobody could mend it."""
    raw = _from_context(field.source, context) if field.source else None
    if not isinstance(raw, str):
        return raw
    try:
        return clean_text(raw, lines=False, max_length=field.max_length) or None
    except ValueRefused:
        return None


def _from_context(source: HiddenSource, context: Mapping[str, object]) -> Value | None:
    if source.kind == "constant":
        return source.value
    found = context.get(source.kind)
    value = found.get(str(source.value)) if isinstance(found, Mapping) else None
    return value if isinstance(value, str) else None


def _longest(field: Field) -> int:
    if field.type in EMAIL_TYPES:
        return LONGEST_EMAIL
    return LONGEST_PHONE if field.type == "tel" else field.max_length


def _from_clean_text(field: Field, text: str, country: str | None) -> str:
    if field.type in EMAIL_TYPES:
        return _email(field, text)
    if field.type == "tel":
        return _phone(text, country)
    if field.type == "country":
        return _country(text)
    return text


def _checkbox(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueRefused("This must be true or false.")
    return raw


def _choice(field: Field, raw: object) -> str | int:
    # True == 1 and 1.0 == 1 in Python; a choice is only met by its own type.
    if isinstance(raw, str | int) and not isinstance(raw, bool) and raw in field.choice_of:
        return field.choice_of[raw].value
    raise ValueRefused("Choose one of the options.")


def _number(field: Field, raw: object) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ValueRefused("This must be a number.")
    if not abs(raw) <= LARGEST_NUMBER or not math.isfinite(raw):
        raise ValueRefused("This number is too large.")
    if field.minimum is not None and raw < field.minimum:
        raise ValueRefused(f"This must be {field.minimum} or more.")
    if field.maximum is not None and raw > field.maximum:
        raise ValueRefused(f"This must be {field.maximum} or less.")
    return int(raw) if float(raw).is_integer() else raw


def _number_from_text(text: str) -> object:
    # Thousands separators as people type them: 1,200 or 1 200. A lone comma before other than three digits stays.
    plain = re.sub(r"(?<=\d)[,\u00a0\u202f ](?=\d{3}(\D|$))", "", text)
    if not _NUMBER_TEXT.fullmatch(plain):
        return text
    return float(plain) if "." in plain else int(plain)


def _email(field: Field, text: str) -> str:
    try:
        email = normalise_email(text)
    except EmailInvalid:
        raise ValueRefused("Enter an e-mail address like name@company.com.") from None
    if field.type == "work_email" and not _is_work_email(email, field.allow_domains):
        raise ValueRefused("Use your work e-mail address, please.")
    return email


def _is_work_email(email: str, allow_domains: frozenset[str]) -> bool:
    domain = email.rpartition("@")[2]
    registrable = registrable_domain(domain) or domain
    if not {*allow_domains, *settings.COMPANY_MAIL_DOMAINS}.isdisjoint({domain, registrable}):
        return True
    return not any(is_disposable(name) or is_free_mail(name) for name in {domain, registrable})


def _phone(text: str, country: str | None) -> str:
    """E.164 where the number is valid in the world's numbering plans; else as typed, if it looks like a number.

    Refusing what a library doesn't know would cost leads; who reads the number can still dial it.
    """
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and phonenumbers.is_valid_number(number):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not _PHONE_TEXT.fullmatch(text) or sum(char.isdigit() for char in text) < 5:
        raise ValueRefused("Enter a phone number, best with its country code, like +49 30 1234567.")
    return " ".join(text.split())


def _country(text: str) -> str:
    code = text.upper()
    if code not in countries():
        raise ValueRefused("Choose a country.")
    return code


@cache
def countries() -> Mapping[str, str]:
    """ISO 3166 code -> the name people know it by, sorted by name."""
    names = {country.alpha_2: getattr(country, "common_name", country.name) for country in pycountry.countries}
    return dict(sorted(names.items(), key=lambda item: _sort_key(item[1])))


def _sort_key(name: str) -> str:
    # Without accents, so that Åland stands with A.
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
