import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from integrations.models import Delivery, WebhookEndpoint
from tests.integrations.factories import DeliveryFactory, EndpointFactory

pytestmark = pytest.mark.django_db

ENDPOINTS = "admin:integrations_webhookendpoint_changelist"
DELIVERIES = "admin:integrations_delivery_changelist"


def run(client, page: str, name: str, *rows):
    return client.post(reverse(page), {"action": name, "_selected_action": [row.pk for row in rows]}, follow=True)


@pytest.fixture
def onlooker(client, django_user_model):
    """Somebody who may see endpoints and deliveries, and change neither."""
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create_user("lou", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_webhookendpoint", "view_delivery"]))
    client.force_login(user)
    return client


def test_a_test_event_is_sent_to_each_chosen_endpoint(admin_client):
    chosen, _other = EndpointFactory.create_batch(2)
    run(admin_client, ENDPOINTS, "send_test", chosen)
    delivery = Delivery.objects.get()
    assert (delivery.endpoint, delivery.event.type) == (chosen, "webhook.test")


def test_a_failed_delivery_is_tried_again(admin_client):
    delivery = DeliveryFactory(status=Delivery.Status.FAILED)
    page = run(admin_client, DELIVERIES, "retry", delivery)
    assert [str(each) for each in page.context["messages"]] == ["1 deliveries will be tried again."]
    assert Delivery.objects.get().status == Delivery.Status.PENDING


def test_a_delivery_can_be_read_with_its_attempts_but_not_changed(admin_client):
    address = reverse("admin:integrations_delivery_change", args=[DeliveryFactory().pk])
    assert admin_client.get(address).status_code == 200
    assert admin_client.post(address, {}).status_code == 403


def test_whoever_may_change_an_endpoint_reads_its_secret(admin_client):
    endpoint = EndpointFactory()
    page = admin_client.get(reverse("admin:integrations_webhookendpoint_change", args=[endpoint.pk]))
    assert endpoint.secret in page.content.decode()


def test_the_secret_is_not_in_the_list(admin_client):
    endpoint = EndpointFactory()
    assert endpoint.secret not in admin_client.get(reverse(ENDPOINTS)).content.decode()


def test_an_onlooker_reads_no_secret(onlooker):
    endpoint = EndpointFactory()
    page = onlooker.get(reverse("admin:integrations_webhookendpoint_change", args=[endpoint.pk]))
    assert page.status_code == 200
    assert endpoint.secret not in page.content.decode()


def test_an_onlooker_sends_nothing(onlooker):
    run(onlooker, ENDPOINTS, "send_test", EndpointFactory())
    run(onlooker, DELIVERIES, "retry", DeliveryFactory(status=Delivery.Status.FAILED))
    assert list(Delivery.objects.values_list("status", flat=True)) == [Delivery.Status.FAILED]


def test_turning_an_endpoint_on_again_forgets_why_it_was_off(admin_client):
    endpoint = EndpointFactory(enabled=False, disabled_reason="answered 410 Gone")
    form = {"name": "CRM", "url": endpoint.url, "event_types": "[]", "enabled": "on"}
    admin_client.post(reverse("admin:integrations_webhookendpoint_change", args=[endpoint.pk]), form)
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.enabled, endpoint.disabled_reason) == (True, "")


def test_sales_ops_makes_an_endpoint(client, django_user_model):
    user = django_user_model.objects.create_user("sam", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name="Sales ops"))
    client.force_login(user)
    form = {"name": "CRM", "url": "https://hooks.example.com/", "event_types": "[]", "enabled": "on"}
    client.post(reverse("admin:integrations_webhookendpoint_add"), form)
    assert WebhookEndpoint.objects.get().secret.startswith("whsec_")


def test_the_list_of_deliveries_costs_the_same_for_many_as_for_two(admin_client, django_assert_max_num_queries):
    DeliveryFactory.create_batch(2)
    with django_assert_max_num_queries(14) as few:
        admin_client.get(reverse(DELIVERIES))
    DeliveryFactory.create_batch(8, endpoint=WebhookEndpoint.objects.first())
    with django_assert_max_num_queries(len(few)):
        assert admin_client.get(reverse(DELIVERIES)).status_code == 200
