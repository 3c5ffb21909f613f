"""A brand's colours as a stylesheet of its own: the content security policy forbids inline styles."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from forms_engine.models import Brand
from forms_engine.rendering.look import look_of


@require_safe
def theme_stylesheet(request: HttpRequest, slug: str) -> HttpResponse:
    brand = Brand.objects.filter(slug=slug).first()
    if brand is None:
        raise Http404
    look = look_of(brand)
    response = HttpResponse(look.stylesheet, content_type="text/css; charset=utf-8")
    is_current = request.GET.get("v") == look.mark
    response["Cache-Control"] = "public, max-age=31536000, immutable" if is_current else "public, max-age=60"
    return response
