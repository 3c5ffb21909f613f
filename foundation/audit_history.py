"""Edits write their audit entries by themselves, whoever makes them: the admin, a command, a shell.

Rows with a history (django-simple-history) are known by it. Rooms name further models with `audit_edits`. What a
queryset's `update` or `bulk_create` writes sends no signal: services that use these call `record` themselves.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, ForeignKey, Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.utils import timezone
from simple_history.models import HistoricalRecords
from simple_history.signals import post_create_historical_record

from foundation.audit import Way, record
from foundation.models import AuditEntry

ACTIONS = {"+": "created", "~": "changed", "-": "deleted"}
# A document with its thousand lines is told by its length; the versions themselves are kept elsewhere.
LONGEST_VALUE = 1000
HIDDEN = "not shown"

Values = dict[str, Any]
_silent: ContextVar[bool] = ContextVar("audit_silent", default=False)
_hidden: dict[type[Model], frozenset[str]] = {}
_ignored: dict[type[Model], frozenset[str]] = {}


@contextmanager
def one_entry_for_all() -> Iterator[None]:
    """For work in bulk: edits within write no entry of their own; the work itself records one, with counts."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def connect() -> None:
    """Called once, at start-up."""
    post_create_historical_record.connect(_history_written, dispatch_uid="foundation.audit_history")


def audit_edits(
    *models: type[Model], hidden: Sequence[str] = (), ignored: Sequence[str] = (), m2m: Sequence[str] = ()
) -> None:
    """For models without a history. `hidden`: secrets, of which only that they changed is told. `ignored`: fields that
    the product itself keeps up to date. `m2m`: many-to-many fields whose members are told too."""
    for model in models:
        _hidden[model], _ignored[model] = frozenset(hidden), frozenset(ignored)
        pre_save.connect(_about_to_save, sender=model, dispatch_uid=f"audit.{model._meta.label}")
        post_save.connect(_saved, sender=model, dispatch_uid=f"audit.{model._meta.label}")
        post_delete.connect(_deleted, sender=model, dispatch_uid=f"audit.{model._meta.label}")
        for name in m2m:
            audit_members(model, name)


def audit_members(model: type[Model], field: str) -> None:
    """Tell who was added to a many-to-many field, and who was taken out."""
    through = getattr(model, field).through
    m2m_changed.connect(_members_changed, sender=through, dispatch_uid=f"audit.{model._meta.label}.{field}")


def _history_written(sender: Any, instance: Model, history_instance: Any, **kwargs: Any) -> None:
    if _silent.get():
        return
    before = history_instance.prev_record if history_instance.history_type == "~" else None
    fields = history_instance.tracked_fields
    now_values = _values(history_instance, fields)
    _write(
        instance,
        history_instance.history_type,
        now_values if history_instance.history_type == "-" else _values(before, fields) if before else {},
        {} if history_instance.history_type == "-" else now_values,
        user=history_instance.history_user,
    )


def _about_to_save(sender: type[Model], instance: Model, raw: bool, **kwargs: Any) -> None:
    if raw or _silent.get() or instance._state.adding:
        return
    stored = sender._default_manager.filter(pk=instance.pk).first()
    instance._audit_before = _values(stored, _fields(sender)) if stored else {}  # type: ignore[attr-defined]


def _saved(sender: type[Model], instance: Model, created: bool, raw: bool, **kwargs: Any) -> None:
    if raw or _silent.get():
        return
    before = {} if created else instance.__dict__.pop("_audit_before", {})
    _write(instance, "+" if created else "~", before, _values(instance, _fields(sender)))


def _deleted(sender: type[Model], instance: Model, **kwargs: Any) -> None:
    if not _silent.get():
        _write(instance, "-", _values(instance, _fields(sender)), {})


def _members_changed(
    sender: Any, instance: Model, action: str, model: type[Model], pk_set: set[int] | None, reverse: bool, **kwargs: Any
) -> None:
    if _silent.get() or reverse or action not in ("post_add", "post_remove", "pre_clear"):
        return
    name = next(field.name for field in instance._meta.many_to_many if field.remote_field.through is sender)
    found = (
        getattr(instance, name).all() if action == "pre_clear" else model._default_manager.filter(pk__in=pk_set or ())
    )
    members = [str(each) for each in found.order_by("pk")]
    if members:
        _record("changed", instance, {name: [[], members] if action == "post_add" else [members, []]})


def _write(instance: Model, kind: str, before: Values, after: Values, user: Any = None) -> None:
    changes = _difference(instance, before, after)
    if changes or kind != "~":
        _record(ACTIONS[kind], instance, changes, user=user)


def _record(action: str, instance: Model, changes: Mapping[str, Sequence[Any]], user: Any = None) -> None:
    request = getattr(HistoricalRecords.context, "request", None)
    acting = user or getattr(request, "user", None)
    if action == "deleted" and acting == instance:
        acting = None  # an account can't be named any more by the entry of its own end
    record(
        action,
        now=timezone.now(),
        user=cast("User", acting) if getattr(acting, "is_authenticated", False) else None,
        way=_way(request),
        about=instance,
        changes=changes,
    )


def _way(request: Any) -> AuditEntry.Way:
    """Without a request it is a command, a worker or a sweep: the product itself."""
    if request is None:
        return Way.SYSTEM
    return Way.API if request.path_info.startswith("/api/") else Way.ADMIN


def _fields(model: type[Model]) -> list[Any]:
    ignored = _ignored.get(model, frozenset())
    return [field for field in model._meta.concrete_fields if field.name not in ignored]


def _values(row: Any, fields: Sequence[Any]) -> Values:
    """Raw values by the name of the field; a relation's is the id."""
    return {field.name: getattr(row, field.attname) for field in fields if not field.primary_key}


def _difference(instance: Model, before: Values, after: Values) -> dict[str, list[Any]]:
    """Only fields that differ. One that is absent or empty on one side, such as a new row's, is None there."""
    changes = {}
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old == new or (_is_empty(old) and _is_empty(new)):
            continue
        if name in _hidden.get(type(instance), ()):
            changes[name] = [HIDDEN if old else None, HIDDEN if new else None]
        else:
            field = instance._meta.get_field(name)
            changes[name] = [_told(field, old, instance), _told(field, new, instance)]
    return changes


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _told(field: "Field[Any, Any] | Any", value: Any, instance: Model) -> Any:
    """As JSON keeps it and people read it."""
    if _is_empty(value):
        return None
    if isinstance(field, ForeignKey):
        return _name_of(field, value, instance)
    plain = json.loads(json.dumps(value, cls=DjangoJSONEncoder))
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    if len(text) <= LONGEST_VALUE:
        return plain
    return f"{text[:LONGEST_VALUE]}… ({len(text):,} characters)"


def _name_of(field: Any, pk: Any, instance: Model) -> str:
    """What the row that is pointed to is called now."""
    kept = instance._state.fields_cache.get(field.name)
    if kept is None or kept.pk != pk:
        kept = field.remote_field.model._default_manager.filter(pk=pk).first()
    return str(kept) if kept is not None else f"{pk}, which is gone"
