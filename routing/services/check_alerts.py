"""Judge every alert rule, and tell people what is new. docs/alerts.md has it in prose.

What the rules ask about is counted once for all of them, so a sweep costs the same however many there are.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from foundation.mail import queue_mail
from foundation.outbox import emit
from routing.alerts import (
    WINDOWS,
    Findings,
    Judgement,
    Kind,
    News,
    Scope,
    Standing,
    Watch,
    fallback_figures,
    fallbacks_among,
    is_quiet,
    judge,
    most_first,
    step,
)
from routing.errors import NoActivePlan
from routing.models import AlertNotice, AlertRule, AlertState, addresses_in
from routing.plan import Plan
from routing.selectors import (
    active_plan,
    breach_tallies,
    decision_tallies,
    last_leads_of_territories,
    queues_without_anybody,
    waiting_tallies,
)

HEADINGS = {News.BEGUN: "Alert", News.LASTS: "Still", News.OVER: "Over"}
# Each event carries these, whatever its rule asks.
ALWAYS_COUNTED = ("hour", "day")
# Where a rule leaves its threshold empty. The fallback's is a setting.
_THRESHOLDS = {Kind.PARKED: 1, Kind.SLA_BREACHES: 1, Kind.SILENT_TERRITORY: 14, Kind.NOBODY_ELIGIBLE: 1}


@dataclass(frozen=True)
class Message:
    """What a rule would say at one moment."""

    subject: str
    body: str
    to: tuple[str, ...]
    payload: Mapping[str, object]


def check_alerts(*, now: datetime) -> list[tuple[str, News]]:
    """What was told. Safe from several processes at once: rules are judged under the locks of their states."""
    rules = list(AlertRule.objects.enabled())
    _forget_disabled()
    if not rules:
        return []
    plan = _plan()
    watches = {rule.pk: watch_of(rule, plan) for rule in rules}
    findings = find(watches.values(), plan, now)
    judged = {rule.pk: judge(watches[rule.pk], findings, now) for rule in rules}
    return _step_all(rules, judged, findings, now)


def preview(*, rule: AlertRule, now: datetime) -> tuple[Judgement, Message]:
    """What the rule finds now, and what it would say if that were told. Changes nothing."""
    plan = _plan()
    watch = watch_of(rule, plan)
    findings = find([watch], plan, now)
    judgement = judge(watch, findings, now)
    state = AlertState.objects.filter(rule=rule).first()
    since = (state.since if state else None) or now
    return judgement, message_for(rule, News.BEGUN, since, judgement, findings)


def _plan() -> Plan | None:
    try:
        return active_plan().plan
    except NoActivePlan:
        return None


def watch_of(rule: AlertRule, plan: Plan | None) -> Watch:
    """With what the rule leaves empty filled in from the settings."""
    return Watch(
        kind=Kind(rule.kind),
        scope=_scope_of(rule, plan),
        threshold=threshold_of(rule),
        minimum=settings.FALLBACK_ALERT_MIN if rule.minimum is None else rule.minimum,
        windows=AlertRule.Window(rule.window).names,
    )


def threshold_of(rule: AlertRule) -> float:
    if rule.threshold is not None:
        return float(rule.threshold)
    return _THRESHOLDS.get(Kind(rule.kind)) or settings.FALLBACK_ALERT_RATE * 100


def _scope_of(rule: AlertRule, plan: Plan | None) -> Scope:
    if rule.territory is None:
        return Scope(queue=rule.queue.key if rule.queue else None)
    key = rule.territory.key
    below = {each.key for each in plan.territories if key in _lineage(plan, each.key)} if plan else set()
    return Scope(territory=key, territories=frozenset({key, *below}))


def _lineage(plan: Plan, territory: str) -> set[str]:
    return {each.key for each in plan.lineage(territory)}


def find(watches: Collection[Watch], plan: Plan | None, now: datetime) -> Findings:
    """One or two queries for each kind of question that somebody asks."""
    kinds = {watch.kind for watch in watches}
    return Findings(
        decided={
            name: decision_tallies(now - WINDOWS[name], now)
            for name in sorted({*ALWAYS_COUNTED, *_windows(watches, Kind.FALLBACK_RATE)})
        },
        waiting=waiting_tallies(),
        breaches={
            name: breach_tallies(now - WINDOWS[name], now) for name in sorted(_windows(watches, Kind.SLA_BREACHES))
        },
        nobody=queues_without_anybody(plan, now) if plan and Kind.NOBODY_ELIGIBLE in kinds else (),
        silent_since=silent_since(plan, now) if plan and Kind.SILENT_TERRITORY in kinds else {},
    )


def _windows(watches: Iterable[Watch], kind: Kind) -> set[str]:
    return {name for watch in watches if watch.kind is kind for name in watch.windows}


def silent_since(plan: Plan, now: datetime) -> dict[str, datetime]:
    """For each territory that is in force: the last lead in it or below it, or when it came into being, if later.

    One of which neither is known is left out: nobody can say for how long it has been silent.
    """
    known = last_leads_of_territories()
    found: dict[str, datetime] = {}
    for territory in plan.territories:
        last, _ = known.get(territory.key, (None, None))
        for above in plan.lineage(territory.key) if last else ():
            found[above.key] = max(found.get(above.key, last), last)  # type: ignore[type-var, assignment]
    for territory in plan.territories:
        _, began = known.get(territory.key, (None, None))
        if began is not None:
            found[territory.key] = max(found.get(territory.key, began), began)
    today = now.date()
    in_force = {
        each.key
        for each in plan.territories
        if (each.valid_from is None or each.valid_from <= today) and (each.valid_to is None or today <= each.valid_to)
    }
    return {key: at for key, at in found.items() if key in in_force}


@transaction.atomic
def _step_all(
    rules: list[AlertRule], judged: Mapping[int, Judgement], findings: Findings, now: datetime
) -> list[tuple[str, News]]:
    states = _locked_states(rules)
    told, changed = [], []
    for rule in rules:
        row = states.get(rule.pk)
        if row is None:  # deleted since
            continue
        before = Standing(row.since, row.held_at, row.told_at)
        after, news = step(
            before,
            holds=judged[rule.pk].holds,
            now=now,
            repeat=rule.repeat or settings.ALERT_REPEAT,
            may_tell=not is_quiet(timezone.localtime(now).time(), rule.quiet_from, rule.quiet_to),
        )
        if after != before:
            row.since, row.held_at, row.told_at = after.since, after.held_at, after.told_at
            changed.append(row)
        if news is not None:
            _tell(rule, news, after.since or before.since or now, judged[rule.pk], findings, now)
            told.append((rule.key, news))
    AlertState.objects.bulk_update(changed, ["since", "held_at", "told_at"])
    return told


def _locked_states(rules: list[AlertRule]) -> dict[int, AlertState]:
    """In the order of their ids, so that two sweepers wait for each other rather than for ever."""
    ids = [rule.pk for rule in rules]
    missing = set(ids) - set(AlertState.objects.filter(rule__in=ids).values_list("rule_id", flat=True))
    AlertState.objects.bulk_create([AlertState(rule_id=pk) for pk in sorted(missing)], ignore_conflicts=True)
    rows = AlertState.objects.select_for_update().filter(rule__in=ids).order_by("pk")
    return {row.rule_id: row for row in rows}


def _forget_disabled() -> None:
    """An alert that nobody wants any more isn't told to be over; if it is wanted again, it begins anew."""
    AlertState.objects.filter(rule__enabled=False, since__isnull=False).update(since=None, held_at=None, told_at=None)


def _tell(
    rule: AlertRule, news: News, since: datetime, judgement: Judgement, findings: Findings, now: datetime
) -> None:
    message = message_for(rule, news, since, judgement, findings)
    about = f"alert:{rule.key}"
    emit("routing.alert", message.payload, now=now, subject=about, deliver=rule.webhook)
    mails = queue_mail(to=message.to, subject=message.subject, body=message.body, about=about, now=now)
    AlertNotice.objects.create(
        rule=rule, news=news.value, since=since, told_at=now, mails=mails, text="\n".join(judgement.lines)
    )


def message_for(rule: AlertRule, news: News, since: datetime, judgement: Judgement, findings: Findings) -> Message:
    ended = ", and it is over now" if news is News.OVER else ""
    began = f"Since {since:%Y-%m-%d %H:%M} UTC{ended}."
    page = f"{settings.PUBLIC_URL}/admin/routing/alertrule/{rule.pk}/change/"
    return Message(
        subject=f"{HEADINGS[news]}: {rule.name}",
        body="\n".join([began, "", *judgement.lines, "", f"The rule and what it told: {page}", ""]),
        to=tuple(addresses_in(rule.emails) or settings.ALERT_EMAILS),
        payload=_payload(rule, news, since, judgement, findings),
    )


def _payload(
    rule: AlertRule, news: News, since: datetime, judgement: Judgement, findings: Findings
) -> dict[str, object]:
    parked = most_first((tally.queue, tally.leads) for tally in findings.waiting)
    return {
        "alert": rule.key,
        "name": rule.name,
        "kind": rule.kind,
        "queue": rule.queue.key if rule.queue else None,
        "territory": rule.territory.key if rule.territory else None,
        "state": news.value,
        "since": since.isoformat(),
        "found": dict(judgement.figures),
        "fallback": {name: fallback_figures(fallbacks_among(findings.decided[name])) for name in ALWAYS_COUNTED},
        "parked": {"leads": sum(parked.values()), "queues": parked},
    }
