"""How often somebody may send: by address and by form, whichever way submissions come in.

What is refused for another reason counts too, else nobody would be kept from trying. A page's submission is counted
together with its session, once its answers are known to be right (services/submit_filling.py): one call of the counting
cache instead of two.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from forms_engine.errors import TooManySubmissions
from forms_engine.selectors import is_slug
from foundation.errors import SwitchyardError
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


@contextmanager
def counted_if_refused(senders: Sequence[Counted]) -> Iterator[None]:
    """For what counts by itself unless it is refused before. Raises TooManySubmissions in the refusal's place."""
    try:
        yield
    except TooManySubmissions:
        raise
    except (SwitchyardError, RequestDataTooBig):
        refuse_too_many(*senders)
        raise
