"""What the admin says of forms and their versions."""

import html

import pytest
from django.urls import reverse

from forms_engine.services.publish_version import create_draft, publish_version
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
