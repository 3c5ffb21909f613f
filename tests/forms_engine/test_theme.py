import pytest

from forms_engine.errors import ThemeInvalid
from forms_engine.theme import (
    DARK_SURFACE,
    LIGHT_SURFACE,
    Theme,
    contrast,
    parse_theme,
    readable_on,
    theme_css,
    towards_contrast,
)

COLOURS = [
    f"#{red:02x}{green:02x}{blue:02x}" for red in (0, 127, 255) for green in (0, 127, 255) for blue in (0, 127, 255)
]


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", COLOURS)
def test_text_on_any_accent_is_readable(colour: str) -> None:
    assert contrast(readable_on(colour), colour) >= 4.5


@pytest.mark.parametrize("surface", [LIGHT_SURFACE, DARK_SURFACE])
@pytest.mark.parametrize("colour", COLOURS)
def test_any_accent_becomes_readable_on_the_page(colour: str, surface: str) -> None:
    assert contrast(towards_contrast(colour, surface, 4.5), surface) >= 4.5


def test_a_readable_accent_stays_as_the_brand_chose_it() -> None:
    assert towards_contrast("#3b4fd8", LIGHT_SURFACE, 4.5) == "#3b4fd8"


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
        {"colour": "#3b4fd8"},
    ],
)
def test_a_theme_that_is_not_one_is_refused(theme: object) -> None:
    with pytest.raises(ThemeInvalid):
        parse_theme(theme)


def test_a_theme_is_read_with_defaults() -> None:
    assert parse_theme({"accent": "#0a7d4f"}) == Theme(accent="#0a7d4f")


def test_the_stylesheet_holds_light_and_dark() -> None:
    css = theme_css(Theme())

    assert css.startswith(":root{")
    assert "prefers-color-scheme:dark" in css
