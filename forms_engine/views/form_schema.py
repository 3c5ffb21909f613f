"""The JSON Schema of form documents, for editors that check while typing."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from forms_engine.schema.json_schema import document_schema


@require_safe
def form_schema(request: HttpRequest) -> JsonResponse:
    headers = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}
    return JsonResponse(document_schema(), content_type="application/schema+json", headers=headers)
