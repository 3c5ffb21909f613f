"""A brand's look: a small checked document, turned into CSS custom properties with readable contrast. Pure.

A style is the character (colours of the page, shape, size of the type); accent, radius and font are the brand's own.
The properties are those that `frontend/src/form.css` reads; the style `clear` is also what that file holds itself.

Contrast is WCAG 2.2's (relative luminance, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio): whatever accent colour a
brand chooses, text on it and text in it keep 4.5:1, and so do ticks, focus rings and the edges of buttons, in light and
in dark.
"""

import colorsys
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from forms_engine.errors import ThemeInvalid

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_LOGO = re.compile(r"(https://[A-Za-z0-9.-]+(:\d+)?)?/[A-Za-z0-9._~%/-]*(\?[A-Za-z0-9._~%&=-]*)?")
RADII: Mapping[str, str] = {"none": "0px", "small": "4px", "medium": "10px", "large": "16px"}
FONTS: Mapping[str, str] = {
    "system": 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
    "humanist": 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", source-sans-pro, sans-serif',
    "geometric": "Avenir, Montserrat, Corbel, URW Gothic, source-sans-pro, sans-serif",
    "serif": '"Iowan Old Style", "Palatino Linotype", "URW Palladio L", P052, Georgia, serif',
}
_BACKGROUNDS = ("surface", "ground", "field")
# What a site may set on its embed as `--switchyard-…`; see docs/theming.md.
_PUBLIC_COLOURS = "accent", "on-accent", "accent-ink", "surface", "ground", "field", "ink", "ink-soft", "line", "wrong"
PUBLIC = frozenset((*_PUBLIC_COLOURS, "radius", "font", "size", "gap", "title-size", "shadow"))
# How strongly form.css mixes the accent into the surface behind chosen options and notices (--tint).
TINT = 0.08
# Below this a colour is a grey to the eye: black buttons become white ones in the dark, not grey ones.
_GREY = 0.1

Rgb = tuple[float, float, float]
LightDark = tuple[str, str]


@dataclass(frozen=True)
class Style:
    """`colours` (name -> light and dark) and `properties` are custom properties of form.css, without their dashes."""

    accent: LightDark
    colours: Mapping[str, LightDark]
    radius: str = "medium"
    font: str = "system"
    properties: Mapping[str, str] = field(default_factory=dict)


# Pale ground, white card, thin lines: at home on any site.
_CLEAR = Style(
    accent=("#3b4fd8", "#5769e6"),
    colours={
        "surface": ("#ffffff", "#17191f"),
        "ground": ("#f5f6f8", "#0d0e12"),
        "field": ("#ffffff", "#17191f"),
        "ink": ("#16181d", "#f1f2f5"),
        "ink-soft": ("#565c69", "#a9afbc"),
        "line": ("#868d9b", "#757c8a"),
        "wrong": ("#b3261e", "#ff9a91"),
    },
)
# Warm paper, filled fields, round corners and buttons, more air.
_SOFT = Style(
    accent=("#2c6a4d", "#79c39c"),
    colours={
        "surface": ("#fffdfa", "#1f1b18"),
        "ground": ("#f4ede4", "#151210"),
        "field": ("#f8f2ea", "#2a2521"),
        "ink": ("#2a221d", "#f6efe8"),
        "ink-soft": ("#695b50", "#bcb0a5"),
        "line": ("#917f71", "#887c71"),
        "wrong": ("#ad2a20", "#ffa399"),
    },
    radius="large",
    properties={
        "gap": "1.75em",
        "title-size": "1.5em",
        "shadow": "0 24px 64px -24px rgb(70 45 20 / 22%)",
        "ground-tint": "0%",
        "card-line": "transparent",
        "card-padding": "clamp(1.375em, 7%, 2.75em)",
        "card-radius": "calc(var(--radius) * 2)",
        "field-height": "3.5em",
        "field-padding": "1.125em",
        "button-radius": "calc(var(--radius) * 2)",
        "bar": "8px",
    },
)
# Black on white or white on black, big type, a line to write on, and all eyes on the question being answered.
_BOLD = Style(
    accent=("#0a0a0a", "#fafafa"),
    colours={
        "surface": ("#ffffff", "#0b0b0c"),
        "ground": ("#ffffff", "#0b0b0c"),
        "field": ("#ffffff", "#0b0b0c"),
        "ink": ("#0a0a0a", "#fafafa"),
        "ink-soft": ("#595959", "#b3b3b3"),
        "line": ("#0a0a0a", "#fafafa"),
        "wrong": ("#c4120c", "#ff8f86"),
    },
    radius="none",
    properties={
        "gap": "2.5em",
        "title-size": "2.125em",
        "shadow": "none",
        "ground-tint": "0%",
        "card-line": "transparent",
        "page-padding": "0",
        "heading-size": "clamp(2.5rem, 1.9rem + 3vw, 4rem)",
        "heading-weight": "800",
        "heading-tracking": "-.035em",
        "label-size": "1.25em",
        "label-weight": "700",
        "label-receding": "var(--ink-soft)",
        "field-size": "1.25em",
        "field-padding": "0px",
        "field-border": "0 0 2px",
        "field-radius": "0",
        "field-focus": "0 2px 0 var(--accent-ink)",
        "chosen": "var(--accent-ink)",
        "on-chosen": "var(--surface)",
        "chosen-mark": "var(--surface)",
        "bar": "6px",
    },
)
STYLES: Mapping[str, Style] = {"clear": _CLEAR, "soft": _SOFT, "bold": _BOLD}


@dataclass(frozen=True)
class Theme:
    """Accent, radius and font are blank where the style's own hold."""

    style: str = "clear"
    accent: str = ""
    logo_url: str = ""
    radius: str = ""
    font: str = ""

    @property
    def logo_origin(self) -> str:
        """The other origin the logo comes from, for the content security policy; blank for our own."""
        parts = urlsplit(self.logo_url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def parse_theme(document: object) -> Theme:
    """The checked theme. Raises ThemeInvalid with a message per key."""
    if not isinstance(document, Mapping):
        raise ThemeInvalid("The theme must be an object.", fields={"theme": ["must be an object"]})
    checks: dict[str, tuple[re.Pattern[str] | Mapping[str, object], str]] = {
        "style": (STYLES, f"must be one of {', '.join(STYLES)}"),
        "accent": (_HEX, "must be a colour such as #3b4fd8"),
        "logo_url": (_LOGO, "must be an https address, or a path on this server"),
        "radius": (RADII, f"must be one of {', '.join(RADII)}"),
        "font": (FONTS, f"must be one of {', '.join(FONTS)}"),
    }
    problems = {str(key): ["is not a known key"] for key in document if key not in checks}
    for key, (allowed, reason) in checks.items():
        if document.get(key) not in (None, "") and not _is_allowed(document[key], allowed):
            problems[key] = [reason]
    if problems:
        key, reasons = next(iter(problems.items()))
        raise ThemeInvalid(f"{key}: {reasons[0]}", fields=problems)
    return Theme(**{key: str(document[key]) for key in checks if document.get(key)})


def theme_css(theme: Theme, selector: str = ":root") -> str:
    """The brand's stylesheet: nothing but custom properties, made of values checked above.

    For an embed the selector is `:host`. Browsers that don't know light-dark() get the light colours.
    """
    style = STYLES[theme.style]
    colours = {**_accents(theme, style), **style.colours}
    light = {name: pair[0] for name, pair in colours.items()}
    both = {name: f"light-dark({pair[0]},{pair[1]})" for name, pair in colours.items()}
    shape = {
        "radius": RADII[theme.radius or style.radius],
        "font": FONTS[theme.font or style.font],
        **style.properties,
    }
    return f"{_rule(selector, light | shape)}\n@supports (color:light-dark(#000,#fff)){{{_rule(selector, both)}}}\n"


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((_luminance(_rgb(first)), _luminance(_rgb(second))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(colour: str) -> str:
    """White where it is readable, else black: one of the two always is."""
    return "#ffffff" if contrast("#ffffff", colour) >= 4.5 else "#000000"


def towards_contrast(colour: str, surface: str, ratio: float) -> str:
    """The colour, made darker or lighter until it stands out from the surface by the ratio.

    A grey that doesn't is turned over first, so that a black brand is a white one in the dark.
    """
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    if saturation < _GREY and contrast(colour, surface) < ratio:
        lightness = 1 - lightness
        colour = _hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    step = -0.01 if _luminance(_rgb(surface)) > 0.5 else 0.01
    adjusted = colour
    while contrast(adjusted, surface) < ratio and 0 <= lightness + step <= 1:
        lightness += step
        adjusted = _hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    return adjusted


def mixed(colour: str, surface: str, share: float) -> str:
    """The surface with a share of the colour in it, as `color-mix(in srgb, …)` has it."""
    pairs = zip(_rgb(colour), _rgb(surface), strict=True)
    red, green, blue = (share * mine + (1 - share) * other for mine, other in pairs)
    return _hex((red, green, blue))


def _is_allowed(value: object, allowed: re.Pattern[str] | Mapping[str, object]) -> bool:
    if not isinstance(value, str) or len(value) > 500:
        return False
    return bool(allowed.fullmatch(value)) if isinstance(allowed, re.Pattern) else value in allowed


def _accents(theme: Theme, style: Style) -> dict[str, LightDark]:
    """The accent to fill with, what to write on it, and the accent to write with; each for light and dark."""
    chosen = (theme.accent, theme.accent) if theme.accent else style.accent
    light, dark = ([style.colours[name][i] for name in _BACKGROUNDS] for i in (0, 1))
    # By day a button has the brand's very colour: a line in the accent to write with holds a pale one together. By
    # night dark brands would vanish, so the fill itself is made to stand out.
    fills = (chosen[0], _out_of_all(chosen[1], dark, 3))
    inks = (_ink(chosen[0], fills[0], light), _ink(chosen[1], fills[1], dark))
    return {"accent": fills, "on-accent": (readable_on(fills[0]), readable_on(fills[1])), "accent-ink": inks}


def _ink(accent: str, fill: str, backgrounds: Sequence[str]) -> str:
    tinted = [mixed(fill, background, TINT) for background in backgrounds]
    return _out_of_all(accent, [*backgrounds, *tinted], 4.5)


def _out_of_all(colour: str, backgrounds: Sequence[str], ratio: float) -> str:
    for background in backgrounds:
        colour = towards_contrast(colour, background, ratio)
    return colour


def _rule(selector: str, properties: Mapping[str, str]) -> str:
    return f"{selector}{{{''.join(f'--{name}:{_overridable(name, value)};' for name, value in properties.items())}}}"


def _overridable(name: str, value: str) -> str:
    """The value, unless the site around an embed has one of its own. A site's accent is written with too."""
    if name not in PUBLIC:
        return value
    return f"var(--switchyard-{name},{f'var(--switchyard-accent,{value})' if name == 'accent-ink' else value})"


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in rgb)


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
