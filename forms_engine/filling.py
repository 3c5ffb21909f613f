"""One filling of one form (a session), carried by its page in a signed token: the server keeps nothing until the
visitor lets it.

The token can't be made or changed by anybody else, which is also why the pages need no CSRF cookie: a post without a
token that we signed for this form is refused, and no cookie gives a post any power.
"""

from dataclasses import MISSING, asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing

from forms_engine.errors import FormsError

_SALT = "forms_engine.filling"
LONGEST_TOKEN = 20_000


class FillingInvalid(FormsError):
    code = "filling_invalid"


class FillingExpired(FormsError):
    code = "filling_expired"
    status = 410


@dataclass(frozen=True)
class Filling:
    """`nonce` names the filling; one that goes on with kept answers has the nonce of the earlier one.

    `started_at` is an ISO time, `sticky` says that the visitor id outlives the page, `known` are keys of fields not
    asked again, `saves` says that answers may be kept before sending.
    """

    form_id: int
    version_id: int
    nonce: str
    started_at: str
    visitor_id: str
    sticky: bool
    language: str = ""
    experiment_key: str = ""
    variant_key: str = ""
    exposure_id: int | None = None
    context: dict[str, Any] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    saves: bool = False

    def took(self, now: datetime) -> timedelta:
        return now - datetime.fromisoformat(self.started_at)


_DEFAULTS = {
    each.name: each.default if each.default_factory is MISSING else each.default_factory()
    for each in fields(Filling)
    if each.default is not MISSING or each.default_factory is not MISSING
}


def sign_filling(filling: Filling) -> str:
    said = {name: value for name, value in asdict(filling).items() if name not in _DEFAULTS or value != _DEFAULTS[name]}
    return signing.dumps(said, salt=_SALT, compress=True)


def read_filling(token: object, *, form_id: int | None = None) -> Filling:
    """Raises FillingExpired where the page was open for longer than a version's grace, FillingInvalid for any other
    reason: not ours, or of another form than `form_id`, if that is given."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise FillingInvalid("This page can't be read; start anew.")
    try:
        said = signing.loads(token, salt=_SALT, max_age=settings.FORM_VERSION_GRACE)
        filling = Filling(**{**said, "known": tuple(said.get("known", ()))})
    except signing.SignatureExpired:
        raise FillingExpired("This page was open for too long; start anew.") from None
    except (signing.BadSignature, TypeError, ValueError):
        raise FillingInvalid("This page can't be read; start anew.") from None
    if form_id is not None and filling.form_id != form_id:
        raise FillingInvalid("This page belongs to another form; start anew.")
    return filling
