"""The admin's home: each number is a link to the rows behind it, beside what it was before; each role sees its part."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponseRedirect
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.charts import Interval, compared, in_words, stacked
from config.today import Today
from experiments.models import Experiment
from forms_engine.models import Submission
from foundation.roles import Role
from insights.routing_health import Endings
from pipeline.models import Run
from routing.models import Assignment, Decision, GoldenLead, Member, Proposal, Rule
from routing.rollout import Scope
from routing.services.propose_plan import propose_plan
from routing.services.publish_plan import publish_plan
from routing.services.rollouts import start_rollout
from tests.config.test_admin_pages import example_company, fill_further, filled, queries, send, signed_in  # noqa: F401

pytestmark = pytest.mark.django_db
HOME = "/admin/"


def home(client: Client) -> dict:
    return client.get(HOME).context


def figures(client: Client) -> dict[str, str]:
    return {figure.label: figure.value for figure in home(client)["figures"]}


def send_to_fallback(number: int) -> None:
    """With no rule left, only the fallback queue takes the lead."""
    Rule.objects.all().delete()
    GoldenLead.objects.all().delete()
    publish_plan(now=timezone.now())
    send(number)


def park(number: int) -> None:
    Member.objects.update(paused=True)
    send(number)


def test_each_figure_counts_the_rows_its_link_shows(admin_client, filled):  # noqa: F811
    send_to_fallback(99)
    park(98)
    now = timezone.now()
    at_risk, overdue, *_ = Assignment.objects.live().values_list("pk", flat=True)
    Assignment.objects.update(clock_stopped_at=now)
    Assignment.objects.filter(pk=at_risk).update(due_at=now + timedelta(minutes=5), clock_stopped_at=None)
    Assignment.objects.filter(pk=overdue).update(due_at=now - timedelta(minutes=5), clock_stopped_at=None)
    Run.objects.filter(pk=Run.objects.first().pk).update(finished_at=None)
    Submission.objects.filter(pk=Submission.objects.first().pk).update(quarantined_at=now, marks=["trap"])
    counts = [figure for figure in home(admin_client)["figures"] if figure.value.isdecimal()]
    shown = {figure.label: admin_client.get(figure.address).context["cl"].result_count for figure in counts}
    assert shown == {figure.label: int(figure.value) for figure in counts}
    assert shown == {
        "New leads today": 7,
        "Assigned today": 5,
        "In fallback today": 1,
        "Parked today": 1,
        "SLA at risk": 1,
        "SLA overdue": 1,
        "In quarantine": 1,
        "Unfinished runs": 1,
    }


def test_the_runs_behind_the_waits_are_those_that_were_decided(admin_client, filled):  # noqa: F811
    Run.objects.filter(pk=Run.objects.first().pk).update(stage="enrich", finished_at=None)
    Run.objects.first().results.all().delete()
    found = {figure.label: figure for figure in home(admin_client)["figures"]}["Median time to assign"]
    assert found.note == "Of 4 today, from sending to decision"
    assert admin_client.get(found.address).context["cl"].result_count == 4


def test_a_clock_is_at_risk_from_its_reminder_on(admin_client, filled):  # noqa: F811
    now = timezone.now()
    Assignment.objects.update(clock_stopped_at=now)
    reminded = Assignment.objects.filter(pk=Assignment.objects.live().first().pk)
    reminded.update(due_at=now + timedelta(hours=3), remind_at=now - timedelta(hours=1), clock_stopped_at=None)
    assert figures(admin_client)["SLA at risk"] == "1"


def test_each_cell_of_the_charts_counts_the_rows_its_link_shows(admin_client, filled):  # noqa: F811
    park(98)
    Decision.objects.filter(pk=Decision.objects.first().pk).update(decided_at=timezone.now() - timedelta(days=3))
    for chart in home(admin_client)["charts"]:
        cells = [cell for bar in chart.bars for cell in bar.cells if cell.value]
        assert len(cells) >= 2
        assert [admin_client.get(cell.address).context["cl"].result_count for cell in cells] == [
            cell.value for cell in cells
        ]


def test_the_charts_say_in_a_sentence_what_they_show(admin_client, filled):  # noqa: F811
    park(98)
    by_hour, by_day = home(admin_client)["charts"]
    assert by_hour.sentence.startswith("6 leads today, 6 more than last ")
    assert "none in fallback, 1 parked" in by_hour.sentence
    assert by_day.sentence.startswith("6 leads; none in fallback, 1 parked. That is 0.4 a day, and at most 6, on ")


def test_numbers_stand_beside_yesterday_s_and_last_week_s_by_this_hour(admin_client, filled):  # noqa: F811
    now, (first, second, third) = timezone.localtime(), Decision.objects.all()[:3]
    for decision, before in ((first, timedelta(days=1)), (second, timedelta(days=7)), (third, timedelta(days=2))):
        Decision.objects.filter(pk=decision.pk).update(decided_at=now - before - timedelta(seconds=1))
    notes = {figure.label: figure.note for figure in home(admin_client)["figures"]}
    # In the first second of a day nothing was before it.
    expected = "1" if now - timedelta(seconds=1) > now.replace(hour=0, minute=0, second=0, microsecond=0) else "0"
    assert notes["Assigned today"] == f"By this hour: yesterday {expected}, last {now:%A} {expected}"


def test_fairness_names_who_is_furthest_from_what_is_due(admin_client, filled):  # noqa: F811
    rows = home(admin_client)["fairness"]
    assert len(rows) > 1
    assert all(abs(row.fairness.owed) < 1 for row in rows)
    assert {admin_client.get(row.address).status_code for row in rows} == {200}


def test_the_page_says_whose_days_these_are(admin_client, filled, settings):  # noqa: F811
    assert f"Days and hours are those of {settings.TIME_ZONE}." in admin_client.get(HOME).content.decode()


def test_the_page_costs_at_most_twenty_queries_however_full_tables_are(admin_client, filled):  # noqa: F811
    queries(admin_client, HOME)  # the plan is parsed once in each process
    few = queries(admin_client, HOME)
    fill_further()
    assert queries(admin_client, HOME) == few
    assert few <= 20


def test_a_plan_that_is_tried_is_told_with_its_comparison(admin_client, example_company):  # noqa: F811
    assert home(admin_client)["notices"] == []
    Rule.objects.filter(key="emea-mid-market").update(name="Renamed")
    rollout = start_rollout(scope=Scope(share_bp=1_000), user=None, now=timezone.now())
    (notice,) = home(admin_client)["notices"]
    address = reverse("routing_pages:rollout", args=[rollout.pk])
    assert notice == (f"{rollout.plan} is being tried on 10 % of leads", address)


def test_who_may_approve_is_told_what_waits_and_who_proposed_it_that_it_does(admin_client, example_company):  # noqa: F811
    Rule.objects.filter(key="emea-mid-market").update(name="Renamed")
    ann, ops = User.objects.create_user("ann"), signed_in(Role.SALES_OPS)
    propose_plan(note="New team", scope=Scope(), user=ann, now=timezone.now())
    address = reverse("routing_pages:proposal", args=[Proposal.objects.get().pk])
    told = "“New team”, proposed by ann, waits for you or another person to approve it"
    assert home(ops)["notices"] == [(told, address)]
    assert home(signed_in(Role.ANALYST))["notices"] == []
    Proposal.objects.update(proposed_by=User.objects.get(username="admin"))
    assert home(admin_client)["notices"][0][0].endswith("proposed by admin, waits for somebody else to approve it")


def test_the_latest_leads_are_named_with_owner_and_reason(admin_client, example_company):  # noqa: F811
    lead = send(1)
    (row,) = home(admin_client)["latest_leads"]
    held = lead.assignments.get()
    assert (row.lead, row.owner) == (lead, held.rep.name)
    assert re.fullmatch(r"A rule applied \(territory .+, rule “.+”, queue “.+”\)\.", row.reason)


def test_a_kept_owner_is_shown_with_the_reason_that_made_them_owner(admin_client, example_company):  # noqa: F811
    send(1)
    Submission.objects.update(idempotency_key=None)
    send(1)
    (row,) = home(admin_client)["latest_leads"]
    assert row.reason.startswith("A rule applied (")


def test_a_new_installation_shows_the_first_steps_and_no_empty_charts(admin_client):
    content = admin_client.get(HOME)
    assert [(text, done) for text, _, done in content.context["first_steps"]] == [
        ("Publish a routing plan", False),
        ("Publish a form", False),
        ("Fill it in yourself and see who gets the lead", False),
    ]
    assert "<svg" not in content.content.decode().partition('class="sy-home"')[2]


def test_first_steps_are_gone_once_something_was_sent(admin_client, filled):  # noqa: F811
    assert home(admin_client)["first_steps"] == []


# Each role sees its part


def test_a_marketer_sees_submissions_and_experiments_but_no_lead(filled):  # noqa: F811
    client = signed_in(Role.MARKETER)
    page = client.get(HOME)
    assert list(figures(client)) == ["Submissions today"]
    assert [each.pk for each in page.context["experiments"]] == [Experiment.objects.get(status="running").pk]
    assert "buyer" not in page.content.decode()


def test_an_analyst_sees_how_routing_goes_but_does_not_judge(filled):  # noqa: F811
    labels = figures(signed_in(Role.ANALYST))
    assert "Assigned today" in labels
    assert "In quarantine" not in labels


def test_a_rep_begins_with_their_own_leads(example_company):  # noqa: F811
    answer = signed_in(Role.REP).get(HOME)
    assert isinstance(answer, HttpResponseRedirect)
    assert answer.url == "/admin/my/leads/"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.REP])
def test_who_has_more_to_see_begins_at_home(example_company, role):  # noqa: F811
    assert signed_in(role).get(HOME).status_code == 200


def test_who_is_nobody_is_asked_to_sign_in(client):
    assert client.get(HOME).url.startswith(reverse("admin:login"))


def test_who_is_no_staff_is_asked_to_sign_in(client):
    client.force_login(User.objects.create_user("visitor"))
    assert client.get(HOME).url.startswith(reverse("admin:login"))


# Words and bars: pure


@pytest.mark.parametrize(
    ("count", "before", "words"),
    [
        (42, 45, "3 fewer than then"),
        (45, 42, "3 more than then"),
        (4, 4, "as many as then"),
        (1500, 0, "1,500 more than then"),
    ],
)
def test_a_count_is_compared_in_words(count, before, words):
    assert compared(count, before, "then") == words


def test_endings_are_told_in_words():
    assert in_words(Endings(1, 0, 0)) == "1 lead; none in fallback, none parked"
    assert in_words(Endings(1000, 2, 3)) == "1,005 leads; 2 in fallback, 3 parked"


def test_bars_are_stacked_from_the_ground_and_the_highest_is_full():
    intervals = [Interval("a", "", Endings(2, 1, 1), str), Interval("b", "", Endings(1, 0, 0), str)]
    high, low = stacked(intervals)
    assert [(each.part, each.y, each.height) for each in high.segments] == [
        ("assigned", 50, 50),
        ("fallback", 25, 25),
        ("parked", 0, 25),
    ]
    assert [(each.y, each.height) for each in low.segments] == [(75, 25)]


def test_nothing_has_no_bar_and_no_link():
    (bar,) = stacked([Interval("a", "", Endings(), str)])
    assert bar.segments == ()
    assert {cell.address for cell in bar.cells} == {""}


@pytest.mark.parametrize("moment", ["2026-03-29T10:00", "2026-10-25T10:00", "2026-10-25T00:30", "2026-06-01T23:59"])
def test_days_and_hours_ascend_on_each_day_of_the_year(settings, moment):
    settings.TIME_ZONE = "Europe/Berlin"
    timezone.get_default_timezone.cache_clear()
    try:
        today = Today(datetime.fromisoformat(moment).replace(tzinfo=UTC))
        starts = [each.astimezone(UTC) for each in today.starts]
        assert starts == sorted(set(starts))
        assert [each.hour for each in today.starts] == [0] * 15
        assert today.yesterday[1].hour == timezone.localtime(today.now).hour
    finally:
        timezone.get_default_timezone.cache_clear()
