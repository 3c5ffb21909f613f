"""Addresses of the files that an embed needs."""

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static

_STYLESHEET = "forms_engine/form.css"


@cache
def stylesheet_address() -> str:
    """Changes with the stylesheet's content, so that an old one kept by a browser never meets newer markup."""
    path = finders.find(_STYLESHEET)
    mark = hashlib.sha256(Path(str(path)).read_bytes()).hexdigest()[:12] if path else ""
    return f"{static(_STYLESHEET)}?v={mark}"
