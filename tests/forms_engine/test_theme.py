import re
from itertools import product
from pathlib import Path

import pytest

from forms_engine.errors import ThemeInvalid
from forms_engine.theme import (
    PUBLIC,
    STYLES,
    TINT,
    Theme,
    contrast,
    mixed,
    parse_theme,
    readable_on,
    theme_css,
    towards_contrast,
)

ROOT = Path(__file__).resolve().parents[2]
COLOURS = ["#{:02x}{:02x}{:02x}".format(*rgb) for rgb in product((0, 127, 255), repeat=3)]
LIGHT, DARK = 0, 1
SURFACES = [STYLES["clear"].colours["surface"][scheme] for scheme in (LIGHT, DARK)]


def properties(css: str) -> dict[str, tuple[str, ...]]:
    """Name -> light and dark of every colour that differs, as a browser without overrides has them."""
    pairs = re.findall(r"--([\w-]+):\s*[^;{}]*?light-dark\((#\w+),\s*(#\w+)\)", css)
    return {name: (_long(light), _long(dark)) for name, light, dark in pairs}


def _long(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(digit * 2 for digit in colour[1:])


def form_css() -> str:
    """The source, without its comments."""
    return re.sub(r"/\*.*?\*/", "", (ROOT / "frontend/src/form.css").read_text(), flags=re.DOTALL)


def backgrounds(colours: dict[str, tuple[str, ...]], scheme: int) -> list[str]:
    """Everything that text stands on: page, card, field, and each with the accent in it."""
    plain = [colours[name][scheme] for name in ("ground", "surface", "field")]
    return plain + [mixed(colours["accent"][scheme], one, TINT) for one in plain]


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", COLOURS)
def test_text_on_any_accent_is_readable(colour: str) -> None:
    assert contrast(readable_on(colour), colour) >= 4.5


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("colour", COLOURS)
def test_any_accent_becomes_readable_on_the_page(colour: str, surface: str) -> None:
    assert contrast(towards_contrast(colour, surface, 4.5), surface) >= 4.5


def test_a_readable_accent_stays_as_the_brand_chose_it() -> None:
    assert towards_contrast("#3b4fd8", "#ffffff", 4.5) == "#3b4fd8"


def test_a_black_brand_is_a_white_one_in_the_dark() -> None:
    assert properties(theme_css(Theme(accent="#000000")))["accent"] == ("#000000", "#ffffff")


def test_by_day_a_button_has_the_very_colour_of_the_brand() -> None:
    assert properties(theme_css(Theme(accent="#ffd60a")))["accent"][LIGHT] == "#ffd60a"


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("accent", ["", *COLOURS])
@pytest.mark.parametrize("style", STYLES)
def test_every_accent_is_readable_in_every_style(style: str, accent: str, scheme: int) -> None:
    colours = properties(theme_css(Theme(style=style, accent=accent)))

    assert contrast(colours["on-accent"][scheme], colours["accent"][scheme]) >= 4.5
    assert min(contrast(colours["accent-ink"][scheme], one) for one in backgrounds(colours, scheme)) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("style", STYLES)
def test_every_style_is_readable(style: str, scheme: int) -> None:
    colours = properties(theme_css(Theme(style=style)))
    behind = backgrounds(colours, scheme)

    for name in ("ink", "ink-soft", "wrong"):
        assert min(contrast(colours[name][scheme], one) for one in behind) >= 4.5, name
    assert min(contrast(colours["line"][scheme], one) for one in behind[:3]) >= 3


@pytest.mark.parametrize(
    "theme",
    [
        [],
        {"accent": "red"},
        {"accent": "#3b4fd8;} body{display:none"},
        {"accent": 5},
        {"logo_url": "javascript:alert(1)"},
        {"logo_url": "http://example.com/logo.png"},
        {"logo_url": 'https://example.com/"onload="x'},
        {"radius": "huge"},
        {"font": "url(x)"},
        {"style": "brutal"},
        {"style": ["clear"]},
        {"colour": "#3b4fd8"},
    ],
)
def test_a_theme_that_is_not_one_is_refused(theme: object) -> None:
    with pytest.raises(ThemeInvalid):
        parse_theme(theme)


def test_a_theme_is_read_with_defaults() -> None:
    assert parse_theme({"accent": "#0a7d4f", "style": ""}) == Theme(style="clear", accent="#0a7d4f")


def test_a_brand_may_change_the_shape_of_a_style() -> None:
    assert "--radius:var(--switchyard-radius,4px)" in theme_css(Theme(style="soft", radius="small"))


def test_the_stylesheet_is_custom_properties_and_nothing_else() -> None:
    css = theme_css(Theme(style="bold"), ":host")
    outside = re.sub(r"--[\w-]+:[^;{}]+;", "", css)

    assert outside == ":host{}\n@supports (color:light-dark(#000,#fff)){:host{}}\n"


@pytest.mark.parametrize("style", STYLES)
def test_a_site_may_override_every_public_property(style: str) -> None:
    set_by_theme = set(re.findall(r"--([\w-]+):", theme_css(Theme(style=style))))

    assert set(re.findall(r"--([\w-]+): var\(--switchyard-\1,", form_css())) == PUBLIC
    assert set(re.findall(r"--([\w-]+):var\(--switchyard-\1,", theme_css(Theme(style=style)))) == PUBLIC & set_by_theme


def test_the_stylesheet_alone_is_the_clear_style() -> None:
    """Pages without a brand have no theme."""
    theme = properties(theme_css(Theme()))
    alone = properties(form_css())

    assert alone == {name: pair for name, pair in theme.items() if name != "on-accent"}
    assert theme["on-accent"] == ("#ffffff", "#ffffff")


def test_a_style_only_sets_what_the_stylesheet_reads() -> None:
    read = set(re.findall(r"var\(--([\w-]+)", form_css()))

    assert {name for style in STYLES.values() for name in style.properties} - read == set()


def test_the_stylesheet_asks_for_no_other_file() -> None:
    assert re.findall(r"@import|url\(", form_css()) == []


def test_the_stylesheet_works_from_right_to_left() -> None:
    """Logical properties only."""
    names = set(re.findall(r"[{;]\s*([a-z][a-z-]+):", form_css()))
    physical = {name for name in names if re.search(r"(^|-)(left|right|top|bottom|width|height)$", name)}

    assert physical == {"line-height", "border-width", "stroke-width"}
    assert re.findall(r": (?:left|right);|inset: \S+ \S+ \S+ \S+;", form_css()) == []


def test_every_public_property_is_documented() -> None:
    documented = re.findall(r"^\| `--switchyard-([\w-]+)` \|", (ROOT / "docs/theming.md").read_text(), re.MULTILINE)

    assert sorted(documented) == sorted(PUBLIC)
