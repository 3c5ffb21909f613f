"""Which languages somebody wants to read."""

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from forms_engine.schema import Definition, choose_language

LONGEST_TAG = 35
_LONGEST_HEADER = 500


def wanted_languages(request: HttpRequest) -> list[str]:
    """`?lang=` first, then what the browser asks for, dearest first."""
    header = request.headers.get("Accept-Language", "")[:_LONGEST_HEADER].lower()
    accepted = [tag for tag, _ in parse_accept_lang_header(header)]
    asked = request.GET.get("lang", "")
    return [asked, *accepted] if 0 < len(asked) <= LONGEST_TAG else accepted


def dearest_language(request: HttpRequest) -> str:
    """The first that the browser asks for, as it writes it; may be empty."""
    return request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip()


def chosen_language(request: HttpRequest, definition: Definition) -> str:
    return choose_language(definition, wanted_languages(request))
