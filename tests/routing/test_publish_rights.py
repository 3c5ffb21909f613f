"""Who may open and use the pages on which plans go live, and what they ask of the database."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.roles import Role
from routing.models import GoldenLead, Proposal, Queue, Rollout
from routing.selectors import active_plan
from routing.services.propose_plan import approve_proposal
from tests.routing.clocked import send
from tests.routing.factories import RuleFactory, TerritoryFactory, queue_with
from tests.routing.going_live import old_team_live_and_new_team_drafted, page, proposed, tried, with_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    old_team_live_and_new_team_drafted()


GETS = [("publish",), ("rollouts",), ("rollout", 1), ("rollout_comparison", 1), ("proposal", 1), ("rollback", 1)]
POSTS = [
    *(("publish",), ("publish_summary",), ("rollback", 1), ("restore", 1)),
    *((f"{act}_rollout", 1) for act in ("compare", "grow", "finish", "stop")),
    *((f"{act}_proposal", 1) for act in ("approve", "decline", "withdraw")),
]


def everything() -> None:
    approve_proposal(proposal=proposed(), user=User.objects.create_user("bob"), now=timezone.now())
    Queue.objects.update(name="Renamed")
    tried()


LOOKS = {"rollouts", "rollout", "rollout_comparison", "proposal"}
ASKS = {"publish_summary", "compare_rollout"}


@pytest.mark.parametrize(
    ("role", "gets", "posts"),
    [
        (Role.SALES_OPS, {name for name, *_ in GETS}, {name for name, *_ in POSTS}),
        (Role.ADMINISTRATOR, {name for name, *_ in GETS}, {name for name, *_ in POSTS}),
        (Role.MARKETER, LOOKS, ASKS),
        (Role.ANALYST, LOOKS, ASKS),
        (Role.REP, set(), set()),
    ],
)
def test_a_role_may_exactly_what_it_should(role, gets, posts):
    everything()
    client = with_role(role)
    ids = {"rollout": Rollout.objects.get().pk, "proposal": Proposal.objects.get().pk}

    def allowed(ask, name: str, *arguments: object) -> bool:
        pk = next((pk for what, pk in ids.items() if what in name), None) if arguments else None
        return ask(page(name, *([pk or 1] if arguments else []))).status_code != 403

    assert {name for name, *more in GETS if allowed(client.get, name, *more)} == gets
    assert {name for name, *more in POSTS if allowed(client.post, name, *more)} == posts


def test_nobody_signed_in_is_sent_to_sign_in(client):
    assert "/login/" in client.get(page("publish")).url


@pytest.mark.parametrize("word", ["abc", "999999", "%00", "-1"])
def test_an_action_on_what_is_no_plan_goes_nowhere(admin_client, word):
    assert admin_client.get(f"/admin/routing/plan/{word}/activate/").status_code in (403, 404)


@pytest.mark.parametrize("number", ["999", "9" * 30])
def test_what_is_not_there_is_not_found(admin_client, number):
    for name in ("rollout", "proposal", "rollback"):
        assert (
            admin_client.get(f"/admin/workbench/{name}s/{number}/".replace("rollbacks", "rollback")).status_code == 404
        )


def test_what_changes_something_needs_a_post_with_a_token(admin_user):
    rollout, client = tried(), Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.get(page("finish_rollout", rollout.pk)).status_code == 405
    assert client.post(page("finish_rollout", rollout.pk)).status_code == 403
    assert active_plan().number == 1


@pytest.mark.parametrize("name", ["publish", "rollout", "proposal", "rollback"])
def test_pages_cost_a_fixed_and_small_number_of_queries(admin_client, name):
    everything()
    arguments = {"rollout": [Rollout.objects.get().pk], "proposal": [Proposal.objects.get().pk], "rollback": [1]}
    address = page(name, *arguments.get(name, []))

    def cost() -> int:
        admin_client.get(address)
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(address)
        return len(captured)

    Queue.objects.update(name="Renamed again")
    before = cost()
    for number in range(5):
        send(timezone.now())
        RuleFactory(queue=queue_with(f"more-{number}", f"rep-{number}"), territory=TerritoryFactory())
        GoldenLead.objects.create(name=f"golden {number}", inputs={"country": "DE"})
    assert cost() == before <= 20
