"""Tell people when too many leads end in a fallback, or wait because nobody could take them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from foundation.mail import queue_mail
from foundation.outbox import emit
from routing.alerts import FallbackCounts, News, Standing, Thresholds, step
from routing.models import AlertState
from routing.selectors import fallback_counts, parked_leads

WINDOWS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
SUBJECTS = {
    AlertState.Kind.FALLBACK_RATE: "many leads end in a fallback",
    AlertState.Kind.PARKED: "leads wait that nobody could take",
}
HEADINGS = {News.BEGUN: "Alert", News.LASTS: "Still", News.OVER: "Over"}


@dataclass(frozen=True)
class _Findings:
    """`fallback`: counts by window. `parked`: leads that wait, by queue."""

    fallback: Mapping[str, FallbackCounts]
    parked: Mapping[str, int]

    def holds(self, kind: str) -> bool:
        if kind == AlertState.Kind.PARKED:
            return bool(self.parked)
        thresholds = Thresholds(rate=settings.FALLBACK_ALERT_RATE, decisions=settings.FALLBACK_ALERT_MIN)
        return any(thresholds.exceeded_by(counts) for counts in self.fallback.values())


def check_alerts(*, now: datetime) -> list[tuple[str, News]]:
    """What was told. Safe from several processes at once: an alert's row is the lock under which it is judged."""
    findings = _Findings(
        fallback={name: fallback_counts(now - window, now) for name, window in WINDOWS.items()},
        parked=parked_leads(),
    )
    steps = [(kind.value, _check(kind, findings, now)) for kind in AlertState.Kind]
    return [(kind, news) for kind, news in steps if news is not None]


@transaction.atomic
def _check(kind: AlertState.Kind, findings: _Findings, now: datetime) -> News | None:
    AlertState.objects.bulk_create([AlertState(kind=kind)], ignore_conflicts=True)
    row = AlertState.objects.select_for_update().get(kind=kind)
    before = Standing(row.since, row.held_at, row.told_at)
    after, news = step(before, holds=findings.holds(kind), now=now, repeat=settings.ALERT_REPEAT)
    if after != before:
        row.since, row.held_at, row.told_at = after.since, after.held_at, after.told_at
        row.save()
    if news is not None:
        _tell(kind, news, after.since or before.since or now, findings, now)
    return news


def _tell(kind: AlertState.Kind, news: News, since: datetime, findings: _Findings, now: datetime) -> None:
    emit("routing.alert", _payload(kind, news, since, findings), now=now, subject=f"alert:{kind}")
    queue_mail(
        to=settings.ALERT_EMAILS,
        subject=f"{HEADINGS[news]}: {SUBJECTS[kind]}",
        body=_body(news, since, findings),
        about=f"alert:{kind}",
        now=now,
    )


def _payload(kind: AlertState.Kind, news: News, since: datetime, findings: _Findings) -> dict[str, object]:
    return {
        "alert": kind.value,
        "state": news.value,
        "since": since.isoformat(),
        "fallback": {name: _counts(counts) for name, counts in findings.fallback.items()},
        "parked": {"leads": sum(findings.parked.values()), "queues": dict(findings.parked)},
    }


def _counts(counts: FallbackCounts) -> dict[str, object]:
    return {
        "decisions": counts.decisions,
        "fallbacks": counts.fallbacks,
        "rate": round(counts.rate, 4),
        "reasons": dict(counts.by_reason),
        "queues": dict(counts.by_queue),
    }


def _body(news: News, since: datetime, findings: _Findings) -> str:
    ended = ", and it is over now" if news is News.OVER else ""
    lines = [f"Since {since:%Y-%m-%d %H:%M} UTC{ended}.", ""]
    for name, counts in findings.fallback.items():
        lines.append(f"Last {name}: {counts.fallbacks:,} of {counts.decisions:,} leads ({counts.rate:.0%}) fell back.")
        lines += [f"  {count:,} {reason.replace('_', ' ')}" for reason, count in counts.by_reason.items()]
        lines += [f"  {count:,} ended in queue {queue}" for queue, count in counts.by_queue.items()]
    lines += ["", f"Leads that wait because nobody could take them: {sum(findings.parked.values()):,}."]
    lines += [f"  {count:,} in queue {queue}" for queue, count in findings.parked.items()]
    return "\n".join(lines) + "\n"
