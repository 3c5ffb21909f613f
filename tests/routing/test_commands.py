"""The commands that prove and explain: what they print, where they refuse, and how they end."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from routing.contract import inputs_by_hand
from routing.models import Decision, Queue, Rule
from routing.selectors import active_plan
from routing.services.publish_plan import publish_plan
from routing.services.route_lead import route_lead
from routing.windows import WindowInvalid, parse_since
from tests.routing.factories import NOW, LeadFactory, PersonFactory, RuleFactory, queue_with


def run(*arguments: object) -> tuple[str, int]:
    """What the command wrote, and its exit code."""
    out, code = io.StringIO(), 0
    try:
        call_command(*map(str, arguments), stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return out.getvalue(), code


@pytest.fixture
def company(db):
    """Germany goes to the sellers, everything else to the desk."""
    queue_with("desk", "cyd", is_default=True)
    sellers = queue_with("sellers", "ada", "ben")
    RuleFactory(key="german", condition={"country": "DE"}, queue=sellers)
    RuleFactory(key="rest", condition={}, queue=Queue.objects.get(key="desk"), position=9)
    publish_plan(now=NOW)


def decide(email: str = "jo@buyer.example") -> Decision:
    active = active_plan()
    return route_lead(
        lead=LeadFactory(person=PersonFactory(email=email)),
        submission_id=uuid4(),
        inputs=inputs_by_hand({"country": "DE"}, active.plan.contract),
        active=active,
        now=timezone.now() - timedelta(hours=1),
    )


@pytest.mark.parametrize("by", ["number", "submission", "address"])
def test_explain_finds_a_lead_by_number_submission_or_address(company, by):
    decision = decide()
    name = {"number": decision.lead_id, "submission": decision.submission_id, "address": "Jo@Buyer.example"}[by]
    text, _ = run("explain", name)
    assert "jo@buyer.example" in text
    assert f"{decision.rep.name}: A rule applied." in text
    assert f"{decision.rep.name}, through “Sellers”." in text


@pytest.mark.parametrize("name", ["999", "nobody@buyer.example", "0d3f2b86-3b86-4d5a-9d0e-0a5d1a0c9f11", "what"])
def test_explain_refuses_a_lead_that_nobody_knows(company, name):
    with pytest.raises(CommandError, match="No lead is known"):
        run("explain", name)


def test_explain_says_where_nothing_has_been_decided_yet(company):
    assert "Nothing has been decided yet." in run("explain", LeadFactory().pk)[0]


def test_recheck_ends_with_0_where_nothing_differs(company):
    decide()
    text, code = run("recheck", "--since", "1d")
    assert text.endswith("that were run again: 1. None differs.\n")
    assert code == 0


def test_recheck_ends_with_1_and_names_the_decision_that_differs(company):
    decision = decide()
    Decision.objects.filter(pk=decision.pk).update(rule_key="gone")
    text, code = run("recheck")
    assert f"Decision {decision.pk} of lead {decision.lead_id}: rule was gone, is now german." in text
    assert code == 1


def test_replay_of_the_active_plan_says_that_nothing_would_differ(company):
    decide()
    assert "Nothing would have gone otherwise." in run("replay", "--since", "1d")[0]


def test_replay_of_the_draft_compares_owners_and_queues(company, tmp_path):
    decision = decide()
    Rule.objects.filter(key="german").update(queue=queue_with("new", "eve"))
    text, _ = run("replay", "--draft", "--out", tmp_path / "diff.csv")
    assert "1 would have gone otherwise (100.0%)." in text
    assert "  1 from Sellers to New" in text
    assert f"  1 from {decision.rep.name} to Eve" in text


def test_replay_writes_each_lead_that_would_have_gone_otherwise(company, tmp_path):
    decision = decide()
    Rule.objects.filter(key="german").update(queue=queue_with("new", "eve"))
    run("replay", "--draft", "--out", tmp_path / "diff.csv")
    row = next(csv.DictReader((tmp_path / "diff.csv").open()))
    assert (row["decision"], row["submission"]) == (str(decision.pk), str(decision.submission_id))
    assert (row["queue_before"], row["queue_after"], row["owner_after"]) == ("sellers", "new", "eve")


def test_replay_counts_fallbacks_before_and_after(company):
    decide()
    Rule.objects.all().delete()
    text, _ = run("replay", "--draft")
    assert "Fallbacks                                0         1" in text
    assert "no_match" in text


def test_replay_takes_a_published_plan_by_its_number(company):
    decide()
    Rule.objects.filter(key="german").update(queue=queue_with("new", "eve"))
    publish_plan(now=NOW)
    assert "decided again with plan 1: 1." in run("replay", "--plan", 1)[0]
    assert "1 would have gone otherwise" in run("replay", "--plan", 2)[0]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--plan", "77"), "There is no plan 77"),
        (("--since", "soon"), "'soon' is not a window"),
        (("--out", "/nowhere/diff.csv"), "There is no such folder"),
    ],
)
def test_replay_refuses_what_it_can_not_do(company, arguments, why):
    with pytest.raises(CommandError, match=why):
        run("replay", *arguments)


def test_replay_needs_a_plan(db):
    with pytest.raises(CommandError, match="No routing plan"):
        run("replay")


def test_analyse_routing_ends_with_0_where_there_is_no_finding(company):
    text, code = run("analyse-routing")
    assert (text, code) == ("Gaps: none\nOverlaps: none\nNever reached: none\nUndecided: none\n", 0)


def test_analyse_routing_looks_at_the_draft_only_when_asked(company):
    Rule.objects.filter(key="rest").update(position=0, queue=queue_with("new", "eve"))
    Rule.objects.filter(key="german").update(position=5)
    assert run("analyse-routing")[1] == 0
    text, code = run("analyse-routing", "--draft")
    assert "Rule “german” never decides: rule “rest” takes all of it." in text
    assert code == 1


def test_analyse_routing_speaks_json(company):
    Rule.objects.filter(key="rest").delete()
    text, code = run("analyse-routing", "--draft", "--json")
    finding = json.loads(text)["findings"][0]
    assert (finding["kind"], code) == ("gap", 1)
    assert finding["witness"]["country"] != "DE"


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("30d", datetime(2026, 1, 31, 9, tzinfo=UTC)),
        ("12h", datetime(2026, 3, 1, 21, tzinfo=UTC)),
        ("2w", datetime(2026, 2, 16, 9, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_window_is_a_span_or_a_day(text, since):
    assert parse_since(text, NOW) == since


@pytest.mark.parametrize("text", ["", "0d", "30", "-3d", "3m", "2026-13-01", "99999999d"])
def test_anything_else_is_no_window(text):
    with pytest.raises(WindowInvalid):
        parse_since(text, NOW)
