"""What a condition says and how many past leads it holds for, asked while it is built."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conditions import parse
from foundation.roles import Role
from routing.models import contract_vocabulary
from routing.past_inputs import KEPT_FOR_S, LONGEST_COUNT_S, MOST_LEADS, WINDOW, count_matching, kept_past, past_values
from tests.routing.clocked import sellers, send

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/workbench/conditions/preview/"


def signed_in(role: Role) -> Client:
    user = User.objects.create_user(f"a {role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def ask(client, condition: str, **more: str):
    return client.post(ADDRESS, {"condition": condition, **more})


def test_the_address_is_the_one_that_fields_name():
    assert reverse("routing_pages:conditions") == ADDRESS


def test_the_vocabulary_is_the_contracts(admin_client):
    told = admin_client.get(ADDRESS).json()
    country = next(each for each in told["attributes"] if each["name"] == "country")
    assert (told["open"], country["label"], country["required"]) == (False, "Country", True)
    assert ["DE", "Germany"] in country["choices"]


def test_regions_are_too_many_to_come_along(admin_client):
    told = admin_client.get(ADDRESS).json()
    region = next(each for each in told["attributes"] if each["name"] == "region")
    assert (region["choices"], region["far"]) == (None, True)
    assert ["US-CA", "California"] in admin_client.get(ADDRESS, {"choices": "region"}).json()
    assert ["US-CA", "California"] in admin_client.get(ADDRESS, {"choices": "regions"}).json()


@pytest.mark.parametrize("name", ["", "nothing", "employees", "\x00"])
def test_choices_that_there_are_none_of_are_not_found(admin_client, name):
    assert admin_client.get(ADDRESS, {"choices": name}).status_code == 404


def test_a_condition_is_told_in_words(admin_client):
    assert ask(admin_client, '{"country": "DE"}').json() == {"sentence": "Country is Germany", "count": None}


def test_past_leads_are_counted_when_asked_for(admin_client):
    sellers("ada")
    for country in ("DE", "DE", "FR"):
        send(timezone.now(), values={"country": country})
    answer = ask(admin_client, '{"country": "DE"}', count="yes").json()
    assert answer["count"] == {"matching": 2, "looked_at": 3, "what": "decided leads (90 days)"}


def test_a_refused_condition_is_answered_with_its_path(admin_client):
    answer = ask(admin_client, '{"$or": [{"country": "DE"}, {"country": "XX"}]}')
    assert (answer.status_code, answer.json()["path"]) == (422, "$or[1].country")


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a": NaN}', '"\\ud800"', "\x00"])
def test_what_is_no_json_is_400(admin_client, text):
    assert ask(admin_client, text).status_code == 400


@pytest.mark.parametrize(
    "text", ["[]", "null", "1", '{"$and": 1}', '{"$where": "1"}', '{"": 1}', '{"postal_code": {"$regex": "("}}']
)
def test_json_that_is_no_condition_is_422(admin_client, text):
    assert ask(admin_client, text, count="yes").status_code == 422


def test_whatever_else_is_sent_is_refused(admin_client):
    assert admin_client.put(ADDRESS).status_code == 405


@pytest.mark.parametrize(
    ("role", "status"), [(Role.SALES_OPS, 200), (Role.MARKETER, 200), (Role.ANALYST, 200), (Role.REP, 403)]
)
def test_who_may_see_plans_may_ask(role, status):
    client = signed_in(role)
    assert (client.get(ADDRESS).status_code, ask(client, "{}").status_code) == (status, status)


def test_who_is_not_signed_in_is_sent_to_sign_in(client):
    assert client.get(ADDRESS).status_code == 302
    assert ask(client, "{}").status_code == 302


def test_a_post_needs_a_token(admin_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert ask(client, "{}").status_code == 403


def test_a_question_costs_few_queries(admin_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):  # session, user, contract, past leads
        ask(admin_client, "{}", count="yes")


# Past leads


def test_only_leads_of_the_window_that_were_routed_count():
    sellers("ada")
    now = timezone.now()
    send(now - WINDOW - timedelta(days=1), values={"country": "FR"})
    held = send(now, values={"country": "DE"})
    send(now, lead=held.lead, values={"country": "AT"})  # keeps its owner
    assert [values["country"] for values in past_values(timezone.now())] == ["DE"]


def test_past_leads_are_read_once_for_a_while(monkeypatch):
    sellers("ada")
    assert kept_past.values() == []
    send(timezone.now())
    assert kept_past.values() == []
    later = KEPT_FOR_S + 1
    monkeypatch.setattr(kept_past, "_kept", (kept_past._kept[0] - later, []))
    assert len(kept_past.values()) == 1


def test_leads_are_told_apart_by_what_the_condition_asks():
    past = [{"country": "DE", "employees": 5}, {"country": "DE"}, {"country": "DE", "employees": 500}, {}]
    document = {"country": "DE", "employees": {"$exists": True, "$lt": 50}}
    assert count_matching(parse(document, contract_vocabulary()), past * 3).matching == 3


def test_lists_among_the_inputs_are_counted_too():
    past = [{"topics": ["a", "b"]}, {"topics": ["b"]}, {}]
    assert count_matching(parse({"topics": {"$in": ["a"]}}), past).matching == 1


def test_counting_stops_when_its_time_is_up():
    condition = parse({"country": "DE"}, contract_vocabulary())
    ticks = iter([0.0, 0.0, LONGEST_COUNT_S + 1])
    count = count_matching(condition, [{"country": "DE"}] * MOST_LEADS, clock=lambda: next(ticks))
    assert (count.matching, count.looked_at) == (100, 100)
