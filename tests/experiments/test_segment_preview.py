"""Segments are built as conditions are, over what a visit has."""

import pytest
from django.urls import reverse

ADDRESS = "/admin/workbench/segments/preview/"
pytestmark = pytest.mark.django_db


def test_the_box_names_the_address(admin_client):
    page = admin_client.get(reverse("admin:experiments_experiment_add")).content.decode()
    assert f'data-condition-builder="{ADDRESS}"' in page


def test_names_are_suggested_and_others_allowed(admin_client):
    told = admin_client.get(ADDRESS).json()
    assert told["open"] is True
    assert {"language", "utm_source"} <= {each["name"] for each in told["attributes"]}


def test_a_segment_is_read_without_a_count(admin_client):
    sent = {"condition": '{"plan": {"$gte": 3}}', "count": "yes"}
    assert admin_client.post(ADDRESS, sent).json() == {"sentence": "plan is at least 3", "count": None}


def test_who_sees_no_experiments_may_not_ask(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("nobody", is_staff=True))
    assert client.get(ADDRESS).status_code == 403
