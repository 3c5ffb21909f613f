"""The API as its description has it: what goes in, what comes out, with examples. Tests hold the answers to this."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

LONGEST_IDEMPOTENCY_KEY = 200
Json = dict[str, Any]


class ErrorSerializer(serializers.Serializer[Any]):
    """Every error has this body. `fields` is empty where the error isn't about fields."""

    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="For people; may change. In the session's language where there is one.")
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class ChallengeSerializer(serializers.Serializer[Any]):
    """Altcha's, version 1: find the number from 0 to `maxnumber` for which SHA-256 of salt and number gives
    `challenge`."""

    algorithm = serializers.ChoiceField(choices=["SHA-256"])
    challenge = serializers.CharField()
    maxnumber = serializers.IntegerField()
    salt = serializers.CharField()
    signature = serializers.CharField()


class BegunSerializer(serializers.Serializer[Any]):
    form = serializers.CharField(help_text="The form's name in addresses.")
    name = serializers.CharField()
    version = serializers.IntegerField()
    variant = serializers.CharField(allow_null=True, help_text="What a running experiment shows; null without one.")
    language = serializers.CharField()
    direction = serializers.ChoiceField(choices=["ltr", "rtl"])
    definition = serializers.DictField(required=False, help_text="Left out with `only=markup`.")
    html = serializers.CharField(help_text="The form as markup, with answers that are there already.")
    css = serializers.URLField(help_text="The stylesheet of the markup; changes its address with its content.")
    theme = serializers.CharField(help_text="The brand's custom properties, as CSS for a constructed stylesheet.")
    session = serializers.CharField(help_text="The signed token to send with the answers.")
    session_id = serializers.CharField()
    challenge = ChallengeSerializer(allow_null=True, help_text="Null where the form needs no proof of work.")
    saves = serializers.BooleanField(help_text="Whether answers are kept before they are sent.")
    known = serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        help_text="Keys of fields that aren't asked again. The value only where another field depends on it.",
    )
    resumed_step = serializers.CharField(allow_null=True, help_text="The step to go on with; null for a new session.")


class EndingSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=["message", "redirect", "form"])
    title = serializers.CharField()
    message = serializers.CharField()
    url = serializers.CharField()
    form = serializers.CharField()
    html = serializers.CharField(help_text="The ending as markup.")


class AcceptedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status_url = serializers.URLField()
    state = serializers.ChoiceField(choices=["received", "processing", "assigned", "parked"])
    ending = EndingSerializer()


class KeptSerializer(serializers.Serializer[Any]):
    saved = serializers.BooleanField()
    resume = serializers.CharField(allow_null=True, help_text="For a link that leads back to the answers.")
    expires_at = serializers.DateTimeField(allow_null=True)


class OwnerSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    email = serializers.EmailField()


class StatusSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(
        choices=["received", "processing", "assigned", "parked"], help_text="`assigned` and `parked` are final."
    )
    owner = OwnerSerializer(allow_null=True)
    queue = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)


class RegionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()


class RegionsSerializer(serializers.Serializer[Any]):
    country = serializers.CharField()
    regions = RegionSerializer(many=True)


class PrefilledSerializer(serializers.Serializer[Any]):
    prefill = serializers.CharField(help_text="For the embed's `prefill`, or `?prefill=` when a session begins.")
    url = serializers.URLField(help_text="The hosted page with these answers.")


ANSWERS: Json = {
    "type": "object",
    "description": "By field key. Null or an empty text means no answer.",
    "additionalProperties": {
        "anyOf": [
            {"type": ["string", "number", "boolean", "null"]},
            {"type": "array", "items": {"type": ["string", "number"]}},
        ]
    },
}
_TEXTS: Json = {"type": "object", "maxProperties": 30, "additionalProperties": {"type": "string", "maxLength": 300}}
CONTEXT: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "page": {"type": "string", "maxLength": 2000},
        "referrer": {"type": "string", "maxLength": 2000},
        "language": {"type": "string", "maxLength": 35, "example": "de-AT"},
        "utm": _TEXTS,
    },
}
PAGE_CONTEXT: Json = {
    "type": "object",
    "description": "As a page sees it; what is odd is left out. Cookies and page data only as hidden fields ask.",
    "properties": {
        "page": {"type": "string"},
        "referrer": {"type": "string"},
        "language": {"type": "string"},
        "utm": {"type": "object"},
        "cookies": {"type": "object"},
        "data": {"type": "object"},
    },
}
SESSION: Json = {"type": "string", "description": "The token that the session began with."}
SUBMISSION: Json = {
    "type": "object",
    "required": ["answers"],
    "properties": {
        "answers": ANSWERS,
        "context": {"description": "From a server, strictly: page, referrer, language, utm.", **CONTEXT},
        "version": {
            "type": "integer",
            "minimum": 1,
            "description": "From a server: the version the answers were given to; the active one if left out.",
        },
    },
    "additionalProperties": False,
}
PAGE_SUBMISSION: Json = {
    "type": "object",
    "required": ["session", "answers"],
    "properties": {
        "session": SESSION,
        "answers": ANSWERS,
        "context": PAGE_CONTEXT,
        "proof": {"type": ["string", "null"], "maxLength": 2000, "description": "The solved challenge, base64."},
        "trap": {"type": "string", "description": "What stood in the field that people can't see."},
    },
    "additionalProperties": False,
}
STEP: Json = {
    "type": "object",
    "required": ["session", "answers"],
    "properties": {"session": SESSION, "answers": ANSWERS, "context": PAGE_CONTEXT},
    "additionalProperties": False,
}
PREFILL: Json = {
    "type": "object",
    "required": ["answers"],
    "properties": {
        "answers": ANSWERS,
        "expires_in_s": {"type": "integer", "minimum": 60, "maximum": 7_776_000, "default": 604_800},
    },
    "additionalProperties": False,
}

SLUG = OpenApiParameter("slug", str, OpenApiParameter.PATH, description="The form's name, such as `demo`.")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_IDEMPOTENCY_KEY, "pattern": "^[\\x20-\\x7e]+$"},
    OpenApiParameter.HEADER,
    description="From a server: send it, and sending again is safe. The same key and body give the same submission.",
)
SERVER_EXAMPLE = OpenApiExample(
    "A demo request from a server",
    value={
        "answers": {"email": "ada@example.com", "full_name": "Ada Lovelace"},
        "context": {
            "utm": {"source": "newsletter", "campaign": "spring"},
            "referrer": "https://news.example.com/",
            "page": "https://www.example.com/demo",
        },
    },
    request_only=True,
)
PAGE_EXAMPLE = OpenApiExample(
    "The same from a page",
    value={
        "session": "eyJ2ZXJzaW9uX2lkIjo…:1uX2Yq:5mP8…",
        "answers": {"email": "ada@example.com", "full_name": "Ada Lovelace"},
        "context": {"page": "https://www.example.com/demo"},
        "proof": "eyJhbGdvcml0aG0iOiJTSEEtMjU2Iiw…",
        "trap": "",
    },
    request_only=True,
)


def query(name: str, description: str, **schema: Any) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string", **schema}, OpenApiParameter.QUERY, description=description)


def errors(**codes_by_status: str) -> dict[int, OpenApiResponse]:
    """`errors(_404="unknown_form")`: the codes of each status, joined by spaces."""
    return {
        int(status.removeprefix("_")): OpenApiResponse(
            ErrorSerializer, description=", ".join(f"`{code}`" for code in codes.split())
        )
        for status, codes in codes_by_status.items()
    }
