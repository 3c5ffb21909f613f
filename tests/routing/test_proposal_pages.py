"""The pages on which a second person approves a plan."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from routing.models import Plan, Proposal, Rule
from routing.selectors import active_plan
from routing.services.propose_plan import approve_proposal
from tests.routing.going_live import old_team_live_and_new_team_drafted, page, proposed, publish, shown

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    old_team_live_and_new_team_drafted()


@pytest.fixture
def needs_approval(settings) -> None:
    settings.PLAN_NEEDS_APPROVAL = True


def test_with_a_second_person_publishing_only_proposes(admin_client, needs_approval):
    answer = publish(admin_client, scope="share", share="10")
    proposal = Proposal.objects.get()
    assert answer.url == page("proposal", proposal.pk)
    assert (proposal.share_bp, active_plan().number, Plan.objects.count()) == (1_000, 1, 1)
    assert "somebody else" in shown(admin_client, answer.url)


def test_somebody_else_approves(admin_client, needs_approval):
    proposal = proposed()
    assert "Approve" in shown(admin_client, page("proposal", proposal.pk))
    admin_client.post(page("approve_proposal", proposal.pk))
    assert active_plan().number == 2
    assert "Approved" in shown(admin_client, page("proposal", proposal.pk))


def test_the_publish_page_and_the_plans_say_who_approved(admin_client):
    approve_proposal(proposal=proposed(), user=User.objects.create_user("bob"), now=timezone.now())
    assert "published by ann, approved by bob" in shown(admin_client, page("publish"))
    plan = Plan.objects.get(number=2)
    for address in (reverse("admin:routing_plan_changelist"), reverse("admin:routing_plan_change", args=[plan.pk])):
        text = shown(admin_client, address)
        assert ("Approved by" in text, "bob" in text) == (True, True)


def test_the_plan_page_lists_what_waits(admin_client):
    assert page("proposal", proposed().pk) in shown(admin_client, page("plan"))


def test_who_proposed_it_cannot_approve_it(admin_client, admin_user, needs_approval):
    publish(admin_client)
    proposal = Proposal.objects.get()
    assert 'id="approve-title"' not in shown(admin_client, page("proposal", proposal.pk))
    admin_client.post(page("approve_proposal", proposal.pk))
    assert active_plan().number == 1
    admin_client.post(page("withdraw_proposal", proposal.pk))
    assert Proposal.objects.get().state == "withdrawn"


def test_declining_asks_for_a_reason(admin_client):
    proposal = proposed()
    assert admin_client.post(page("decline_proposal", proposal.pk), {"reason": ""}).status_code == 422
    admin_client.post(page("decline_proposal", proposal.pk), {"reason": "Wait for May"})
    assert "“Wait for May”" in shown(admin_client, page("proposal", proposal.pk))


def test_the_publish_page_lists_what_waits(admin_client):
    proposal = proposed()
    assert f'href="{page("proposal", proposal.pk)}"' in shown(admin_client, page("publish"))


def test_a_proposal_shows_its_own_differences_and_summary(admin_client):
    proposal = proposed()
    Rule.objects.all().delete()
    context = admin_client.get(page("proposal", proposal.pk)).context
    assert [kind for kind, _ in context["change"].differences] == ["Rules", "Queues", "Reps"]
    assert context["summary_of"] == proposal.hash
