"""Alert rules: scope, thresholds, windows, quiet hours, addresses; what they would say now (docs/alerts.md)."""

from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.models import Mail, OutboxEvent
from routing.alerts import Findings, Kind, News, Scope, Standing, Tally, Watch, is_quiet, judge, step
from routing.contract import inputs_by_hand
from routing.models import Absence, AlertNotice, AlertRule, AlertState, Assignment, Member, Queue, Rep, Rule, Territory
from routing.selectors import active_plan
from routing.services.check_alerts import check_alerts, silent_since, watch_of
from routing.services.publish_plan import publish_plan
from routing.services.route_lead import route_lead
from tests.routing.factories import NOW, LeadFactory, RuleFactory, TerritoryFactory, queue_with

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# Judging: pure


def tallies(*rows: tuple[str, str, str, int]) -> list[Tally]:
    return [Tally(*row) for row in rows]


MIXED = tallies(
    ("rule", "north", "nordics", 6),
    ("no_match", "desk", "", 3),
    ("fallback_queue", "desk", "nordics", 4),
)


def rate(scope: Scope, percent: float) -> bool:
    watch = Watch(Kind.FALLBACK_RATE, scope, threshold=percent, windows=("hour",))
    return judge(watch, Findings(decided={"hour": MIXED}), NOW).holds


def test_a_rate_is_of_the_leads_within_the_scope():
    nordics = Scope(territory="nordics", territories=frozenset({"nordics"}))
    assert rate(nordics, 39)
    assert not rate(nordics, 40)
    assert rate(Scope(), 53)
    assert not rate(Scope(), 54)
    assert rate(Scope(queue="desk"), 99)
    assert not rate(Scope(queue="north"), 0)


def test_one_window_above_the_threshold_is_enough():
    watch = Watch(Kind.FALLBACK_RATE, threshold=20, windows=("hour", "day"))
    calm = tallies(("rule", "north", "", 10))
    assert judge(watch, Findings(decided={"hour": calm, "day": MIXED}), NOW).holds
    assert not judge(watch, Findings(decided={"hour": calm, "day": calm}), NOW).holds


@pytest.mark.parametrize(("least", "told"), [(4, True), (5, False)])
def test_waiting_leads_count_from_the_threshold_on(least, told):
    waiting = tallies(("no_eligible_member", "desk", "", 3), ("no_eligible_member", "north", "nordics", 1))
    assert judge(Watch(Kind.PARKED, threshold=least), Findings(waiting=waiting), NOW).holds is told


def test_nobody_in_one_queue_is_no_matter_of_another():
    found = Findings(nobody=["desk"])
    assert judge(Watch(Kind.NOBODY_ELIGIBLE), found, NOW).holds
    assert not judge(Watch(Kind.NOBODY_ELIGIBLE, Scope(queue="north")), found, NOW).holds


def test_silence_is_told_after_the_days_and_not_before():
    found = Findings(silent_since={"nordics": NOW - 14 * DAY, "dach": NOW - 13 * DAY})
    assert judge(Watch(Kind.SILENT_TERRITORY, threshold=14), found, NOW).figures == {"territories": {"nordics": 14}}
    dach = Scope(territory="dach", territories=frozenset({"dach"}))
    assert not judge(Watch(Kind.SILENT_TERRITORY, dach, threshold=14), found, NOW).holds


def test_a_long_list_is_cut():
    found = Findings(silent_since={f"part-{number}": NOW - 30 * DAY for number in range(50)})
    lines = judge(Watch(Kind.SILENT_TERRITORY, threshold=14), found, NOW).lines
    assert (len(lines), lines[-1]) == (22, "  and 30 more")


# Quiet hours: pure


@pytest.mark.parametrize(
    ("hour", "start", "end", "quiet"),
    [
        (23, 22, 7, True),
        (6, 22, 7, True),
        (7, 22, 7, False),
        (12, 22, 7, False),
        (13, 12, 14, True),
        (14, 12, 14, False),
    ],
)
def test_quiet_hours_may_go_past_midnight(hour, start, end, quiet):
    assert is_quiet(time(hour), time(start), time(end)) is quiet


def heard(moments: list[tuple[bool, bool]]) -> list[str | None]:
    """(holds, may tell), half an hour apart."""
    standing, told = Standing(), []
    for number, (holds, may_tell) in enumerate(moments):
        now = NOW + number * HOUR / 2
        standing, news = step(standing, holds=holds, now=now, repeat=DAY, may_tell=may_tell)
        told.append(news)
    return told


def test_what_begins_in_quiet_hours_is_told_when_they_end():
    assert heard([(True, False), (True, False), (True, True)]) == [None, None, News.BEGUN]


def test_what_begins_and_ends_in_quiet_hours_is_told_to_nobody():
    assert heard([(True, False), *[(False, False)] * 3, (False, True)]) == [None] * 5


def test_an_end_in_quiet_hours_is_told_when_they_end():
    assert heard([(True, True), *[(False, False)] * 3, (False, True)]) == [News.BEGUN, None, None, None, News.OVER]


# With a database


@pytest.fixture
def plan(db, settings):
    """Germany, a part of Europe, goes to ada within an hour; the desk, where cyd is, gets the rest."""
    settings.FALLBACK_ALERT_MIN, settings.ALERT_EMAILS = 2, ["ops@seller.example"]
    AlertRule.objects.all().delete()
    queue_with("desk", "cyd", is_default=True)
    sellers = queue_with("sellers", "ada", accept_within_min=60)
    europe = TerritoryFactory(key="europe", condition={"country": {"$in": ["DE", "FR"]}})
    germany = TerritoryFactory(key="germany", parent=europe, condition={"country": "DE"})
    RuleFactory(condition={"country": "DE"}, territory=germany, queue=sellers)
    return publish_plan(now=NOW)


def rule(kind: str, **fields: object) -> AlertRule:
    made = AlertRule(key=f"rule-{AlertRule.objects.count()}", name=f"About {kind}", kind=kind, **fields)
    made.full_clean()
    made.save()
    return made


def route(*countries: str, now: datetime = NOW) -> None:
    active = active_plan()
    for country in countries:
        inputs = inputs_by_hand({"country": country}, active.plan.contract)
        route_lead(lead=LeadFactory(), submission_id=uuid4(), inputs=inputs, active=active, starts_clock=True, now=now)


def told(now: datetime = NOW) -> list[tuple[str, str]]:
    return [(key, news.value) for key, news in check_alerts(now=now)]


def test_a_rule_about_a_territory_counts_all_below_it(plan):
    rule("fallback_rate", territory=Territory.objects.get(key="europe"), threshold=60)
    route("DE", "FR", "FR", "US", "US")
    assert told() == [("rule-0", "begun")]
    assert OutboxEvent.objects.get().payload["found"]["hour"]["decisions"] == 3


def test_what_a_rule_leaves_empty_is_as_the_settings_say(plan, settings):
    settings.FALLBACK_ALERT_RATE = 0.35
    watch = watch_of(rule("fallback_rate"), None)
    assert (watch.threshold, watch.minimum, watch.windows) == (35, 2, ("hour", "day"))


def test_a_rule_tells_its_own_addresses(plan):
    rule("parked", emails="north@seller.example; south@seller.example\neast@seller.example")
    Member.objects.update(paused=True)
    route("DE")
    check_alerts(now=NOW)
    assert {mail.to.partition("@")[0] for mail in Mail.objects.all()} == {"north", "south", "east"}


def test_a_rule_may_leave_webhooks_out(plan):
    rule("parked", webhook=False)
    Member.objects.update(paused=True)
    route("DE")
    check_alerts(now=NOW)
    assert [(event.type, event.deliver) for event in OutboxEvent.objects.all()] == [("routing.alert", False)]


def test_a_rule_may_repeat_sooner_than_others(plan):
    rule("parked", repeat_hours=2)
    rule("parked")
    Member.objects.update(paused=True)
    route("DE")
    assert [told(NOW + hours * HOUR) for hours in range(3)][-1] == [("rule-0", "lasts")]


def test_a_queue_in_which_everybody_is_away_is_told_before_a_lead_comes(plan):
    rule("nobody_eligible", queue=Queue.objects.get(key="sellers"))
    assert told() == []
    Absence.objects.create(rep=Rep.objects.get(key="ada"), starts_at=NOW, ends_at=NOW + DAY)
    assert told() == [("rule-0", "begun")]


def test_a_member_at_the_cap_can_take_no_lead(plan):
    Member.objects.filter(rep__key="ada").update(cap_day=1)
    publish_plan(now=NOW)
    rule("nobody_eligible")
    route("DE")
    assert told() == [("rule-0", "begun")]


def test_a_lead_not_accepted_in_time_is_a_breach_also_after_it_moved_on(plan):
    rule("sla_breaches", threshold=2)
    route("DE", "DE", "DE")
    due = Assignment.objects.first().due_at
    Assignment.objects.update(due_at=due)
    accepted, moved, _ = Assignment.objects.all()
    Assignment.objects.filter(pk=accepted.pk).update(clock_stopped_at=due)
    Assignment.objects.filter(pk=moved.pk).update(ended_at=due + HOUR)
    assert told(due - HOUR / 60) == []
    assert told(due) == [("rule-0", "begun")]
    assert OutboxEvent.objects.get().payload["found"]["day"] == {"leads": 2, "queues": {"sellers": 2}}


def test_a_lead_that_was_moved_before_it_was_due_is_no_breach(plan):
    rule("sla_breaches")
    route("DE")
    held = Assignment.objects.get()
    Assignment.objects.update(ended_at=held.due_at - HOUR / 60)
    assert told(held.due_at) == []


def began(at: datetime) -> None:
    Territory.history.update(history_date=at)


def test_a_territory_without_leads_is_told_by_its_days(plan):
    began(NOW - 30 * DAY)
    rule("silent_territory", territory=Territory.objects.get(key="europe"), threshold=7)
    route("DE", now=NOW - 8 * DAY)
    assert told() == [("rule-0", "begun")]
    route("DE", now=NOW)
    assert told(NOW + HOUR) == [("rule-0", "over")]


def test_a_lead_below_breaks_the_silence_above_but_not_beside(plan):
    TerritoryFactory(key="japan", condition={"country": "JP"})
    publish_plan(now=NOW)
    began(NOW - 30 * DAY)
    rule("silent_territory", threshold=7)
    route("DE")
    check_alerts(now=NOW)
    assert OutboxEvent.objects.get().payload["found"] == {"territories": {"japan": 30}}


def test_a_territory_that_came_by_a_file_is_silent_since_its_first_plan(plan):
    Territory.objects.bulk_create([Territory(key="nordics", name="Nordics", condition={"country": "NO"})])
    for days in (20, 3):
        Rule.objects.update(name=f"As it was {days} days ago")
        publish_plan(now=NOW - days * DAY)
    assert silent_since(active_plan().plan, NOW)["nordics"] == NOW - 20 * DAY


def test_a_territory_that_is_new_is_not_silent_yet(plan):
    began(NOW - DAY)
    rule("silent_territory", threshold=7)
    assert told() == []


def test_quiet_hours_put_a_mail_off(plan):
    rule("parked", quiet_from=time(8), quiet_to=time(10))
    Member.objects.update(paused=True)
    route("DE")
    assert [told(NOW), told(NOW + HOUR)] == [[], [("rule-0", "begun")]]


def test_a_rule_that_is_switched_off_tells_nothing_and_begins_anew(plan):
    parked = rule("parked")
    Member.objects.update(paused=True)
    route("DE")
    check_alerts(now=NOW)
    AlertRule.objects.update(enabled=False)
    assert told(NOW + 2 * DAY) == []
    assert AlertState.objects.get(rule=parked).since is None


def test_what_was_told_is_kept(plan):
    rule("parked")
    Member.objects.update(paused=True)
    route("DE")
    check_alerts(now=NOW)
    notice = AlertNotice.objects.get()
    assert (notice.news, notice.mails, notice.told_at) == ("begun", 1, NOW)
    assert "1 in queue desk" in notice.text


def test_many_rules_cost_as_many_queries_as_few(plan):
    for kind in AlertRule.Kind:
        rule(kind)
    check_alerts(now=NOW)
    with CaptureQueriesContext(connection) as few:
        check_alerts(now=NOW)
    for _ in range(10):
        for kind in AlertRule.Kind:
            rule(kind, window="day")
    check_alerts(now=NOW)
    with CaptureQueriesContext(connection) as many:
        assert check_alerts(now=NOW) == []
    assert len(many) == len(few) <= 20


# What a rule may hold

WRONG = [
    {"kind": "silent_territory", "queue": "sellers"},
    {"kind": "nobody_eligible", "territory": "europe"},
    {"kind": "parked", "queue": "sellers", "territory": "europe"},
    {"kind": "fallback_rate", "threshold": 101},
    {"kind": "parked", "threshold": -1},
    {"kind": "parked", "quiet_from": time(8)},
    {"kind": "parked", "emails": "ops@seller.example, nobody"},
    {"kind": "parked", "repeat_hours": 0},
]


@pytest.mark.parametrize("fields", WRONG, ids=str)
def test_a_rule_that_makes_no_sense_is_refused(plan, fields):
    rows = {"queue": Queue, "territory": Territory}
    found = {name: rows[name].objects.get(key=value) if name in rows else value for name, value in fields.items()}
    with pytest.raises(ValidationError):
        rule(**found)


def test_the_alerts_that_there_were_are_rules_that_follow_the_settings(db):
    kept = AlertRule.objects.order_by("key").values_list(
        "key", "kind", "threshold", "minimum", "repeat_hours", "emails"
    )
    assert list(kept) == [
        ("fallback_rate", "fallback_rate", None, None, None, ""),
        ("parked", "parked", None, None, None, ""),
    ]


# Pages


def page(view: str, *arguments: object) -> str:
    return reverse(f"admin:routing_alertrule_{view}", args=arguments)


def test_the_list_says_how_each_rule_stands(plan, admin_client):
    rule("parked")
    Member.objects.update(paused=True)
    route("DE")
    check_alerts(now=NOW)
    content = admin_client.get(page("changelist")).content.decode()
    assert "Alert since 2 Mar 2026, 09:00" in content


def test_the_preview_says_what_would_be_told_and_tells_nothing(plan, admin_client):
    watched = rule("parked", emails="ops@seller.example")
    Member.objects.update(paused=True)
    route("DE")
    content = admin_client.get(f"/admin/routing/alertrule/{watched.pk}/now/").content.decode()
    assert "It would tell people now." in content
    assert "Leads that wait because nobody could take them: 1." in content
    assert not OutboxEvent.objects.exists()
    assert not AlertState.objects.filter(since__isnull=False).exists()


@pytest.mark.parametrize("wrong", ["0", "999999", "abc", "9" * 40])
def test_the_preview_of_a_rule_that_is_not_there_answers_without_failing(plan, admin_client, wrong):
    assert admin_client.get(f"/admin/routing/alertrule/{wrong}/now/").status_code in (302, 403, 404)


def test_switching_rules_off_reports_how_many(plan, admin_client):
    rule("parked"), rule("parked", enabled=False)
    chosen = {"action": "disable", "_selected_action": list(AlertRule.objects.values_list("pk", flat=True))}
    answer = admin_client.post(page("changelist"), chosen, follow=True)
    assert "Switched off 1 of 2; the others were off already." in answer.content.decode()
    assert not AlertRule.objects.filter(enabled=True).exists()


@pytest.mark.parametrize("name", ["E\nBcc: q@x.example", "E\0", "E\x1b[0m"])
def test_a_name_is_one_line(name):
    with pytest.raises(ValidationError, match="A name is one line"):
        AlertRule(key="e", name=name, kind="parked").clean_fields()
