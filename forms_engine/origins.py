"""Which sites may show a form and call the API from a browser. Pure but for one setting.

A pattern is an origin: `https://www.example.com`, `https://*.example.com` (any name below, not the name itself),
`http://localhost:*` (any port). The same texts are sources of a Content-Security-Policy, so that one list serves CORS
and `frame-ancestors`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from forms_engine.models import Form

MOST_PATTERNS = 50
_DEFAULT_PORTS = {"https": "443", "http": "80"}
_PATTERN = re.compile(
    r"(?P<scheme>https?)://(?P<below>\*\.)?(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:(?P<port>\d{1,5}|\*))?"
)


@dataclass(frozen=True)
class Pattern:
    """`port` is `*` for any; `below` means names under `host` and not itself."""

    scheme: str
    host: str
    port: str
    below: bool

    def matches(self, scheme: str, host: str, port: str) -> bool:
        fits_host = host.endswith(f".{self.host}") if self.below else host == self.host
        return fits_host and scheme == self.scheme and self.port in {"*", port}


def read_pattern(text: object) -> Pattern | None:
    """None where it isn't one. A name in another script is read as its ASCII form, as browsers send it."""
    found = _PATTERN.fullmatch(_ascii(text.strip())) if isinstance(text, str) and len(text) <= 300 else None
    if found is None or ".." in found["host"]:
        return None
    port = found["port"] or _DEFAULT_PORTS[found["scheme"]]
    return Pattern(scheme=found["scheme"], host=found["host"], port=port, below=bool(found["below"]))


def are_patterns(value: object) -> bool:
    return isinstance(value, list) and len(value) <= MOST_PATTERNS and all(read_pattern(entry) for entry in value)


def is_allowed(form: "Form", origin: str) -> bool:
    """Whether a page of this origin may show the form: listed by the form, of the brand's domains, or our own."""
    return origin == own_origin() or _matches(tuple(sources_of(form)), origin)


def sources_of(form: "Form") -> list[str]:
    """The form's patterns, and the brand's domains by https with all below them. Loads the brand."""
    domains = [_ascii(domain) for domain in form.brand.allowed_domains]
    listed = [_ascii(pattern) for pattern in form.allowed_origins]
    return [*listed, *(source for domain in domains for source in (f"https://{domain}", f"https://*.{domain}"))]


def frame_ancestors(form: "Form") -> list[str]:
    """Sources for the directive of the page at `/f/{slug}/frame/`; our own site is one of them."""
    return ["'self'", *dict.fromkeys(sources_of(form))]


def own_origin() -> str:
    parts = urlsplit(settings.PUBLIC_URL)
    return f"{parts.scheme}://{parts.netloc}"


@lru_cache(maxsize=4096)
def _matches(sources: tuple[str, ...], origin: str) -> bool:
    asked = read_pattern(origin)
    if asked is None or asked.below or asked.port == "*":
        return False
    patterns: Iterable[Pattern | None] = (read_pattern(source) for source in sources)
    return any(pattern and pattern.matches(asked.scheme, asked.host, asked.port) for pattern in patterns)


def _ascii(text: str) -> str:
    lowered = text.strip().lower()
    try:
        return lowered if lowered.isascii() else _encoded(lowered)
    except UnicodeError:
        return ""


def _encoded(address: str) -> str:
    scheme, mark, rest = address.rpartition("://")
    host, colon, port = rest.partition(":")
    below = "*." if host.startswith("*.") else ""
    return f"{scheme}{mark}{below}{host.removeprefix('*.').encode('idna').decode()}{colon}{port}"
