"""A brand's look as its pages need it. Kept by content, since working out its colours takes time."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from django.urls import reverse

from forms_engine.models import Brand
from forms_engine.theme import Theme, parse_theme, theme_css


@dataclass(frozen=True)
class Look:
    """What a page shows of a brand; `slug` is blank for Switchyard's own pages."""

    slug: str = ""
    name: str = "Switchyard"
    theme: Theme = field(default_factory=Theme)
    privacy_text: str = ""
    privacy_url: str = ""
    imprint_url: str = ""

    @cached_property
    def stylesheet(self) -> str:
        return theme_css(self.theme)

    @cached_property
    def mark(self) -> str:
        """Changes with the stylesheet."""
        return hashlib.sha256(self.stylesheet.encode()).hexdigest()[:12]

    @cached_property
    def theme_address(self) -> str:
        """Of the stylesheet, its mark included, so that browsers may keep it for good; blank without a brand."""
        return f"{reverse('forms_engine:theme', args=[self.slug])}?v={self.mark}" if self.slug else ""


def look_of(brand: Brand | None) -> Look:
    if brand is None:
        return Look()
    return _look(
        brand.slug, brand.name, json.dumps(brand.theme), brand.privacy_text, brand.privacy_url, brand.imprint_url
    )


@lru_cache(maxsize=128)
def _look(slug: str, name: str, theme: str, privacy_text: str, privacy_url: str, imprint_url: str) -> Look:
    return Look(slug, name, parse_theme(json.loads(theme)), privacy_text, privacy_url, imprint_url)


def logo_policy(look: Look) -> dict[str, list[str]]:
    """What a page with this look needs beyond the site's content security policy."""
    return {"img-src": [look.theme.logo_origin]} if look.theme.logo_origin else {}
