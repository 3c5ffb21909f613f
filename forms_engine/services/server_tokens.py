"""Tokens that let servers post: made, shown once, used, revoked."""

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from forms_engine.canonical import keyed_digest
from forms_engine.errors import TokenRequired
from forms_engine.models import Form, ServerToken
from foundation.audit import record

PREFIX = "sy_"
LONGEST_TOKEN = 100
# Whether a token is still in use is worth one write a minute, not one a request.
NOTED_EVERY = timedelta(minutes=1)
_SHOWN = 9


def issue_token(*, name: str, form: Form | None, now: datetime) -> tuple[ServerToken, str]:
    """The row, and the token itself, which can't be had again. `form` None is for all forms."""
    token = f"{PREFIX}{secrets.token_urlsafe(32)}"
    row = ServerToken.objects.create(name=name, form=form, digest=_digest(token), prefix=token[:_SHOWN], created_at=now)
    return row, token


def use_token(*, form: Form, presented: str, now: datetime) -> ServerToken:
    """The token that was presented. Raises TokenRequired where it is none, was revoked or is for another form."""
    found = ServerToken.objects.good_for(form).filter(digest=_digest(presented)).first() if _may_be(presented) else None
    if found is None:
        raise TokenRequired("A server token that is good for this form is needed.")
    if found.last_used_at is None or found.last_used_at <= now - NOTED_EVERY:
        due = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - NOTED_EVERY)
        ServerToken.objects.filter(due, pk=found.pk).update(last_used_at=now)
    return found


@transaction.atomic
def revoke_token(*, token: ServerToken, now: datetime, user: User | None = None) -> bool:
    """False where it was revoked before."""
    if not ServerToken.objects.live().filter(pk=token.pk).update(revoked_at=now):
        return False
    record("revoked", now=now, user=user, about=token)
    return True


def _may_be(presented: str) -> bool:
    return presented.startswith(PREFIX) and len(presented) <= LONGEST_TOKEN and presented.isascii()


def _digest(token: str) -> str:
    return keyed_digest("server_token", token)
