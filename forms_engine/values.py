"""One answer at a time: what each field type takes, and the one form in which it is stored. Pure.

`canonical_value` takes JSON values as a server sends them; `from_text` first turns what a page or a CSV file can say
(texts only) into those. A refusal is a code with parameters; the words for it are `forms_engine.words`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import phonenumbers
import re2
from django.conf import settings

from forms_engine.places import countries, regions_of
from forms_engine.schema import EMAIL_TYPES, Field, HiddenSource
from leads.errors import EmailInvalid
from leads.identity import is_disposable, is_free_mail, normalise_email, registrable_domain

Value = str | int | float | bool | list[str]

LONGEST_EMAIL = 254
LONGEST_PHONE = 40
LARGEST_NUMBER = 10**15

_TRUE_TEXTS = frozenset({"on", "true", "yes", "y", "1"})
_FALSE_TEXTS = frozenset({"", "off", "false", "no", "n", "0"})
# Arabic and Persian keyboards write these.
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_NUMBER_TEXT = re.compile(r"[+-]?\d{1,18}(\.\d{1,9})?", re.ASCII)
_PHONE_TEXT = re.compile(r"\+?[\d ()./\-]{5,40}(\s?(x|ext\.?)\s?\d{1,6})?", re.IGNORECASE)
_HAS_SCHEME = re.compile(r"https?://", re.IGNORECASE)
# Scheme, host of at least two labels without user or password, port, and anything without spaces.
_URL = re.compile(
    r"(https?://)([^\s/?#@:.,;!\"'<>()\[\]{}|\\^`%&=+*$~]+(?:\.[^\s/?#@:.,;!\"'<>()\[\]{}|\\^`%&=+*$~]+)+)"
    r"((?::\d{1,5})?(?:[/?#][^\s]*)?)",
    re.IGNORECASE,
)
# Zero-width characters, spaces of any width and line ends: an answer of these alone answers nothing.
_INVISIBLE = frozenset({"Cf", "Zs", "Zl", "Zp", "Cc"})
# Letters and signs without ink: the Hangul fillers and the empty braille pattern.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")


class ValueRefused(Exception):
    """`code` and `parameters` say what is wrong, for `forms_engine.words`; never what was typed."""

    def __init__(self, code: str, **parameters: object) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters


@dataclass(frozen=True)
class Surroundings:
    """What reading one answer depends on beside the field. `country` (ISO) reads phone numbers without a country
    code, and tells which regions there are; `today` bounds dates, where it is given."""

    country: str | None = None
    today: date | None = None


def canonical_value(field: Field, raw: object, around: Surroundings | None = None) -> Value | None:
    """The value to store, or None for blank. Raises ValueRefused."""
    if raw is None or raw == "":
        return None
    around = around or Surroundings()
    if (reader := _READERS.get(field.type)) is not None:
        return reader(field, raw, around)
    if not isinstance(raw, str):
        raise ValueRefused("not_text")
    text = clean_text(raw, lines=field.type == "textarea", max_length=_longest(field))
    return _FROM_CLEAN_TEXT.get(field.type, _text)(field, text, around) if text else None


def blank_code(field: Field) -> str:
    """What a required field without an answer is refused for."""
    return _BLANK_CODE.get(field.type, "required")


def from_text(field: Field, texts: str | Sequence[str]) -> object:
    """What typed or ticked texts mean for this field. Texts that mean nothing stay, and are refused later."""
    if field.type == "checkboxes":
        return _list_from_texts(texts)
    text = texts if isinstance(texts, str) else next((each for each in texts if each.strip()), "")
    stripped = text.strip()
    if field.is_tick:
        lowered = stripped.lower()
        return True if lowered in _TRUE_TEXTS else False if lowered in _FALSE_TEXTS else text
    if field.type == "number":
        return _number_from_text(stripped)
    if field.choices:
        return next((choice.value for choice in field.choices if str(choice.value) == stripped), stripped)
    return text


def phone_in_country(text: str, country: str) -> str:
    """A number as typed beside a chosen country, as E.164 where it could be one of that country's; else as typed.

    A number that names its country itself (`+` or `00`) stays.
    """
    if len(text) > LONGEST_PHONE or text.strip().startswith(("+", "00")) or country not in countries():
        return text
    number = _parsed_phone(text, country)
    if number is None or not phonenumbers.is_possible_number(number):
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def clean_text(text: str, *, lines: bool, max_length: int) -> str:
    """Trimmed, in Unicode's NFC form, with one kind of line end; empty if nothing of it can be seen. Raises
    ValueRefused."""
    plain = text.strip()
    # Most answers are of printable ASCII, which is all of it seen, storable and in normal form.
    if plain.isascii() and plain.isprintable() and len(plain) <= max_length:
        return plain
    # Measured before anything is made of it: normalising can be slow on megabytes and lengthens some texts.
    if len(text) > max_length * 2 + 100:
        raise ValueRefused("too_long", max=max_length)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueRefused("characters") from None
    normal = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()
    allowed = "\n\t" if lines else ""
    if any(unicodedata.category(char) == "Cc" and char not in allowed for char in normal):
        raise ValueRefused("characters")
    if len(normal) > max_length:
        raise ValueRefused("too_long", max=max_length)
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


# Where in a context (docs/form-protocol.md, "The session") each kind of source is found.
_PLACE_IN_CONTEXT = {"query": "query", "utm": "utm", "cookie": "cookies", "data": "data"}


def _from_context(source: HiddenSource, context: Mapping[str, object]) -> str | int | float | bool | None:
    if source.kind == "constant":
        return source.value
    if source.kind == "referrer":
        value = context.get("referrer")
    else:
        found = context.get(_PLACE_IN_CONTEXT[source.kind])
        value = found.get(str(source.value)) if isinstance(found, Mapping) else None
    return value if isinstance(value, str) else None


def _longest(field: Field) -> int:
    if field.type in EMAIL_TYPES:
        return LONGEST_EMAIL
    return LONGEST_PHONE if field.type == "tel" else field.max_length


def _text(field: Field, text: str, around: Surroundings) -> str:
    if field.min_length is not None and len(text) < field.min_length:
        raise ValueRefused("too_short", min=field.min_length)
    if field.pattern and re2.fullmatch(field.pattern, text) is None:
        raise ValueRefused("pattern")
    return text


def _tick(field: Field, raw: object, around: Surroundings) -> bool:
    if not isinstance(raw, bool):
        raise ValueRefused("not_boolean")
    return raw


def _choice(field: Field, raw: object, around: Surroundings) -> str | int:
    # True == 1 and 1.0 == 1 in Python; a choice is only met by its own type.
    if isinstance(raw, str | int) and not isinstance(raw, bool) and raw in field.choice_of:
        return field.choice_of[raw].value
    raise ValueRefused("choice")


def _choices(field: Field, raw: object, around: Surroundings) -> list[str] | None:
    """In the order of the choices, each once; None for none."""
    if not isinstance(raw, list):
        raise ValueRefused("not_list")
    if not all(isinstance(value, str) and value in field.choice_of for value in raw):
        raise ValueRefused("choice")
    chosen = [str(choice.value) for choice in field.choices if choice.value in raw]
    if not chosen:
        return None
    if field.min_choices is not None and len(chosen) < field.min_choices:
        raise ValueRefused("too_few", min=field.min_choices)
    if field.max_choices is not None and len(chosen) > field.max_choices:
        raise ValueRefused("too_many", max=field.max_choices)
    return chosen


def _number(field: Field, raw: object, around: Surroundings) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or raw != raw:
        raise ValueRefused("not_number")
    low = -LARGEST_NUMBER if field.minimum is None else field.minimum
    high = LARGEST_NUMBER if field.maximum is None else field.maximum
    if raw < low:
        raise ValueRefused("too_low", min=low)
    if raw > high:
        raise ValueRefused("too_high", max=high)
    if field.whole and not float(raw).is_integer():
        raise ValueRefused("not_whole")
    return int(raw) if float(raw).is_integer() else raw


def _number_from_text(text: str) -> object:
    # Thousands separators as people type them: 1,200 or 1 200. A lone comma before other than three digits stays.
    plain = re.sub(r"(?<=\d)[,\u00a0\u202f ](?=\d{3}(\D|$))", "", text.translate(_ARABIC_DIGITS))
    if not _NUMBER_TEXT.fullmatch(plain):
        return text
    return float(plain) if "." in plain else int(plain)


def _list_from_texts(texts: str | Sequence[str]) -> list[str]:
    """Ticked boxes of a page; or one text of a file, parted by `;`, or of a page, parted by line ends."""
    parts = re.split(r"[;\n]", texts) if isinstance(texts, str) else texts
    return [part.strip() for part in parts if part.strip()]


def _email(field: Field, text: str, around: Surroundings) -> str:
    try:
        email = normalise_email(text)
    except EmailInvalid:
        raise ValueRefused("email_syntax") from None
    kind = _mail_kind(field, email)
    if kind and _mail_rule(field, kind) == "block":
        raise ValueRefused("email_free" if kind == "free_mail" else "email_disposable")
    return email


def mail_mark(field: Field, email: str) -> str:
    """`disposable` or `free_mail` where the form wants such an address flagged; else empty."""
    kind = _mail_kind(field, email)
    return kind if kind and _mail_rule(field, kind) == "flag" else ""


def _mail_rule(field: Field, kind: str) -> str:
    return field.free_mail if kind == "free_mail" else field.disposable


def _mail_kind(field: Field, email: str) -> str:
    """`disposable`, `free_mail`, or empty: neither, or a domain that the form takes all the same."""
    domain = email.rpartition("@")[2]
    registrable = registrable_domain(domain) or domain
    names = {domain, registrable}
    if not {*field.allow_domains, *settings.COMPANY_MAIL_DOMAINS}.isdisjoint(names):
        return ""
    if any(is_disposable(name) for name in names):
        return "disposable"
    return "free_mail" if any(is_free_mail(name) for name in names) else ""


def _phone(field: Field, text: str, around: Surroundings) -> str:
    """E.164 where the number is valid in the world's numbering plans; else as typed, if it looks like a number.

    Refusing what a library doesn't know would cost leads; who reads the number can still dial it.
    """
    for spelling in (text, f"+{text[2:]}") if text.startswith("00") else (text,):
        number = _parsed_phone(spelling, around.country)
        if number is not None and phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not _PHONE_TEXT.fullmatch(text) or sum(char.isdigit() for char in text) < 5:
        raise ValueRefused("phone")
    return " ".join(text.split())


def _parsed_phone(text: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None


def _country(field: Field, text: str, around: Surroundings) -> str:
    code = text.upper()
    if code not in countries():
        raise ValueRefused("country")
    return code


def _region(field: Field, text: str, around: Surroundings) -> str:
    """An ISO 3166-2 code of the country answered before."""
    code = text.upper()
    if around.country is None or code not in regions_of(around.country):
        raise ValueRefused("region")
    return code


def _url(field: Field, text: str, around: Surroundings) -> str:
    """http or https, which is added where people leave it out; scheme and host in small letters."""
    found = _URL.fullmatch(text if _HAS_SCHEME.match(text) else f"https://{text}")
    if found is None:
        raise ValueRefused("url")
    address = found[1].lower() + found[2].lower() + found[3]
    if len(address) > field.max_length:
        raise ValueRefused("too_long", max=field.max_length)
    return address


def _date(field: Field, text: str, around: Surroundings) -> str:
    try:
        if date.fromisoformat(text).isoformat() != text:
            raise ValueRefused("date")
    except ValueError:
        raise ValueRefused("date") from None
    earliest, latest = _date_bound(field.earliest, around.today, -1), _date_bound(field.latest, around.today, +1)
    if earliest and text < earliest:
        raise ValueRefused("date_early", min=_said(field.earliest, around.today))
    if latest and text > latest:
        raise ValueRefused("date_late", max=_said(field.latest, around.today))
    return text


def _date_bound(bound: str, today: date | None, spare_days: int) -> str:
    """For `today` a day more than the bound says: where the visitor is, it may be yesterday or tomorrow."""
    if bound != "today":
        return bound
    return (today + timedelta(days=spare_days)).isoformat() if today else ""


def _said(bound: str, today: date | None) -> str:
    return today.isoformat() if bound == "today" and today else bound


_READERS: Mapping[str, Callable[[Field, object, Surroundings], Value | None]] = {
    "checkbox": _tick,
    "consent": _tick,
    "select": _choice,
    "radio": _choice,
    "checkboxes": _choices,
    "number": _number,
}
_FROM_CLEAN_TEXT: Mapping[str, Callable[[Field, str, Surroundings], str]] = {
    "email": _email,
    "work_email": _email,
    "tel": _phone,
    "country": _country,
    "region": _region,
    "url": _url,
    "date": _date,
}
_BLANK_CODE = {
    "select": "required_choice",
    "radio": "required_choice",
    "checkboxes": "required_choice",
    "country": "required_choice",
    "region": "required_choice",
    "checkbox": "required_tick",
    "consent": "required_tick",
    "email": "required_email",
    "work_email": "required_email",
}
