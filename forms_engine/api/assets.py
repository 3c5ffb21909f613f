"""Addresses of the files that an embed needs."""

import hashlib
from functools import cache, lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static

from forms_engine.theme import Theme, theme_css

_STYLESHEET = "forms_engine/form.css"


@cache
def stylesheet_address() -> str:
    """Changes with the stylesheet's content, so that an old one kept by a browser never meets newer markup."""
    path = finders.find(_STYLESHEET)
    mark = hashlib.sha256(Path(str(path)).read_bytes()).hexdigest()[:12] if path else ""
    return f"{static(_STYLESHEET)}?v={mark}"


@lru_cache(maxsize=128)
def embedded_theme(theme: Theme) -> str:
    """The brand's custom properties, for the stylesheet of a shadow root."""
    return theme_css(theme, ":host")
