"""A server asks for a link that opens a form with some answers filled in."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings

from forms_engine.answers import examine, refuse_unknown_fields
from forms_engine.errors import AnswersInvalid
from forms_engine.models import Form, FormVersion
from forms_engine.resuming import PREFILL_PARAMETER, Prefill, sign_prefill

LONGEST_LIFETIME = timedelta(days=90)
USUAL_LIFETIME = timedelta(days=7)


def make_prefill(
    *, form: Form, version: FormVersion, raw_answers: Mapping[str, object], lifetime: timedelta, now: datetime
) -> str:
    """The signed token; nothing is stored. Raises UnknownField, and AnswersInvalid for values that the form refuses.

    The token isn't encrypted: whoever has the link can read the answers, as they will see them in the form.
    """
    definition = version.definition
    refuse_unknown_fields(definition, raw_answers)
    found = examine(definition, raw_answers, today=now.date())
    wrong = {key: texts for key, texts in found.errors.items() if key in raw_answers}
    if wrong:
        raise AnswersInvalid("Some answers need another look.", fields=wrong)
    answers = {key: found.answers[key] for key in raw_answers if key in found.answers}
    return sign_prefill(Prefill(form_id=form.pk, answers=answers, expires_at=now + lifetime))


def prefilled_address(form: Form, token: str) -> str:
    """Of the hosted page."""
    return f"{settings.PUBLIC_URL}{form.get_absolute_url()}?{urlencode({PREFILL_PARAMETER: token})}"
