import pytest
from django.urls import reverse

from tests.leads.factories import CompanyFactory, ObservationFactory, PersonFactory

pytestmark = pytest.mark.django_db

PAGES = {"person": PersonFactory, "company": CompanyFactory, "observation": ObservationFactory}


@pytest.mark.parametrize("name", PAGES)
def test_a_list_costs_the_same_for_many_rows_as_for_two(admin_client, django_assert_max_num_queries, name):
    PAGES[name].create_batch(2)
    address = reverse(f"admin:leads_{name}_changelist")
    with django_assert_max_num_queries(12) as few:
        admin_client.get(address)
    PAGES[name].create_batch(10)
    with django_assert_max_num_queries(len(few)):
        assert admin_client.get(address).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_a_row_can_be_read_but_not_changed(admin_client, name):
    address = reverse(f"admin:leads_{name}_change", args=[PAGES[name]().pk])
    assert admin_client.get(address).status_code == 200
    assert admin_client.post(address, {}).status_code == 403


def test_a_person_is_found_by_address_and_name(admin_client):
    PersonFactory(email="ann@acme.example", full_name="Ann Lee")
    for words in ("ann@acme", "lee"):
        page = admin_client.get(reverse("admin:leads_person_changelist"), {"q": words})
        assert page.context["cl"].result_count == 1


def test_a_company_shows_how_many_people_are_known(admin_client):
    company = CompanyFactory()
    PersonFactory.create_batch(3, company=company)
    page = admin_client.get(reverse("admin:leads_company_changelist"))
    assert [row.people_total for row in page.context["cl"].result_list] == [3]


def test_observations_are_filtered_by_attribute(admin_client):
    ObservationFactory(attribute="phone")
    ObservationFactory(attribute="country")
    page = admin_client.get(reverse("admin:leads_observation_changelist"), {"attribute": "phone"})
    assert [row.attribute for row in page.context["cl"].result_list] == ["phone"]
