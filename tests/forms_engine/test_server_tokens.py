"""Which servers may post."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from forms_engine.errors import TokenRequired
from forms_engine.models import Form, ServerToken, Submission
from forms_engine.services.server_tokens import issue_token, revoke_token, use_token
from tests.forms_engine.factories import NOW

pytestmark = pytest.mark.django_db

BODY = {"answers": {"email": "ada@example.com", "full_name": "Ada Lovelace"}}


def post(client: Client, authorization: str = "", slug: str = "contact") -> Any:
    headers = {"Authorization": authorization} if authorization else {}
    path = f"/api/v1/forms/{slug}/submissions"
    return client.post(path, json.dumps(BODY), content_type="application/json", headers=headers)


@pytest.fixture
def guarded(contact: Form) -> Form:
    Form.objects.update(server_posts=Form.ServerPosts.TOKEN)
    return contact


def test_an_open_form_takes_posts_from_any_server(client: Client, contact: Form) -> None:
    assert post(client).status_code == 202


def test_a_guarded_form_wants_a_token(client: Client, guarded: Form) -> None:
    answer = post(client)

    assert (answer.status_code, answer.json()["code"]) == (401, "server_token_required")
    assert not Submission.objects.exists()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_right_token_lets_in(client: Client, guarded: Form, scheme: str) -> None:
    _, token = issue_token(name="CRM", form=None, now=NOW)

    assert post(client, f"{scheme} {token}").status_code == 202


@pytest.mark.parametrize("shown", ["Bearer", "Bearer sy_x", "Basic c3k6eA==", "Bearer é", "Bearer " + "x" * 5000])
def test_a_wrong_token_does_not(client: Client, guarded: Form, shown: str) -> None:
    assert post(client, shown).status_code == 401


def test_a_wrong_token_is_told_to_be_so_by_an_open_form_too(client: Client, contact: Form) -> None:
    assert post(client, "Bearer sy_old").status_code == 401


def test_a_token_of_one_form_is_not_good_for_another(client: Client, guarded: Form, demo: Form) -> None:
    _, token = issue_token(name="CRM", form=demo, now=NOW)

    assert post(client, f"Bearer {token}").status_code == 401


def test_a_closed_form_takes_nothing_from_servers(client: Client, contact: Form) -> None:
    Form.objects.update(server_posts=Form.ServerPosts.CLOSED)
    _, token = issue_token(name="CRM", form=None, now=NOW)

    answer = post(client, f"Bearer {token}")

    assert (answer.status_code, answer.json()["code"]) == (403, "server_posts_closed")


def test_a_revoked_token_is_good_for_nothing(contact: Form) -> None:
    row, token = issue_token(name="CRM", form=contact, now=NOW)

    assert [revoke_token(token=row, now=NOW) for _ in range(2)] == [True, False]
    with pytest.raises(TokenRequired):
        use_token(form=contact, presented=token, now=NOW)


def test_the_token_itself_is_stored_nowhere(contact: Form) -> None:
    row, token = issue_token(name="CRM", form=contact, now=NOW)

    stored = ServerToken.objects.values().get()
    assert token not in str(stored)
    assert token.startswith(row.prefix)


def test_use_is_noted_at_most_once_a_minute(contact: Form, django_assert_num_queries: Any) -> None:
    _, token = issue_token(name="CRM", form=contact, now=NOW)
    use_token(form=contact, presented=token, now=NOW)

    with django_assert_num_queries(1):
        use_token(form=contact, presented=token, now=NOW + timedelta(seconds=59))
    assert ServerToken.objects.get().last_used_at == NOW
    use_token(form=contact, presented=token, now=NOW + timedelta(seconds=60))
    assert ServerToken.objects.get().last_used_at == NOW + timedelta(seconds=60)
