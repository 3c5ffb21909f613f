"""Sales ops looks at what seemed to be spam, and at server tokens."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from forms_engine.models import Form, ServerToken, Submission
from foundation.roles import Role
from pipeline.models import Run
from tests.forms_engine.factories import NOW

pytestmark = pytest.mark.django_db

LIST = "/admin/forms_engine/submission/"


def signed_in(role: Role) -> Client:
    user = User.objects.create_user(f"a {role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ops(db: None) -> Client:
    return signed_in(Role.SALES_OPS)


@pytest.fixture
def held(contact: Form) -> Submission:
    return Submission.objects.create(
        form=contact,
        version=contact.active_version,
        answers={"email": "ada@example.com"},
        origin="visitor",
        deliver=True,
        marks=["trap"],
        quarantined_at=NOW,
        created_at=NOW,
    )


def found(client: Client, choice: str) -> int:
    return int(client.get(f"{LIST}?quarantine={choice}").context["cl"].result_count)


def test_the_list_shows_what_waits(ops: Client, held: Submission) -> None:
    counts = {choice: found(ops, choice) for choice in ("waiting", "released", "spam", "never")}

    assert counts == {"waiting": 1, "released": 0, "spam": 0, "never": 0}


def test_the_page_says_in_words_why(ops: Client, held: Submission) -> None:
    page = ops.get(f"{LIST}{held.pk}/change/").content.decode()

    assert "The field that people can&#x27;t see was filled in." in page


@pytest.mark.parametrize(("action", "runs", "choice"), [("release_this", 1, "released"), ("confirm_this", 0, "spam")])
def test_it_is_judged_on_its_page_after_a_question(
    ops: Client, held: Submission, action: str, runs: int, choice: str
) -> None:
    link = f"{LIST}{held.pk}/{action}/"

    assert ops.get(link).status_code == 200
    assert found(ops, "waiting") == 1
    ops.post(link)
    assert (Run.objects.count(), found(ops, choice)) == (runs, 1)


@pytest.mark.parametrize(("action", "runs"), [("release", 1), ("confirm", 0)])
def test_many_are_judged_in_the_list(ops: Client, held: Submission, action: str, runs: int) -> None:
    ops.post(LIST, {"action": action, "_selected_action": str(held.pk)})

    assert (Run.objects.count(), found(ops, "waiting")) == (runs, 0)


@pytest.mark.parametrize("word", ["1", "x", "\x00"])
def test_ticking_what_is_no_submission_is_refused(ops: Client, held: Submission, word: str) -> None:
    assert ops.post(LIST, {"action": "release", "_selected_action": word}).status_code == 400


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST])
def test_others_may_look_and_not_judge(held: Submission, role: Role) -> None:
    client = signed_in(role)

    assert client.post(f"{LIST}{held.pk}/release_this/").status_code == 403
    assert not Run.objects.exists()


def test_what_went_its_way_offers_no_judging(ops: Client, held: Submission) -> None:
    ops.post(f"{LIST}{held.pk}/release_this/")

    assert ops.post(f"{LIST}{held.pk}/confirm_this/").status_code == 403


def test_a_token_is_shown_once(admin_client: Client) -> None:
    answer = admin_client.post(
        reverse("admin:forms_engine_servertoken_add"), {"name": "CRM", "form": ""}, follow=True
    ).content.decode()

    token = ServerToken.objects.get()
    again = admin_client.get(reverse("admin:forms_engine_servertoken_change", args=[token.pk])).content.decode()
    assert answer.count(token.prefix) > 1
    assert "Copy the token now" in answer
    assert "Copy the token now" not in again


def test_a_token_is_revoked_on_its_page(admin_client: Client) -> None:
    admin_client.post(reverse("admin:forms_engine_servertoken_add"), {"name": "CRM", "form": ""})
    token = ServerToken.objects.get()
    link = f"/admin/forms_engine/servertoken/{token.pk}/revoke_this/"

    admin_client.get(link)
    assert ServerToken.objects.live().exists()
    admin_client.post(link)
    assert not ServerToken.objects.live().exists()


@pytest.mark.parametrize("origins", ['["example.com"]', "5", "{"])
def test_a_form_with_origins_that_are_none_is_not_saved(admin_client: Client, contact: Form, origins: str) -> None:
    page = reverse("admin:forms_engine_form_change", args=[contact.pk])
    given: dict[str, Any] = {
        "brand": contact.brand_id,
        "slug": "contact",
        "name": "Contact",
        "allowed_origins": origins,
        "partial_saving": "never",
        "server_posts": "open",
        "without_consent": "control",
        "min_fill_ms": "0",
    }

    assert admin_client.post(page, given).status_code == 200
    assert Form.objects.get().partial_saving == "by_region"
    assert admin_client.post(page, {**given, "allowed_origins": '["https://a.example"]'}).status_code == 302
    assert Form.objects.get().allowed_origins == ["https://a.example"]
