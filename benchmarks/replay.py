"""How long does it take to decide a history again? `python -m benchmarks.replay`

100,000 decisions of a plan with 20 territories, 100 rules and 10 queues of 6 members, all with working hours and half
of them with caps, are stored as live routing stores them. What is measured is all of `manage.py replay` but its output.
Beside it, for scale, stands the bare reading of the same rows. The plan is unchanged, so that nothing may differ.
"""

import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import django

from benchmarks.databases import CHILD, on_both, set_up

MEASURE = "--measure"
DECISIONS = 100_000
BATCH = 2_000
NUMBER = 99
START = datetime(2026, 1, 5, tzinfo=UTC)
QUEUES, MEMBERS, TERRITORIES, RULES = 10, 6, 20, 100
WEEK = {day: ["07:00-19:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def main() -> int:
    set_up()
    _seed()
    # As the command runs: in a process of its own.
    return subprocess.run([sys.executable, "-m", "benchmarks.replay", CHILD, MEASURE], check=False).returncode


def measure() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from routing.history import history_since
    from routing.models import Plan
    from routing.replay import Difference, replay
    from routing.selectors import parsed_plan

    plan = parsed_plan(Plan.objects.get(number=NUMBER).pk)
    _bare_reading()
    started, worked = time.perf_counter(), time.process_time()
    history, difference = history_since(START, plan), Difference()
    for past, after in replay(plan, history.opening, history.decisions(plan), history.events):
        difference.add(past.result, after)
    elapsed, worked = time.perf_counter() - started, time.process_time() - worked
    print(f"  replay          {elapsed:6.1f} s   {difference.decisions / elapsed:,.0f} decisions a second")
    print(f"    of which      {worked:6.1f} s   of processor time")
    print(f"  {difference.decisions:,} decisions, {difference.changed:,} would have gone otherwise")
    assert difference.decisions == DECISIONS
    assert not difference.changed


def _bare_reading() -> None:
    from routing.models import Decision

    started = time.perf_counter()
    rows = Decision.objects.order_by("id").values_list("id", "inputs", "pools", "decided_at")
    count = sum(1 for _ in rows.iterator(chunk_size=BATCH))
    elapsed = time.perf_counter() - started
    print(f"  bare reading    {elapsed:6.1f} s   {count / elapsed:,.0f} decisions a second")


def _document(countries: list[str]) -> dict[str, Any]:
    chance = random.Random(3)
    shares = [countries[i::TERRITORIES] for i in range(TERRITORIES)]
    return {
        "contract": [
            {"key": "country", "type": "string", "vocabulary": "countries", "required": True},
            {"key": "employees", "type": "number", "default": 10},
            {"key": "industry", "type": "string"},
        ],
        "reps": {
            f"rep-{i}": {"name": f"Rep {i}", "email": f"rep-{i}@seller.example", "working_hours": WEEK}
            for i in range(QUEUES * MEMBERS)
        },
        "account_lists": [],
        "territories": [
            {"key": f"t{i}", "name": f"T{i}", "parent": None, "condition": {"country": {"$in": share}}}
            for i, share in enumerate(shares)
        ],
        "rules": [
            {
                "key": f"r{i}",
                "name": f"R{i}",
                "territory": f"t{i % TERRITORIES}" if i % 2 else None,
                "condition": {
                    "employees": {"$gte": chance.randrange(5000)},
                    "country": {"$in": shares[i % TERRITORIES]},
                },
                "queue": f"q{i % (QUEUES - 1)}",
            }
            for i in range(RULES)
        ],
        "queues": {f"q{i}": _queue(i) for i in range(QUEUES)},
        "default_queue": f"q{QUEUES - 1}",
    }


def _queue(i: int) -> dict[str, Any]:
    members = [
        {"rep": f"rep-{i * MEMBERS + j}", "weight": j + 1, "caps": {"day": 400} if j % 2 else {}}
        for j in range(MEMBERS)
    ]
    return {"name": f"Q{i}", "fallback": None, "members": members}


def _seed() -> None:
    """The plan and its history, into the database."""
    from django.utils import timezone

    from routing.models import Ledger, Plan, Rep
    from routing.plan_document import parse_plan
    from routing.vocabularies import named_vocabulary

    document = _document(sorted(named_vocabulary("countries") or ()))
    plan = parse_plan(document)
    row = Plan.objects.create(number=NUMBER, hash=plan.hash, document=document, published_at=timezone.now())
    Rep.objects.bulk_create(Rep(key=rep.key, name=rep.name, email=rep.email) for rep in plan.reps.values())
    Ledger.objects.bulk_create(Ledger(key=key) for key in sorted(plan.ledger_keys))
    history = _History(plan, row.pk)
    for first in range(0, DECISIONS, BATCH):
        history.go_on(first)


class _History:
    """Decides as live routing does, with standings in memory, and stores what it stores."""

    def __init__(self, plan: Any, plan_id: int) -> None:
        from routing.models import Ledger, Rep
        from routing.vocabularies import named_vocabulary

        self.plan, self.plan_id = plan, plan_id
        self.chance = random.Random(4)
        self.countries = sorted(named_vocabulary("countries") or ())
        self.standings: dict[tuple[str, str], Any] = {}
        self.rep_ids = dict(Rep.objects.values_list("key", "id"))
        self.ledger_ids = dict(Ledger.objects.values_list("key", "id"))

    def go_on(self, first: int) -> None:
        from leads.models import Lead, Person
        from routing.models import Assignment, Decision, LedgerEntry

        numbers = range(first, first + BATCH)
        people = Person.objects.bulk_create(Person(email=f"p{i}@buyer.example", created_at=START) for i in numbers)
        leads = Lead.objects.bulk_create(Lead(person=person, created_at=START) for person in people)
        decided = Decision.objects.bulk_create(self._decide(i, lead) for i, lead in zip(numbers, leads, strict=True))
        assigned = Assignment.objects.bulk_create(
            Assignment(lead=d.lead, rep_id=d.rep_id, queue_key=d.queue_key, decision=d, created_at=d.decided_at)
            for d in decided
            if d.rep_id
        )
        LedgerEntry.objects.bulk_create(
            LedgerEntry(
                ledger_id=self.ledger_ids[a.queue_key],
                rep_id=a.rep_id,
                credit=1,
                reason="assigned",
                assignment=a,
                created_at=a.created_at,
            )
            for a in assigned
        )

    def _decide(self, i: int, lead: Any) -> Any:
        from routing.availability import Roster
        from routing.contract import inputs_by_hand
        from routing.engine import find
        from routing.models import Decision
        from routing.pools import pool_of
        from routing.resolution import resolve_chain

        now, seed = START + timedelta(seconds=77 * i), UUID(int=i).hex
        values = {"country": self.chance.choice(self.countries), "employees": self.chance.randrange(6000)}
        inputs = inputs_by_hand({**values, "industry": "software"}, self.plan.contract)
        chain = find(self.plan, inputs, now)
        found = resolve_chain(
            chain,
            pool_of=lambda queue: pool_of(
                queue, self.plan, standings=self.standings, roster=Roster(), inputs=inputs, now=now
            ),
            active_owners=frozenset(),
            inputs=inputs,
            now=now,
            seed=seed,
        )
        self._count(found, now)
        return Decision(
            lead=lead,
            submission_id=UUID(int=i),
            outcome="assigned" if found.rep_key else "parked",
            reason=found.reason,
            rep_id=self.rep_ids[found.rep_key] if found.rep_key else None,
            queue_key=found.queue_key,
            territory_key=chain.territory or "",
            rule_key=chain.rule or "",
            plan_id=self.plan_id,
            plan_hash=self.plan.hash,
            inputs=inputs.as_document(),
            pools=[pool.as_document() for pool in found.pools],
            passed_over=[],
            seed=seed,
            decided_at=now,
        )

    def _count(self, found: Any, now: datetime) -> None:
        from routing.availability import taken_after
        from routing.hours import periods_at
        from routing.pools import StandingRow

        for member in found.pick.standings if found.pick else ():
            place = (found.queue_key, member.rep)
            taken = self.standings[place].taken if place in self.standings else {}
            if member.rep == found.rep_key:
                taken = taken_after(taken, periods_at(now, "UTC"), 1)
            numbers = (member.shortfall, member.remainder, member.base, member.count, member.last_assigned_at)
            self.standings[place] = StandingRow(0, *numbers, taken)


if __name__ == "__main__":
    if MEASURE in sys.argv:
        measure()
    elif CHILD in sys.argv:
        sys.exit(main())
    else:
        sys.exit(on_both("benchmarks.replay"))
