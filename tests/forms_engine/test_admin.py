"""What the admin says of forms and their versions."""

import html

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from forms_engine.models import FormSession
from forms_engine.services.publish_version import create_draft, publish_version
from foundation.roles import Role
from tests.forms_engine.documents import demo_document
from tests.forms_engine.factories import NOW, FormFactory

pytestmark = pytest.mark.django_db


def shown(admin_client, kind: str, row) -> str:
    address = reverse(f"admin:forms_engine_{kind}_change", args=[row.pk])
    return html.unescape(admin_client.get(address).content.decode())


def test_a_form_tells_the_lines_for_a_site(admin_client, demo):
    assert '<switchyard-form form="demo">' in shown(admin_client, "form", demo)


def test_a_form_without_a_version_has_no_lines_yet(admin_client):
    assert "Publish a version first." in shown(admin_client, "form", FormFactory())


def test_a_draft_is_compared_with_the_active_version(admin_client, demo):
    draft = create_draft(form=demo, document={**demo_document(), "title": "See it"})
    page = shown(admin_client, "formversion", draft)
    assert "Compared with version 1:" in page
    assert "The title is now “See it” (it was “Book a demo”)." in page


def test_a_published_version_is_compared_with_the_one_before(admin_client, demo):
    publish_version(form=demo, document={**demo_document(), "title": "See it"}, now=NOW)
    assert "The title is now “See it”" in shown(admin_client, "formversion", demo.active_version)


def test_a_first_version_has_nothing_to_be_compared_with(admin_client, demo):
    assert "The form's first version." in shown(admin_client, "formversion", demo.active_version)


def test_texts_of_a_document_are_escaped_in_what_changed(admin_client, demo):
    draft = create_draft(form=demo, document={**demo_document(), "title": "<script>alert(1)</script>"})
    address = reverse("admin:forms_engine_formversion_change", args=[draft.pk])
    assert b"<script>alert(1)" not in admin_client.get(address).content


@pytest.fixture
def kept(demo) -> FormSession:
    return FormSession.objects.create(
        pk="kept-session-1",
        form=demo,
        version=demo.active_version,
        step_key="you",
        answers={"email": "jo@example.com"},
        saved_at=NOW,
        expires_at=NOW,
    )


def test_kept_answers_are_shown_to_who_may_see_people(admin_client, kept):
    assert "jo@example.com" in shown(admin_client, "formsession", kept)


def test_kept_answers_are_not_shown_to_others(client, kept, django_user_model):
    marketer = django_user_model.objects.create_user("marketer", password="x", is_staff=True)
    marketer.groups.add(Group.objects.get(name=Role.MARKETER))
    client.force_login(marketer)
    page = shown(client, "formsession", kept)
    assert "kept-session-1" in page
    assert "jo@example.com" not in page


@pytest.mark.parametrize(
    "lookup",
    ["answers__email__startswith=jo", "answers__contains=x", "context__page__regex=.", "visitor_id__startswith=a"],
)
@pytest.mark.parametrize("kind", ["submission", "formsession"])
def test_nobody_finds_out_by_the_address_what_people_answered(admin_client, kept, kind, lookup):
    address = reverse(f"admin:forms_engine_{kind}_changelist")
    assert admin_client.get(f"{address}?{lookup}").status_code == 400
