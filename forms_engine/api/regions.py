"""`GET /api/v1/regions/{country}`: the regions of a country by name."""

from functools import cache
from pathlib import Path

import pycountry
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema

from forms_engine.api.public_view import PublicView, json_answer
from forms_engine.api.shapes import RegionsSerializer, errors, query
from forms_engine.cors import ANY_ORIGIN, allow_origin
from forms_engine.errors import UnknownCountry
from forms_engine.places import countries, regions_of

_A_DAY_S = 86_400


class Regions(PublicView):
    methods = ("GET", "HEAD")

    @extend_schema(
        operation_id="regions",
        summary="The regions of a country",
        parameters=[
            OpenApiParameter(
                "country",
                {"type": "string", "pattern": "^[A-Z]{2}$"},
                OpenApiParameter.PATH,
                description="ISO 3166-1, two capital letters.",
            ),
            query("language", "In which the names are wanted; English where we don't have them."),
        ],
        responses={200: RegionsSerializer, **errors(_404="unknown_country", _405="method_not_allowed")},
        auth=[],
    )
    def get(self, request: HttpRequest, country: str) -> HttpResponse:
        """Sorted by name; empty for a country without regions. The same for everybody, so anybody may keep it."""
        allow_origin(request, ANY_ORIGIN)
        if country not in countries():
            raise UnknownCountry("There is no country of this code.")
        names = regions_of(country, _nearest_language(request.GET.get("language", "")))
        regions = [{"code": code, "name": name} for code, name in names.items()]
        return json_answer(
            {"country": country, "regions": regions}, headers={"Cache-Control": f"public, max-age={_A_DAY_S}"}
        )


def _nearest_language(tag: str) -> str:
    """One that we have names in, so that what is kept in memory stays small whatever is asked for."""
    base, _, region = tag[:35].replace("_", "-").partition("-")
    wanted = (f"{base.lower()}-{region.upper()}", base.lower())
    return next((language for language in wanted if language in _languages()), "en")


@cache
def _languages() -> frozenset[str]:
    return frozenset(path.name.replace("_", "-") for path in Path(pycountry.LOCALES_DIR).iterdir())
