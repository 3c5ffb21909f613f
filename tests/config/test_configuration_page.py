"""The configuration's page: what a file would change is shown first, and applied only to what it was shown for."""

import re

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from foundation.models import AuditEntry
from foundation.roles import Role
from routing.models import Plan, Queue, Rep, Rule
from tests.config.configurations import SMALL

pytestmark = pytest.mark.django_db
PAGE, APPLY, DOWNLOAD = (
    reverse(f"config_pages:{name}") for name in ("configuration", "apply_configuration", "download_configuration")
)


def signed_in(role: Role) -> Client:
    user = User.objects.create_user(role.name.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMINISTRATOR)


def show(client: Client, text: str | bytes = SMALL, **more):
    content = text.encode() if isinstance(text, str) else text
    return client.post(PAGE, {"file": SimpleUploadedFile("trial.yaml", content), **more})


def carried(response) -> dict[str, str]:
    """The hidden fields of the form that applies."""
    form = response.content.decode().partition(APPLY)[2]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


@pytest.mark.parametrize("role", [Role.SALES_OPS, Role.MARKETER, Role.ANALYST, Role.REP])
@pytest.mark.parametrize("page", [PAGE, DOWNLOAD])
def test_others_than_administrators_are_refused(role, page):
    client = signed_in(role)
    assert client.get(page).status_code == 403
    assert client.post(APPLY, {}).status_code == 403


def test_who_is_not_signed_in_is_sent_to_sign_in():
    assert Client().get(PAGE).status_code == 302


def test_the_difference_is_shown_and_nothing_is_changed(admin):
    response = show(admin)
    assert "Rules: 2 added" in response.content.decode()
    assert not Rule.objects.exists()


def test_what_was_shown_is_applied(admin):
    response = admin.post(APPLY, carried(show(admin)), follow=True)
    assert "Applied: " in response.content.decode()
    assert Queue.objects.filter(is_default=True).exists()
    assert not Plan.objects.exists()
    assert AuditEntry.objects.get(action="configuration applied").who == "administrator"


def test_it_may_be_published_at_once(admin):
    admin.post(APPLY, carried(show(admin, publish="on")))
    assert Plan.objects.get().is_active


def test_publishing_alone_is_shown_before_it_is_done(admin):
    admin.post(APPLY, carried(show(admin)))
    response = show(admin, publish="on")
    assert "the routing plan is published</strong> by applying it" in response.content.decode()
    assert not Plan.objects.exists()
    assert "Plan 1 is active." in admin.post(APPLY, carried(response), follow=True).content.decode()


def test_what_is_published_already_is_nothing_to_do(admin):
    admin.post(APPLY, carried(show(admin, publish="on")))
    told = show(admin, publish="on").content.decode()
    assert "Nothing to do" in told
    assert '<button type="submit" class="sy-button">' not in told


def test_fields_are_shown_before_and_after(admin):
    admin.post(APPLY, carried(show(admin)))
    told = show(admin, SMALL.replace("{weight: 2}", "{weight: 3}")).content.decode()
    assert "Members › ada › weight: <del>2</del> → <ins>3</ins>" in told


def test_nothing_is_applied_to_what_has_changed_meanwhile(admin):
    fields = carried(show(admin))
    Rep.objects.create(key="new", name="New", email="new@seller.example")
    told = admin.post(APPLY, fields, follow=True).content.decode()
    assert "Something was changed since" in told
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    "change", [{"content": "x"}, {"content": "eA=="}, {"content_hash": "0" * 64}, {"mark": ""}, {"content": "/w=="}]
)
def test_a_file_that_came_back_otherwise_is_not_applied(admin, change):
    fields = {**carried(show(admin)), **change}
    assert "Nothing was changed" in admin.post(APPLY, fields, follow=True).content.decode()
    assert not Rule.objects.exists()


def test_what_is_wrong_is_told_with_its_place(admin):
    response = show(admin, SMALL.replace("queue: desk}", "queue: desc}"))
    assert response.status_code == 422
    assert "<code>rules.rest.queue</code>: there is no queue &#x27;desc&#x27;." in response.content.decode()


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"a: [", b"\x00", b"- 1", b"a: &a [*a]", b"x" * (3 * 1024 * 1024 + 1)]
)
def test_what_is_no_configuration_is_told(admin, content):
    assert show(admin, content).status_code == 422


def test_a_golden_lead_that_would_fail_is_told_before(admin):
    response = show(admin, SMALL.replace("employees: 500}, queue: big", "employees: 5}, queue: big"), publish="on")
    assert response.status_code == 409


def test_what_was_downloaded_changes_nothing_when_applied(admin):
    admin.post(APPLY, carried(show(admin)))
    text = admin.get(DOWNLOAD).content.decode()
    assert "Nothing to do" in show(admin, text, prune="on").content.decode()


def test_texts_of_the_file_are_escaped(admin):
    told = show(admin, SMALL.replace("A large one", "<script>alert(1)</script>")).content.decode()
    assert "<script>alert" not in told


def test_the_page_asks_for_little(admin, django_assert_max_num_queries):
    admin.get(PAGE)
    with django_assert_max_num_queries(20):
        admin.get(PAGE)
