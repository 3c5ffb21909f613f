"""Who did what: one entry a deed, written in the transaction that does it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model

from foundation.models import AuditEntry

Way = AuditEntry.Way
LONGEST_LABEL, LONGEST_NOTE = 200, 300


def record(
    action: str,
    *,
    now: datetime,
    user: User | None = None,
    way: AuditEntry.Way = Way.ADMIN,
    about: Model | None = None,
    kind: str = "",
    label: str = "",
    changes: Mapping[str, Sequence[Any]] | None = None,
    note: str = "",
) -> AuditEntry:
    """`action` is a short past participle: published, moved, imported. `about` gives kind, id and label of the object;
    without one they are `kind` and `label`. `changes` and `note` must hold no visitor's personal data."""
    return AuditEntry.objects.create(
        at=now,
        user=user,
        who=user.get_username() if user else "",
        way=way,
        action=action,
        kind=about._meta.label_lower if about is not None else kind,
        object_id=str(about.pk) if about is not None else "",
        label=(label or (str(about) if about is not None else ""))[:LONGEST_LABEL],
        changes=dict(changes or {}),
        note=note[:LONGEST_NOTE],
    )
