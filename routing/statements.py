"""The reads of every routing in plain SQL, the same on both databases.

Through the query builder each takes about ten times the processor time: docs/benchmarks.md, "The routing stage".
"""

import json
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from routing.models import Decision

_KNOWN = """
SELECT 1, id FROM routing_decision WHERE submission_id IN ({submissions}) AND role = %s AND sequence = 0
UNION ALL
SELECT 0, id FROM routing_assignment WHERE lead_id IN ({leads}) AND role = %s AND ended_at IS NULL
"""
_FOOTING = """
SELECT rep.key, rep.id, rep.active,
       EXISTS (SELECT 1 FROM routing_absence a WHERE a.rep_id = rep.id AND a.starts_at <= %s AND a.ends_at > %s),
       queue.key, standing.ledger_id, standing.shortfall, standing.remainder, standing.base, standing.count,
       standing.last_assigned_at, standing.taken
FROM routing_rep rep
LEFT JOIN routing_standing standing ON standing.rep_id = rep.id AND standing.ledger_id IN ({ledgers})
LEFT JOIN routing_member member ON member.rep_id = rep.id AND member.paused
LEFT JOIN routing_queue queue ON queue.id = member.queue_id
WHERE rep.key IN ({reps})
"""
# A rollout's base is the active plan for as long as it runs.
_ACTIVE = """SELECT active.id, active.number, rollout.id, rollout.key, rollout.territory_key, rollout.share_bp,
       tried.id, tried.number
FROM routing_plan active
LEFT JOIN routing_rollout rollout ON rollout.base_id = active.id AND rollout.state = 'running'
LEFT JOIN routing_plan tried ON tried.id = rollout.plan_id
WHERE active.is_active
"""
_submission_id = Decision._meta.get_field("submission_id")


def active_plan_row() -> tuple[Any, ...] | None:
    """Id and number of the active plan; id, key, territory and share of the rollout beside it, and its plan's id and
    number (all None: there is none)."""
    return next(iter(_rows(_ACTIVE, [])), None)


def decided_and_held(
    submission_ids: Collection[UUID], lead_ids: Collection[int], role: str
) -> tuple[list[int], list[int]]:
    """Ids of the decisions that these submissions have, and of these leads' live assignments. Neither may be empty."""
    submissions = [_submission_id.get_db_prep_value(each, connection) for each in submission_ids]
    sql = _KNOWN.format(submissions=_places(submissions), leads=_places(lead_ids))
    rows = _rows(sql, [*submissions, role, *lead_ids, role])
    return [pk for is_decision, pk in rows if is_decision], [pk for is_decision, pk in rows if not is_decision]


def footing_rows(
    now: datetime, rep_keys: Collection[str], ledger_ids: Collection[int]
) -> Iterator[tuple[str, int, bool, bool, str | None, int | None, tuple[Any, ...]]]:
    """A row for each rep, standing in these ledgers and queue in which it is paused.

    Key, id, whether active, whether absent, paused in which queue (None: in none), ledger of the standing (None: there
    is none) and the standing: shortfall, remainder, base, count, last assigned at, taken.
    """
    # PostgreSQL refuses an empty list; no ledger has the id 0, and no rep an empty key.
    ledgers, reps = [*ledger_ids] or [0], [*rep_keys] or [""]
    sql = _FOOTING.format(ledgers=_places(ledgers), reps=_places(reps))
    moment = connection.ops.adapt_datetimefield_value(now)
    for key, pk, active, absent, paused_in, ledger, *amounts, at, taken in _rows(
        sql, [moment, moment, *ledgers, *reps]
    ):
        standing = (*amounts, _moment(at), json.loads(taken) if taken else {})
        yield key, pk, bool(active), bool(absent), paused_in, ledger, standing


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _places(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _moment(stored: datetime | None) -> datetime | None:
    """SQLite keeps times in UTC, without saying so."""
    return stored.replace(tzinfo=UTC) if stored is not None and stored.tzinfo is None else stored
