"""Only visitors are experimented on: the same form, looked at, sent by a server, and imported."""

import json

import pytest

from experiments.models import Exposure, Variant
from forms_engine.models import Form, Submission
from forms_engine.services.import_submissions import import_submissions
from forms_engine.services.publish_version import publish_version
from tests.experiments.factories import running_experiment
from tests.forms_engine.documents import document
from tests.forms_engine.factories import NOW, FormFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def form() -> Form:
    """Published, with an experiment running on it."""
    form = FormFactory(slug="contact")
    version = publish_version(form=form, document=document(), now=NOW)
    running_experiment(subject=form.subject)
    Variant.objects.update(payload={"form_version": version.pk})
    return form


def test_a_visitor_enters(client, form):
    client.get("/f/contact/")
    assert Exposure.objects.count() == 1


def test_a_server_does_not(client, form):
    body = json.dumps({"answers": {"email": "ann@acme.com"}})
    assert client.post("/api/v1/forms/contact/submissions", body, content_type="application/json").status_code == 202
    assert (Exposure.objects.count(), Submission.objects.get().experiment_key) == (0, "")


def test_an_import_does_not(form):
    list(import_submissions(form=form, lines=["email\n", "ann@acme.com\n"], deliver=False, wait=False))
    assert (Exposure.objects.count(), Submission.objects.get().experiment_key) == (0, "")
