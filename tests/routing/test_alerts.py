"""Alerts: counted rightly, told once, repeated seldom, ended (docs/alerts.md)."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from foundation.models import Mail, OutboxEvent
from leads.models import Lead
from routing.alerts import (
    FALLBACK_REASONS,
    QUIET_FOR,
    FallbackCounts,
    News,
    Standing,
    Thresholds,
    fallbacks_among,
    step,
)
from routing.contract import inputs_by_hand
from routing.models import AlertState, Assignment, Decision, Member
from routing.selectors import active_plan, decision_tallies, waiting_tallies
from routing.services.check_alerts import check_alerts
from routing.services.publish_plan import publish_plan
from routing.services.route_lead import route_lead
from tests.conftest import ROOT
from tests.integrations.test_webhook_docs import example
from tests.routing.factories import NOW, LeadFactory, RuleFactory, queue_with

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)


def counts(decisions: int, fallbacks: int) -> FallbackCounts:
    return FallbackCounts(decisions, {"no_match": fallbacks}, {"desk": fallbacks})


@pytest.mark.parametrize(
    ("decisions", "fallbacks", "exceeded"), [(20, 4, False), (20, 5, True), (19, 19, False), (0, 0, False)]
)
def test_a_rate_counts_above_the_threshold_and_from_enough_decisions_on(decisions, fallbacks, exceeded):
    assert Thresholds(rate=0.2, decisions=20).exceeded_by(counts(decisions, fallbacks)) is exceeded


def heard(holding: list[bool], every: timedelta, repeat: timedelta = DAY) -> list[str | None]:
    """What is told when the cause is looked for so often."""
    standing, told = Standing(), []
    for number, holds in enumerate(holding):
        standing, news = step(standing, holds=holds, now=NOW + number * every, repeat=repeat)
        told.append(news)
    return told


def test_nothing_is_told_while_there_is_no_cause():
    assert heard([False] * 5, HOUR) == [None] * 5


def test_an_alert_is_told_when_it_begins_and_then_in_its_rhythm():
    assert heard([True] * 6, 6 * HOUR, repeat=DAY) == [News.BEGUN, None, None, None, News.LASTS, None]


def test_an_alert_is_over_once_its_cause_has_been_gone_for_an_hour():
    half = QUIET_FOR / 2
    assert heard([True, False, False, False], half) == [News.BEGUN, None, News.OVER, None]


def test_a_cause_that_comes_and_goes_is_one_alert():
    assert heard([True, False] * 6, QUIET_FOR / 2) == [News.BEGUN, *[None] * 11]


def test_an_alert_that_comes_again_is_told_again():
    assert heard([True, False, True], QUIET_FOR) == [News.BEGUN, News.OVER, News.BEGUN]


@pytest.fixture
def plan(db, settings):
    """Germany goes to ada; the desk, where cyd is, gets the rest. Two decisions are enough for an alert."""
    settings.FALLBACK_ALERT_MIN, settings.ALERT_EMAILS = 2, ["ops@seller.example"]
    queue_with("desk", "cyd", is_default=True)
    RuleFactory(condition={"country": "DE"}, queue=queue_with("sellers", "ada"))
    return publish_plan(now=NOW)


def route(*countries: str, now: datetime = NOW, starts_clock: bool = True, lead: Lead | None = None) -> None:
    active = active_plan()
    for country in countries:
        route_lead(
            lead=lead or LeadFactory(),
            submission_id=uuid4(),
            inputs=inputs_by_hand({"country": country}, active.plan.contract),
            active=active,
            starts_clock=starts_clock,
            now=now,
        )


def pause_everybody() -> None:
    Member.objects.update(paused=True)


def fallback_counts(since: datetime, now: datetime) -> FallbackCounts:
    return fallbacks_among(decision_tallies(since, now))


def parked_leads() -> dict[str, int]:
    return {tally.queue: tally.leads for tally in waiting_tallies()}


def told_of(kind: str) -> list[str]:
    return [event.payload["state"] for event in OutboxEvent.objects.all() if event.payload["alert"] == kind]


def test_fallbacks_are_counted_by_reason_and_by_the_queue_in_which_they_ended(plan):
    route("DE", "FR", "FR")
    Member.objects.filter(rep__key="ada").update(paused=True)
    route("DE")
    found = fallback_counts(NOW - HOUR, NOW)
    assert (found.decisions, found.rate) == (4, 0.75)
    assert (found.by_reason, found.by_queue) == ({"no_match": 2, "fallback_queue": 1}, {"desk": 3})


def test_a_lead_that_keeps_its_owner_is_not_counted(plan):
    lead = LeadFactory()
    route("FR", "FR", "FR", lead=lead)
    assert fallback_counts(NOW - HOUR, NOW).decisions == 1


def test_imports_and_tests_are_not_counted(plan):
    route("FR", "FR", starts_clock=False)
    assert fallback_counts(NOW - HOUR, NOW).decisions == 0


def test_only_the_time_asked_for_is_counted(plan):
    route("FR", now=NOW - HOUR)
    route("FR", now=NOW)
    assert fallback_counts(NOW - HOUR, NOW).decisions == 1
    assert fallback_counts(NOW - HOUR, NOW - MINUTE).decisions == 0


def test_a_lead_moved_afterwards_is_still_one_decision(plan):
    route("FR")
    Decision.objects.create(
        **Decision.objects.values("lead_id", "submission_id", "rep_id", "queue_key", "plan_id", "inputs").get(),
        kind=Decision.Kind.REASSIGNMENT,
        sequence=1,
        outcome="assigned",
        reason="by_hand",
        decided_at=NOW,
    )
    assert fallback_counts(NOW - HOUR, NOW).decisions == 1


def test_many_fallbacks_are_told_by_mail_and_to_webhooks(plan):
    route("FR", "FR")
    assert check_alerts(now=NOW) == [("fallback_rate", News.BEGUN)]
    event, mail = OutboxEvent.objects.get(), Mail.objects.get()
    assert (event.type, event.deliver, event.payload["fallback"]["hour"]["fallbacks"]) == ("routing.alert", True, 2)
    assert (mail.to, mail.subject) == ("ops@seller.example", "Alert: Many leads end in a fallback")
    assert "Last hour: 2 of 2 leads (100%) fell back." in mail.body


def test_few_fallbacks_are_told_to_nobody(plan):
    route("DE", "DE", "DE", "DE", "FR")
    assert check_alerts(now=NOW) == []
    assert not OutboxEvent.objects.exists()


def test_an_alert_is_told_to_webhooks_where_nobody_wants_mail(plan, settings):
    settings.ALERT_EMAILS = []
    route("FR", "FR")
    check_alerts(now=NOW)
    assert (OutboxEvent.objects.count(), Mail.objects.count()) == (1, 0)


def test_the_day_is_judged_apart_from_the_hour(plan):
    route("FR", "FR", now=NOW - 5 * HOUR)
    assert check_alerts(now=NOW) == [("fallback_rate", News.BEGUN)]


def test_an_alert_is_repeated_seldom_and_ended_once(plan, settings):
    settings.ALERT_REPEAT = 6 * HOUR
    route("FR", "FR")
    for hours in range(30):
        check_alerts(now=NOW + hours * HOUR)
    assert told_of("fallback_rate") == ["begun", "lasts", "lasts", "lasts", "over"]


def test_one_parked_lead_is_enough(plan):
    pause_everybody()
    route("DE")
    assert check_alerts(now=NOW) == [("parked", News.BEGUN)]
    assert OutboxEvent.objects.get().payload["parked"] == {"leads": 1, "queues": {"desk": 1}}


def test_further_parked_leads_wait_for_the_repetition(plan):
    pause_everybody()
    for minutes in range(3):
        route("DE", now=NOW + minutes * MINUTE)
        check_alerts(now=NOW + minutes * MINUTE)
    assert told_of("parked") == ["begun"]


def test_a_parked_lead_that_somebody_holds_waits_no_longer(plan):
    pause_everybody()
    route("DE")
    decision = Decision.objects.get()
    Assignment.objects.create(lead=decision.lead, rep=Member.objects.first().rep, decision=decision, created_at=NOW)
    assert parked_leads() == {}


def test_a_closed_lead_waits_for_nobody(plan):
    pause_everybody()
    route("DE")
    Lead.objects.update(status=Lead.Status.CLOSED)
    assert parked_leads() == {}


def test_parked_imports_and_tests_alert_nobody(plan):
    pause_everybody()
    route("DE", starts_clock=False)
    assert check_alerts(now=NOW) == []


def test_looking_again_at_once_tells_nothing_twice(plan):
    route("FR", "FR")
    check_alerts(now=NOW)
    assert check_alerts(now=NOW) == []
    assert AlertState.objects.get(rule__key="fallback_rate").since == NOW


def test_an_alert_names_no_lead_and_no_person(plan):
    pause_everybody()
    route("DE", "FR")
    check_alerts(now=NOW)
    told = [str(event.payload) for event in OutboxEvent.objects.all()] + [mail.body for mail in Mail.objects.all()]
    assert [text for text in told for lead in Lead.objects.all() if lead.person.email in text] == []


def test_the_documented_payload_is_what_is_sent(plan):
    route("FR", "FR")
    check_alerts(now=NOW)
    sent, documented = OutboxEvent.objects.get().payload, example("routing.alert")["data"]
    assert sent.keys() == documented.keys()
    assert sent["fallback"]["hour"].keys() == documented["fallback"]["hour"].keys()
    assert sent["parked"].keys() == documented["parked"].keys()


def test_every_reason_that_counts_is_explained():
    page = (ROOT / "docs" / "alerts.md").read_text()
    assert {reason for reason in FALLBACK_REASONS if f"| `{reason}` |" not in page} == set()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_sweepers_at_once_tell_an_alert_once(settings):
    from tests.routing.test_route_lead import _in_threads

    settings.FALLBACK_ALERT_MIN = 2
    queue_with("desk", "cyd", is_default=True)
    publish_plan(now=NOW)
    route("FR", "FR")
    _in_threads(lambda _: check_alerts(now=NOW), range(6))
    assert told_of("fallback_rate") == ["begun"]
