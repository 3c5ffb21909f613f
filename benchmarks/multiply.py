"""Many leads out of some: every row that came of a lead is copied within PostgreSQL, with ids, addresses and times of
its own, so that a full installation is there in a minute. What the copies refer to among themselves is copied along.
"""

from typing import Any

# From one copy's ids to the next; there must be fewer rows of each table than this.
STEP = 100_000
HOURS_APART = 2
# Ids that stand within a text or a document.
_WITHIN = {
    "foundation.OutboxEvent.subject": f"'person:' || (split_part(row.subject, ':', 2)::bigint + copy * {STEP})",
    "foundation.OutboxEvent.payload": (
        f"jsonb_set(row.payload, '{{lead_id}}', to_jsonb((row.payload->>'lead_id')::bigint + copy * {STEP}))"
    ),
}


def multiply(copies: int) -> None:
    """Each copy lies two hours before the one before it: a thousand of them fill about 83 days."""
    from django.db import connection

    models = _models()
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(_statement(model, set(models)), [copies])
        for model in models:
            _move_sequence(cursor, model)
        # As the database does by itself within a minute or so of such growth.
        cursor.execute("VACUUM ANALYZE")


def _models() -> list[Any]:
    """In the order in which they refer to each other."""
    from forms_engine.models import Submission
    from foundation.models import OutboxEvent
    from integrations.models import Delivery
    from leads.models import Company, Lead, Observation, Person
    from pipeline.models import Run, StageResult
    from routing.models import Assignment, Decision, LedgerEntry

    came = [Company, Person, Lead, Submission, Run, StageResult, Observation, Decision, Assignment, LedgerEntry]
    return [*came, OutboxEvent, Delivery]


def _statement(model: Any, copied: set[Any]) -> str:
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    values = ", ".join(_value(field, copied) for field in model._meta.concrete_fields)
    return (
        f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {values} FROM "{model._meta.db_table}" AS row, '
        f"generate_series(1, %s) AS copy"
    )


def _value(field: Any, copied: set[Any]) -> str:
    from django.db.models import CharField, DateTimeField, UUIDField

    column = f'row."{field.column}"'
    if (within := _WITHIN.get(f"{field.model._meta.label}.{field.name}")) is not None:
        return within
    target = field.target_field if field.is_relation else field
    is_copied = field.primary_key or (field.is_relation and field.related_model in copied)
    if isinstance(target, UUIDField) and (is_copied or field.name == "submission_id"):
        return f"md5({column}::text || copy)::uuid"
    if is_copied:
        return f"{column} + copy * {STEP}"
    if isinstance(field, DateTimeField):
        return f"{column} - copy * interval '{HOURS_APART} hours'"
    if isinstance(field, CharField) and field.unique:
        return f"copy || '-' || {column}"
    return column


def _move_sequence(cursor: Any, model: Any) -> None:
    table, key = model._meta.db_table, model._meta.pk.column
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table}"', key])
    if (sequence := cursor.fetchone()[0]) is not None:
        cursor.execute(f'SELECT setval(%s, (SELECT max("{key}") FROM "{table}"))', [sequence])
