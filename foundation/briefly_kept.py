"""Rows that many requests read and hardly anybody changes, kept in a process's memory for a moment.

For what every submission asks first, the form and its version: under load one query a second takes the place of
hundreds. A change is seen within `KEPT_FOR_S`; by the process that saved a row (`forget_on_change`) nearly always at
once: not where another thread is just reading it.
"""

import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from django.db import models, transaction
from django.db.models.signals import post_delete, post_save

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

KEPT_FOR_S = 1.0
# Beyond it all are forgotten: nobody has so many forms in use within a second, but anybody may ask for any name.
_MOST_KEPT = 1000

_all: "WeakSet[BrieflyKept[Any, Any]]" = WeakSet()


class BrieflyKept(Generic[K, V]):
    """`read` finds a value by its key; None, there is none, is never kept. Values are shared between threads, so
    whoever gets one must not change it."""

    def __init__(self, read: Callable[[K], V | None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._kept: dict[K, tuple[float, V]] = {}
        _all.add(self)

    def get(self, key: K) -> V | None:
        now = self._clock()
        kept = self._kept.get(key)
        if kept is not None and now - kept[0] < KEPT_FOR_S:
            return kept[1]
        value = self._read(key)
        if value is not None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (now, value)
        return value

    def forget(self) -> None:
        self._kept.clear()


def forget_all() -> None:
    for each in list(_all):
        each.forget()


def forget_on_change(*changed: type[models.Model]) -> None:
    for model in changed:
        for signal in (post_save, post_delete):
            signal.connect(_forget_changed, sender=model, dispatch_uid=f"briefly kept {model._meta.label}")


def _forget_changed(using: str, **_: object) -> None:
    """Now, for this transaction, and again for what others read before it was committed."""
    forget_all()
    transaction.on_commit(forget_all, using=using)
