"""One filling of one form, carried by its pages in a signed token: the server keeps nothing until the visitor submits.

The token can't be made or changed by anybody else, which is also why the pages need no CSRF cookie: a post without a
token that we signed for this form is refused, and no cookie gives a post any power.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.core import signing

from forms_engine.errors import FormsError

_SALT = "forms_engine.filling"


class FillingInvalid(FormsError):
    code = "filling_invalid"


class FillingExpired(FormsError):
    code = "filling_expired"
    status = 410


@dataclass(frozen=True)
class Filling:
    """`nonce` names the filling, `started_at` is an ISO time, `sticky` says that the visitor id outlives the page."""

    form_id: int
    version_id: int
    nonce: str
    started_at: str
    visitor_id: str
    sticky: bool
    experiment_key: str = ""
    variant_key: str = ""
    exposure_id: int | None = None
    context: dict[str, Any] = field(default_factory=dict)


def sign_filling(filling: Filling) -> str:
    return signing.dumps(asdict(filling), salt=_SALT, compress=True)


def read_filling(token: str, *, form_id: int) -> Filling:
    """Raises FillingExpired where the page was open for longer than a version's grace, FillingInvalid for any other
    reason: not ours, or of another form."""
    try:
        filling = Filling(**signing.loads(token, salt=_SALT, max_age=settings.FORM_VERSION_GRACE))
    except signing.SignatureExpired:
        raise FillingExpired("This page was open for too long; start anew.") from None
    except (signing.BadSignature, TypeError, ValueError):
        raise FillingInvalid("This page can't be read; start anew.") from None
    if filling.form_id != form_id:
        raise FillingInvalid("This page belongs to another form; start anew.")
    return filling
