"""A second pair of eyes: what is proposed waits, as it was, for somebody else."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from routing.errors import DraftChanged, GoldenLeadsFailed, ProposalRefused, RolloutRefused, RolloutRunning
from routing.models import GoldenLead, Plan, Proposal, Queue, Rollout, Rule
from routing.rollout import Scope
from routing.selectors import active_plan
from routing.services.propose_plan import approve_proposal, decline_proposal, propose_plan, withdraw_proposal
from routing.services.publish_plan import publish_plan
from routing.services.rollouts import start_rollout
from tests.routing.factories import NOW, RuleFactory, queue_with

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
EVERYONE = Scope()


@pytest.fixture(autouse=True)
def company() -> None:
    RuleFactory(key="all", name="Everybody", condition={}, queue=queue_with("desk", "cyd", is_default=True))
    publish_plan(now=NOW)
    Rule.objects.update(name="All leads")


@pytest.fixture
def ann(db) -> User:
    return User.objects.create_user("ann")


@pytest.fixture
def bob(db) -> User:
    return User.objects.create_user("bob")


def proposed(user: User, scope: Scope = EVERYONE, **fields) -> Proposal:
    return propose_plan(note="Clearer names", scope=scope, user=user, now=NOW, **fields)


def test_nothing_goes_live_by_being_proposed(ann):
    proposal = proposed(ann)
    assert (proposal.state, proposal.base.number, proposal.proposed_by) == ("open", 1, ann)
    assert (active_plan().number, Plan.objects.count()) == (1, 1)


def test_what_is_approved_goes_live_in_the_name_of_who_proposed_it(ann, bob):
    approved = approve_proposal(proposal=proposed(ann), user=bob, now=LATER)
    assert (approved.state, approved.decided_by, approved.decided_at) == ("approved", bob, LATER)
    assert (approved.plan.number, approved.plan.published_by, approved.plan.note) == (2, ann, "Clearer names")
    assert active_plan().number == 2
    assert Proposal.objects.get().state == "approved"


def test_it_is_the_kept_draft_that_goes_live_not_what_the_working_copy_has_become(ann, bob):
    proposal = proposed(ann)
    Rule.objects.update(name="Changed since")
    approve_proposal(proposal=proposal, user=bob, now=LATER)
    assert active_plan().plan.rules[0].name == "All leads"


def test_a_proposal_for_some_leads_begins_as_a_rollout(ann, bob):
    proposal = proposed(ann, Scope(share_bp=1_000))
    approved = approve_proposal(proposal=proposal, user=bob, now=LATER)
    assert (active_plan().number, Rollout.objects.get().plan, Rollout.objects.get().share_bp) == (
        1,
        approved.plan,
        1_000,
    )


def test_nobody_approves_or_declines_their_own(ann):
    proposal = proposed(ann)
    with pytest.raises(ProposalRefused, match="somebody else"):
        approve_proposal(proposal=proposal, user=ann, now=LATER)
    with pytest.raises(ProposalRefused, match="withdraw"):
        decline_proposal(proposal=proposal, reason="No", user=ann, now=LATER)
    assert active_plan().number == 1


def test_declining_needs_a_reason_and_keeps_it(ann, bob):
    proposal = proposed(ann)
    with pytest.raises(ProposalRefused, match="Say why"):
        decline_proposal(proposal=proposal, reason=" ", user=bob, now=LATER)
    declined = decline_proposal(proposal=proposal, reason="Wait for May", user=bob, now=LATER)
    assert (declined.state, declined.reason, declined.decided_by) == ("declined", "Wait for May", bob)


def test_only_who_proposed_it_withdraws_it(ann, bob):
    proposal = proposed(ann)
    with pytest.raises(ProposalRefused, match="Only who proposed"):
        withdraw_proposal(proposal=proposal, user=bob, now=LATER)
    assert withdraw_proposal(proposal=proposal, user=ann, now=LATER).state == "withdrawn"


@pytest.mark.parametrize("act", [approve_proposal, withdraw_proposal])
def test_what_was_decided_is_not_decided_again(ann, bob, act):
    proposal = proposed(ann)
    decline_proposal(proposal=proposal, reason="No", user=bob, now=LATER)
    with pytest.raises(ProposalRefused, match="declined already"):
        act(proposal=proposal, user=bob, now=LATER)


def test_another_plan_that_goes_live_makes_it_outdated(ann, bob):
    proposal = proposed(ann)
    Rule.objects.update(name="Faster")
    publish_plan(now=LATER)
    with pytest.raises(ProposalRefused, match="proposed anew"):
        approve_proposal(proposal=proposal, user=bob, now=LATER)
    assert Proposal.objects.get().state == "outdated"


def test_approving_one_makes_the_others_outdated(ann, bob):
    first = proposed(ann)
    Rule.objects.update(name="Another idea")
    second = proposed(bob)
    approve_proposal(proposal=second, user=ann, now=LATER)
    assert dict(Proposal.objects.values_list("pk", "state")) == {first.pk: "outdated", second.pk: "approved"}


def test_golden_leads_are_asked_again_when_it_is_approved(ann, bob):
    proposal = proposed(ann)
    GoldenLead.objects.create(name="Acme", inputs={"country": "DE"}, expected_queue="elsewhere")
    with pytest.raises(GoldenLeadsFailed):
        approve_proposal(proposal=proposal, user=bob, now=LATER)
    assert Proposal.objects.get().state == "open"


def test_while_a_plan_is_tried_nothing_is_approved(ann, bob):
    proposal = proposed(ann)
    Queue.objects.update(name="Renamed")
    start_rollout(scope=Scope(share_bp=100), user=None, now=NOW)
    with pytest.raises(RolloutRunning):
        approve_proposal(proposal=proposal, user=bob, now=LATER)


def test_what_has_not_changed_or_is_proposed_already_is_not_proposed(ann, bob):
    proposed(ann)
    with pytest.raises(ProposalRefused, match="proposed already"):
        proposed(bob)
    Rule.objects.update(name="Everybody")
    with pytest.raises(ProposalRefused, match="Nothing has changed"):
        proposed(ann)


def test_a_draft_that_has_changed_or_a_scope_that_is_none_is_not_proposed(ann):
    with pytest.raises(DraftChanged):
        proposed(ann, draft_hash="0" * 64)
    with pytest.raises(RolloutRefused, match="no such territory"):
        proposed(ann, Scope(territory="mars"))
    assert not Proposal.objects.exists()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_does():
    from tests.routing.test_route_lead import _in_threads

    users = [User.objects.create_user(name) for name in ("ann", "bob", "cid")]
    proposal = proposed(users[0])

    refused = []

    def approve(number: int) -> None:
        try:
            approve_proposal(proposal=proposal, user=users[1 + number % 2], now=LATER)
        except ProposalRefused as error:
            refused.append(error.message)

    _in_threads(approve, range(4))
    assert refused == ["This proposal has been approved already."] * 3
    assert list(Plan.objects.filter(is_active=True).values_list("number", flat=True)) == [2]
