"""Rows that cells refer to, found by key, e-mail address or name."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from routing.models import NamedAccountList, Queue, Rep, Territory


class Lookup:
    """Reads all of them once. `what` names one for people: a rep."""

    def __init__(self, what: str, rows: Iterable[tuple[int, str, str, str]]) -> None:
        self.what = what
        self._keys: dict[int, str] = {}
        self._by_key: dict[str, int] = {}
        self._by_word: dict[str, set[int]] = {}
        for pk, key, name, email in rows:
            self._keys[pk] = key
            self._by_key[key] = pk
            for word in {name.casefold(), email.casefold(), key.casefold()} - {""}:
                self._by_word.setdefault(word, set()).add(pk)

    def find(self, text: str) -> int:
        """Raises ValueError, which says what to write instead."""
        if text in self._by_key:
            return self._by_key[text]
        found = self._by_word.get(text.casefold(), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            keys = ", ".join(sorted(self._keys[pk] for pk in found))
            raise ValueError(f"“{text}” may be any of {len(found)}; write a key: {keys}.")
        raise ValueError(f"There is no {self.what} “{text}”.")

    def key_of(self, pk: int | None) -> str:
        return self._keys.get(pk, "") if pk is not None else ""


def reps() -> Lookup:
    return Lookup("rep", Rep.objects.order_by("pk").values_list("pk", "key", "name", "email"))


def queues() -> Lookup:
    return _by_key_and_name("queue", Queue)


def territories() -> Lookup:
    return _by_key_and_name("territory", Territory)


def account_lists() -> Lookup:
    return _by_key_and_name("list", NamedAccountList)


def _by_key_and_name(what: str, model: type[Model]) -> Lookup:
    rows: Any = model._default_manager.order_by("pk").values_list("pk", "key", "name")
    return Lookup(what, ((pk, key, name, "") for pk, key, name in rows))
