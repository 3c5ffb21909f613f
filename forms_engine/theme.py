"""A brand's look: a small checked document, turned into CSS custom properties with readable contrast. Pure.

Contrast is WCAG 2.2's (relative luminance, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio): whatever accent colour a
brand chooses, text on it and text in it keep 4.5:1 and focus rings 3:1, in light and in dark.
"""

import colorsys
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from forms_engine.errors import ThemeInvalid

DEFAULT_ACCENT = "#3b4fd8"
LIGHT_SURFACE, DARK_SURFACE = "#ffffff", "#17191f"
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_LOGO = re.compile(r"(https://[A-Za-z0-9.-]+(:\d+)?)?/[A-Za-z0-9._~%/-]*(\?[A-Za-z0-9._~%&=-]*)?")
RADII: Mapping[str, str] = {"none": "0px", "small": "4px", "medium": "10px", "large": "16px"}
FONTS: Mapping[str, str] = {
    "system": 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
    "humanist": 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", source-sans-pro, sans-serif',
    "geometric": "Avenir, Montserrat, Corbel, URW Gothic, source-sans-pro, sans-serif",
    "serif": '"Iowan Old Style", "Palatino Linotype", "URW Palladio L", P052, Georgia, serif',
}

Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Theme:
    accent: str = DEFAULT_ACCENT
    logo_url: str = ""
    radius: str = "medium"
    font: str = "system"

    @property
    def logo_origin(self) -> str:
        """The other origin the logo comes from, for the content security policy; blank for our own."""
        parts = urlsplit(self.logo_url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def parse_theme(document: object) -> Theme:
    """The checked theme. Raises ThemeInvalid with a message per key."""
    if not isinstance(document, Mapping):
        raise ThemeInvalid("The theme must be an object.", fields={"theme": ["must be an object"]})
    checks: dict[str, tuple[re.Pattern[str] | Mapping[str, str], str]] = {
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


def theme_css(theme: Theme) -> str:
    """The brand's stylesheet: nothing but custom properties, made of values checked above."""
    shared = f"--radius:{RADII[theme.radius]};--font:{FONTS[theme.font]};"
    light, dark = _accents(theme.accent, LIGHT_SURFACE), _accents(theme.accent, DARK_SURFACE)
    return f":root{{{shared}{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((_luminance(_rgb(first)), _luminance(_rgb(second))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(colour: str) -> str:
    """White where it is readable, else black: one of the two always is."""
    return "#ffffff" if contrast("#ffffff", colour) >= 4.5 else "#000000"


def towards_contrast(colour: str, surface: str, ratio: float) -> str:
    """The colour, made darker or lighter until it stands out from the surface by the ratio."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    step = -0.01 if _luminance(_rgb(surface)) > 0.5 else 0.01
    adjusted = colour
    while contrast(adjusted, surface) < ratio and 0 <= lightness + step <= 1:
        lightness += step
        adjusted = _hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    return adjusted


def _is_allowed(value: object, allowed: re.Pattern[str] | Mapping[str, str]) -> bool:
    if not isinstance(value, str) or len(value) > 500:
        return False
    return bool(allowed.fullmatch(value)) if isinstance(allowed, re.Pattern) else value in allowed


def _accents(accent: str, surface: str) -> str:
    # The button must stand out from the surface (3:1), its label from the button and links from the surface (4.5:1).
    fill = towards_contrast(accent, surface, 3)
    ink = towards_contrast(accent, surface, 4.5)
    return f"--accent:{fill};--on-accent:{readable_on(fill)};--accent-ink:{ink};"


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in rgb)


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
