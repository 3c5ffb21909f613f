"""Decide another tool's leads in memory, and compare. Reads the database, writes nothing, tells nobody."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from enrichment.providers.base import Finding, Provider, Subject
from enrichment.providers.dataset import DatasetProvider
from enrichment.providers.inference import InferenceProvider
from enrichment.services.enrich import find
from leads.identity import company_domain_of
from leads.profile import Fact, resolve
from leads.selectors import facts_by_email
from pipeline.shadow.comparison import Comparison, Row
from pipeline.shadow.incumbent import Incoming, Reading
from routing.balancing import PoolMember
from routing.contract import Inputs, resolve_inputs
from routing.engine import match
from routing.explain import headline, sentences
from routing.models import Absence as AbsenceRow
from routing.models import Decision, Member, Rep, Standing
from routing.plan import Plan
from routing.replay import Absence, Opening, Past, Result, Simulation

CHUNK = 500
Tell = Callable[[int, int], None]
_UNDECIDED = Result(owner="", queue="", reason="")


@dataclass(frozen=True)
class Options:
    """`from_present`: begin with the counts as they are now, else everybody with none. `use_stored`: a lead whose
    address is known here has what is known of it too."""

    from_present: bool = True
    use_stored: bool = False


def shadow(
    reading: Reading, plan: Plan, options: Options, *, now: datetime, tell: Tell, keep: Callable[[Row], None]
) -> Comparison:
    """Each row goes to `keep` once it is compared; `tell` hears (done, total)."""
    comparison = Comparison(plan)
    deciding = _Deciding(plan, reading.rows, options, now)
    for done, incoming in enumerate(reading.rows):
        if done % CHUNK == 0:
            deciding.look_up(reading.rows[done : done + CHUNK])
        past = deciding.past(done, incoming)
        result = deciding.decide(past)
        row, found = comparison.add(incoming, result)
        if found is not None:
            found.example = deciding.example(incoming, past, result, comparison.contrast(incoming, result))
        keep(row)
        tell(done + 1, len(reading.rows))
    return comparison


class _Deciding:
    """One run: standings carried forward lead by lead, and look-ups that are made once."""

    def __init__(self, plan: Plan, rows: Sequence[Incoming], options: Options, now: datetime) -> None:
        self._plan = plan
        self._options = options
        self._now = now
        self._wanted = frozenset(plan.contract.by_key)
        self._providers: tuple[Provider, ...] = (_Remembered(DatasetProvider()), InferenceProvider())
        self._stored: Mapping[str, list[Fact]] = {}
        # Leads by address: who comes again keeps the owner. The addresses go no further than this.
        self._leads: dict[str, int] = {}
        times = Counter(row.email for row in rows if row.email)
        again = frozenset(self._lead(email) for email, count in times.items() if count > 1)
        self._first_away = _away_now()
        self._simulation = Simulation(plan, _opening(rows, options, now, again))

    def _lead(self, email: str) -> int:
        return self._leads.setdefault(email, len(self._leads) + 1)

    def look_up(self, rows: Sequence[Incoming]) -> None:
        if self._options.use_stored:
            self._stored = facts_by_email({row.email for row in rows if row.email})

    def past(self, place: int, incoming: Incoming) -> Past:
        """The row as something to decide. The first one says who is inactive or paused, as a stored pool would."""
        return Past(
            id=place + 1,
            lead=self._lead(incoming.email) if incoming.email else -(place + 1),
            is_move=False,
            is_test=False,
            result=_UNDECIDED,
            inputs=self._inputs(incoming),
            pools=self._first_away if place == 0 else "[]",
            passed_over=(),
            seed=f"shadow:{incoming.line}",
            decided_at=incoming.at or self._now,
        )

    def _inputs(self, incoming: Incoming) -> Inputs:
        facts = [_fact(key, value, "answer", self._now) for key, value in incoming.values.items()]
        domain = incoming.values.get("company_domain")
        if not isinstance(domain, str) and incoming.email:
            domain = company_domain_of(incoming.email, known_companies=settings.COMPANY_MAIL_DOMAINS)
            if domain:
                facts.append(_fact("company_domain", domain, "inferred", self._now))
        facts.extend(self._stored.get(incoming.email, ()))
        known = {**resolve(facts).values(), **incoming.values}
        company = domain if isinstance(domain, str) else None
        subject = Subject(incoming.email_domain, company, incoming.phone or None, known)
        found = find(subject=subject, wanted=self._wanted, providers=self._providers)
        facts.extend(
            Fact(each.attribute, each.value, each.source, each.confidence, self._now, provider)
            for provider, each in found.findings
        )
        return resolve_inputs(resolve(facts), self._plan.contract)

    def decide(self, past: Past) -> Result:
        self._simulation.resolution = None
        return self._simulation.decide(past)

    def example(self, incoming: Incoming, past: Past, result: Result, contrast: str) -> dict[str, Any]:
        """One lead told in sentences. Holds inputs, no name and no address."""
        given = {key: value for key, value in past.inputs.values.items() if past.inputs.sources.get(key) != "default"}
        return {
            "line": incoming.line,
            "inputs": given,
            "sentences": [contrast, *self._sentences(past, result)],
        }

    def _sentences(self, past: Past, result: Result) -> list[str]:
        resolution = self._simulation.resolution
        if resolution is None:
            return ["The same person came before in this file and keeps the owner."]
        chain = match(self._plan, past.inputs, past.decided_at)
        rep = self._plan.reps.get(result.owner)
        told = Decision(
            rep=Rep(key=rep.key, name=rep.name) if rep else None,
            reason=result.reason,
            queue_key=result.queue,
            inputs=past.inputs.as_document(),
            trace=chain.trace_document(),
            passed_over=[vars(each) for each in resolution.passed_over],
            pools=[pool.as_document() for pool in resolution.pools],
            tie_break=resolution.pick.tie_break if resolution.pick else "",
        )
        return [headline(told), *sentences(told, self._plan)]


class _Remembered:
    """A provider that is asked once for each company."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.key, self.supplies = provider.key, provider.supplies
        self._found: dict[str | None, Sequence[Finding]] = {}

    def lookup(self, subject: Subject) -> Sequence[Finding]:
        if subject.company_domain not in self._found:
            self._found[subject.company_domain] = self._provider.lookup(subject)
        return self._found[subject.company_domain]


def _fact(attribute: str, value: object, source: str, now: datetime) -> Fact:
    return Fact(attribute=attribute, value=value, source=source, confidence=1.0, observed_at=now)


def _opening(rows: Sequence[Incoming], options: Options, now: datetime, again: frozenset[int]) -> Opening:
    since = min((row.at for row in rows if row.at), default=now)
    standings = list(_standings()) if options.from_present else []
    return Opening(
        standings={place: member for place, member, _ in standings},
        taken={place: taken for place, _, taken in standings},
        absences=[
            Absence(*each)
            for each in AbsenceRow.objects.filter(ends_at__gt=since).values_list("rep__key", "starts_at", "ends_at")
        ],
        heard_of_again=again,
    )


def _standings() -> Iterator[tuple[tuple[str, str], PoolMember, Any]]:
    columns = ("shortfall", "remainder", "base", "count", "last_assigned_at")
    rows = Standing.objects.order_by().values_list("ledger__key", "rep__key", "taken", *columns)
    for ledger, rep, taken, *numbers in rows:
        yield (ledger, rep), PoolMember(rep, 0, 0, *numbers), taken


def _away_now() -> str:
    """Who takes nothing at present, as pools tell it."""
    inactive = Member.objects.filter(rep__active=False).values_list("queue__key", "rep__key")
    paused = Member.objects.filter(rep__active=True, paused=True).values_list("queue__key", "rep__key")
    told = [*((*each, "inactive") for each in inactive), *((*each, "paused") for each in paused)]
    # Owners outside of queues, too.
    told += [("", rep, "inactive") for rep in Rep.objects.filter(active=False).values_list("key", flat=True)]
    return json.dumps([{"queue": q, "members": [{"rep": rep, "unavailable": why}]} for q, rep, why in told])
