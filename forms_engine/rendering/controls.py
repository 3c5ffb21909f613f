"""What a visitor types into or chooses from, by field type: static markup with the holes it fills. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

import phonenumbers

from forms_engine.places import countries, regions_of
from forms_engine.rendering.chunks import Hole, Options, Part, attributes
from forms_engine.schema import Definition, Field
from forms_engine.values import LONGEST_EMAIL, LONGEST_PHONE
from forms_engine.words import say

Texts = Mapping[str, Sequence[str]]
Answered = Mapping[str, object]

_INPUT_TYPES = {"email": "email", "work_email": "email", "tel": "tel", "url": "url", "date": "date"}
_INPUT_MODES = {"email": "email", "work_email": "email", "tel": "tel", "number": "decimal", "url": "url"}
_MAX_LENGTHS = {"email": LONGEST_EMAIL, "work_email": LONGEST_EMAIL, "tel": LONGEST_PHONE, "number": 24, "date": 10}
_INVALID, _VALUE, _OPTIONS, _DIAL = Hole("invalid"), Hole("value"), Hole("options"), Hole("dial")


@dataclass(frozen=True)
class Control:
    """`parts` is the markup; `opening` that of the fieldset around a group, its tag left open.

    `fill` gives the holes for what was typed (by field key) and for what is answered (canonical values by field key).
    `names` are what it posts under. `asks` is the field whose answer changes what it offers.
    """

    parts: tuple[Part, ...]
    fill: Callable[[Texts, Answered], dict[str, str]]
    default: Texts
    names: tuple[str, ...]
    asks: str = ""
    opening: tuple[Part, ...] = ()

    def at_rest(self) -> dict[str, str]:
        return self.fill(self.default, {})

    def is_touched(self, texts: Texts, answered: Answered) -> bool:
        return self.asks in answered or any(name in texts for name in self.names)


def control_of(field: Field, *, language: str) -> Control:
    return _MAKERS.get(field.type, _input)(field, language)


def names_of(field: Field) -> tuple[str, ...]:
    """What the field posts under: a phone number has its country beside it."""
    return (field.key, f"{field.key}__country") if field.country_select else (field.key,)


def default_texts(field: Field) -> Texts:
    """What the field shows before it is touched."""
    return {} if field.default is None else {field.key: texts_of_value(field.default)}


def texts_of(definition: Definition, answers: Mapping[str, object]) -> Texts:
    """Answers as a page posts them, for those that the form can hold."""
    return {item.key: texts_of_value(answers[item.key]) for item in definition.answerable_fields if item.key in answers}


def texts_of_value(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    if isinstance(value, bool):
        return ["on"] if value else []
    return [str(value)]


def first_text(texts: Texts, name: str) -> str:
    given = texts.get(name)
    return given[0] if given else ""


def _input(field: Field, language: str) -> Control:
    mode = "numeric" if field.type == "number" and field.whole else _INPUT_MODES.get(field.type)
    tag = "<input" + attributes(
        id=f"f-{field.key}",
        name=field.key,
        type=_INPUT_TYPES.get(field.type, "text"),
        inputmode=mode,
        autocomplete=field.autocomplete,
        maxlength=_MAX_LENGTHS.get(field.type, field.max_length),
        min=_iso(field.earliest),
        max=_iso(field.latest),
        placeholder=field.placeholder,
        dir="auto" if field.type != "date" else None,
        aria_required="true" if field.required else None,
        aria_describedby=described_by(field),
    )

    def fill(texts: Texts, answered: Answered) -> dict[str, str]:
        return {"value": escape(first_text(texts, field.key))}

    return _plain(field, (tag, ' value="', _VALUE, '"', _INVALID, ">"), fill)


def _textarea(field: Field, language: str) -> Control:
    tag = "<textarea" + attributes(
        id=f"f-{field.key}",
        name=field.key,
        rows=4,
        maxlength=field.max_length,
        placeholder=field.placeholder,
        dir="auto",
        aria_required="true" if field.required else None,
        aria_describedby=described_by(field),
    )

    def fill(texts: Texts, answered: Answered) -> dict[str, str]:
        return {"value": escape(first_text(texts, field.key))}

    # The first line end within a textarea is the markup's, not the text's.
    return _plain(field, (tag, _INVALID, ">\n", _VALUE, "</textarea>"), fill)


def _select(field: Field, language: str) -> Control:
    pairs = [(str(choice.value), choice.label) for choice in field.choices]
    return _select_of(field, language, lambda answered: _select_options(pairs))


def _country(field: Field, language: str) -> Control:
    options = _country_options(language)
    return _select_of(field, language, lambda answered: options)


def _region(field: Field, language: str) -> Control:
    def regions(answered: Answered) -> Options:
        return _region_options(str(answered.get(field.country_key, "")), language)

    return _select_of(field, language, regions, asks=field.country_key)


def _select_of(field: Field, language: str, options_for: Callable[[Answered], Options], *, asks: str = "") -> Control:
    tag = '<div class="chevron"><select' + attributes(
        id=f"f-{field.key}",
        name=field.key,
        autocomplete=field.autocomplete,
        data_search=field.searchable,
        data_country=asks,
        aria_required="true" if field.required else None,
        aria_describedby=described_by(field),
    )
    blank = f'>\n<option value="">{escape(field.placeholder or say(language, "choose"))}</option>\n'
    static = options_for({})

    def fill(texts: Texts, answered: Answered) -> dict[str, str]:
        options = options_for(answered) if asks else static
        return {"options": options.choosing(texts.get(field.key, ()))}

    return _plain(field, (tag, _INVALID, blank, _OPTIONS, "</select></div>"), fill, asks=asks)


def _phone(field: Field, language: str) -> Control:
    number = _input(field, language)
    if not field.country_select:
        return number
    _, name = names_of(field)
    label = escape(say(language, "country_code"))
    tag = f'<div class="phone"><select name="{name}" aria-label="{label}" autocomplete="off">\n'
    blank = f'<option value="">{label}</option>\n'
    options = _dial_options(language)

    def fill(texts: Texts, answered: Answered) -> dict[str, str]:
        chosen = texts.get(name, [str(answered.get(field.country_key, ""))])
        return {**number.fill(texts, answered), "dial": options.choosing(chosen)}

    parts = (tag, blank, _DIAL, "</select>", *number.parts, "</div>")
    return Control(parts, fill, number.default, names=names_of(field), asks=field.country_key)


def _group(field: Field, language: str) -> Control:
    """Radio buttons, or boxes of which several may be ticked."""
    is_radio = field.type == "radio"
    opening = "<fieldset" + attributes(
        role="radiogroup" if is_radio else "group",
        # ARIA knows no required group of boxes; the label and the error say it.
        aria_required="true" if is_radio and field.required else None,
        aria_describedby=described_by(field),
    )
    kind = "radio" if is_radio else "checkbox"
    options = Options(
        [_group_option(field.key, kind, i, str(c.value), c.label) for i, c in enumerate(field.choices)], mark=" checked"
    )

    def fill(texts: Texts, answered: Answered) -> dict[str, str]:
        return {"options": options.choosing(texts.get(field.key, ()))}

    parts = ('<div class="options">\n', _OPTIONS, "</div>")
    return Control(parts, fill, default_texts(field), names=(field.key,), opening=(opening, _INVALID))


def _tick(field: Field, language: str) -> Control:
    tag = "<input" + attributes(
        id=f"f-{field.key}",
        name=field.key,
        type="checkbox",
        aria_required="true" if field.required else None,
        aria_describedby=described_by(field),
    )

    def fill(texts: Texts, answered: Answered) -> dict[str, str]:
        return {"value": " checked" if first_text(texts, field.key) else ""}

    return _plain(field, (tag, ' value="on"', _VALUE, _INVALID, ">"), fill)


def _nothing(field: Field, language: str) -> Control:
    return Control((), lambda texts, answered: {}, {}, names=())


_MAKERS: Mapping[str, Callable[[Field, str], Control]] = {
    "textarea": _textarea,
    "select": _select,
    "country": _country,
    "region": _region,
    "tel": _phone,
    "radio": _group,
    "checkboxes": _group,
    "checkbox": _tick,
    "consent": _tick,
    "statement": _nothing,
}


def _plain(
    field: Field, parts: tuple[Part, ...], fill: Callable[[Texts, Answered], dict[str, str]], *, asks: str = ""
) -> Control:
    return Control(parts, fill, default_texts(field), names=(field.key,), asks=asks)


def described_by(field: Field) -> str:
    return f"f-{field.key}-error" + (f" f-{field.key}-help" if field.help else "")


def _iso(date: str) -> str | None:
    """The bound itself; `today` moves, so it is left to the checks."""
    return date if date and date != "today" else None


def _select_options(pairs: Sequence[tuple[str, str]]) -> Options:
    return Options(
        [(value, f'<option value="{escape(value)}"', f">{escape(label)}</option>\n") for value, label in pairs],
        mark=" selected",
    )


def _group_option(key: str, kind: str, i: int, value: str, label: str) -> tuple[str, str, str]:
    identity = f"f-{key}-{i}"
    before = f'<label class="option" for="{identity}"><input type="{kind}" id="{identity}" name="{key}"'
    rest = f' value="{escape(value)}"'
    return value, before + rest, f'><span dir="auto">{escape(label)}</span></label>\n'


# The same for every form of a language.


@lru_cache(maxsize=32)
def _country_options(language: str) -> Options:
    return _select_options(list(countries(language).items()))


@lru_cache(maxsize=32)
def _dial_options(language: str) -> Options:
    names = countries(language)
    codes = {code: phonenumbers.country_code_for_region(code) for code in names}
    return Options(
        [
            (code, f'<option value="{code}" data-dial="{codes[code]}"', f">{escape(name)} +{codes[code]}</option>\n")
            for code, name in names.items()
            if codes[code]
        ],
        mark=" selected",
    )


@lru_cache(maxsize=512)
def _region_options(country: str, language: str) -> Options:
    return _select_options(list(regions_of(country, language).items()))
