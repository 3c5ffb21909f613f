"""The draft revision: a number that grows with every change of the working copy.

What was computed for a revision (the compiled draft, its parsed plan) holds until the next. Saved and deleted rows are
seen by signals, changes of many rows by the QuerySet that every model of the working copy has.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F
from django.db.models.signals import m2m_changed, post_delete, post_save

M = TypeVar("M", bound=models.Model)
NEVER_CHANGED = "0"
_ONLY_ROW = 1


class DraftRevision(models.Model):
    """One row. `token` tells revisions apart whose transaction was rolled back: their number comes again."""

    number = models.PositiveBigIntegerField(default=0)
    token = models.CharField(max_length=16, default="")

    def __str__(self) -> str:
        return f"{self.number}-{self.token}"


class _Changing(threading.local):
    """Of this thread: `dirty` is None outside `one_change`, then whether anything has changed within."""

    dirty: bool | None = None


_changing = _Changing()


def draft_revision() -> str:
    row = DraftRevision.objects.filter(pk=_ONLY_ROW).first()
    return str(row) if row is not None else NEVER_CHANGED


def locked_draft_revision() -> str:
    """The same, and nobody else changes the working copy until this transaction ends."""
    only_row = DraftRevision.objects.select_for_update().filter(pk=_ONLY_ROW)
    row = only_row.first()
    if row is None:
        DraftRevision.objects.bulk_create([DraftRevision(pk=_ONLY_ROW)], ignore_conflicts=True)
        row = only_row.get()
    return str(row) if row.token else NEVER_CHANGED


def is_changing() -> bool:
    """Whether this thread has changed rows of the working copy for which the revision hasn't grown yet."""
    return bool(_changing.dirty)


@contextmanager
def one_change() -> Iterator[None]:
    """All changes within are one transaction and one revision, however many rows they touch.

    The revision is locked first and rows after it, in the order of all who change the working copy: else two of them
    would wait for each other.
    """
    with transaction.atomic():
        if _changing.dirty is not None:
            yield
            return
        locked_draft_revision()
        _changing.dirty = False
        try:
            yield
            if _changing.dirty:
                _grow()
        finally:
            _changing.dirty = None


def draft_changed() -> None:
    """To be called in the transaction of the change, after it."""
    if _changing.dirty is None:
        _grow()
    else:
        _changing.dirty = True


def _grow() -> None:
    token = secrets.token_hex(8)
    if not DraftRevision.objects.filter(pk=_ONLY_ROW).update(number=F("number") + 1, token=token):
        DraftRevision.objects.bulk_create([DraftRevision(pk=_ONLY_ROW)], ignore_conflicts=True)
        DraftRevision.objects.filter(pk=_ONLY_ROW).update(number=F("number") + 1, token=token)


@contextmanager
def _changing_rows() -> Iterator[None]:
    with one_change():
        yield
        draft_changed()


class WorkingCopyQuerySet(models.QuerySet[M]):
    """Changes of many rows send no signals; these grow the revision once."""

    def update(self, **kwargs: Any) -> int:
        with _changing_rows():
            return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        with _changing_rows():
            return super().delete()

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[M]:
        with _changing_rows():
            return super().bulk_create(*args, **kwargs)

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        with _changing_rows():
            return super().bulk_update(*args, **kwargs)

    # As in Django: a template must not delete what it shows.
    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


def watch(*changed: type[models.Model]) -> None:
    """Let the revision grow when a row of these is saved or deleted, or what it is linked to changes."""
    for model in changed:
        post_save.connect(_saved, sender=model, dispatch_uid=f"draft {model._meta.label}")
        post_delete.connect(_deleted, sender=model, dispatch_uid=f"draft {model._meta.label}")
        for field in model._meta.local_many_to_many:
            m2m_changed.connect(_linked, sender=getattr(model, field.name).through)


def _saved(**_: object) -> None:
    draft_changed()


def _deleted(instance: models.Model, origin: object = None, **_: object) -> None:
    """Of rows that go along with another, or of many at once, only what they were deleted by counts: that once."""
    if origin is None or origin is instance:
        draft_changed()


def _linked(action: str, **_: object) -> None:
    if action.startswith("post_"):
        draft_changed()
