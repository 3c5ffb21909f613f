"""What the tests of the pages share on which plans go live, are tried, proposed and put back."""

from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.roles import Role
from routing.models import Plan, Proposal, Rollout, Rule
from routing.rollout import Scope
from routing.services.propose_plan import propose_plan
from routing.services.publish_plan import publish_plan
from routing.services.rollouts import start_rollout
from tests.routing.factories import RuleFactory, TerritoryFactory, queue_with

LONG_AGO = timezone.now() - timedelta(days=3)


def page(name: str, *arguments: object) -> str:
    return reverse(f"routing_pages:{name}", args=arguments)


def with_role(role: Role) -> Client:
    user = User.objects.create_user(f"a {role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def old_team_live_and_new_team_drafted() -> None:
    """The old team gets everything; the draft gives it to the new one."""
    queue_with("desk", "cyd", is_default=True)
    RuleFactory(key="all", condition={}, queue=queue_with("old", "ada"))
    TerritoryFactory(key="dach", name="DACH", condition={"country": "DE"})
    publish_plan(note="Old team", now=LONG_AGO)
    Rule.objects.update(queue=queue_with("new", "eve"))


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def publish(client: Client, **fields: object):
    form = client.get(page("publish")).context["form"]
    given = {"draft_hash": form["draft_hash"].value(), "note": "New team", "scope": "everyone", **fields}
    return client.post(page("publish"), given)


def proposed(**more: object) -> Proposal:
    user = User.objects.filter(username="ann").first() or User.objects.create_user("ann")
    return propose_plan(note="New team", scope=more.pop("scope", Scope()), user=user, now=timezone.now(), **more)


def tried(scope: Scope | None = None) -> Rollout:
    scope = scope or Scope(territory="dach")
    return start_rollout(scope=scope, note="New team", user=None, now=timezone.now())


def two_plans() -> Plan:
    """The first of two; the second is live."""
    publish_plan(note="New team", now=timezone.now())
    return Plan.objects.get(number=1)


def message(answer) -> str:
    return " ".join(str(each) for each in answer.wsgi_request._messages)
