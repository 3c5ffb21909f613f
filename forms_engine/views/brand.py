"""A brand's colours as a stylesheet of its own: the content security policy forbids inline styles."""

import hashlib

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from forms_engine.models import Brand
from forms_engine.theme import Theme, theme_css


def theme_address(brand: Brand | None) -> str:
    """Changes with the theme, so that browsers may keep it for good."""
    if brand is None:
        return ""
    return f"{reverse('forms_engine:theme', args=[brand.slug])}?v={_mark(theme_css(brand.look))}"


@require_safe
def theme_stylesheet(request: HttpRequest, slug: str) -> HttpResponse:
    brand = Brand.objects.filter(slug=slug).first()
    if brand is None:
        raise Http404
    css = theme_css(brand.look)
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    is_current = request.GET.get("v") == _mark(css)
    response["Cache-Control"] = "public, max-age=31536000, immutable" if is_current else "public, max-age=60"
    return response


def default_theme_css() -> str:
    return theme_css(Theme())


def _mark(css: str) -> str:
    return hashlib.sha256(css.encode()).hexdigest()[:12]
