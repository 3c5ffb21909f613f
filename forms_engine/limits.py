"""How often somebody may send and look: by address and by form, whichever way they come in.

Counted before anything else is looked at, so that what is refused for another reason counts too.
"""

from django.http import HttpRequest

from forms_engine.errors import TooManySubmissions
from forms_engine.selectors import is_slug
from foundation.throttles import SUBMISSIONS, SUBMISSIONS_OF_FORM, VIEWS, Counted, address_of, seconds_to_wait


def senders_of(request: HttpRequest, slug: str) -> list[Counted]:
    """Who is counted for a submission. A name that no form can have isn't."""
    of_form = [Counted(SUBMISSIONS_OF_FORM, slug)] if is_slug(slug) else []
    return [Counted(SUBMISSIONS, address_of(request)), *of_form]


def refuse_too_many_views(request: HttpRequest) -> None:
    """Counts one more form opened from the sender's address. Raises TooManySubmissions."""
    refuse_too_many(Counted(VIEWS, address_of(request)))


def refuse_too_many(*senders: Counted) -> None:
    """Counts one more. Raises TooManySubmissions."""
    if wait_s := seconds_to_wait(*senders):
        raise TooManySubmissions(wait_s=wait_s)
