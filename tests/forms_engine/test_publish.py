import pytest
from django.conf import settings

from experiments.models import Experiment, Variant
from forms_engine.errors import DefinitionInvalid, VersionImmutable
from forms_engine.experiment_checks import check_variants
from forms_engine.models import Form, FormVersion
from forms_engine.services.publish_version import create_draft, edit_draft, publish_draft, publish_version
from tests.forms_engine.documents import document, field
from tests.forms_engine.factories import NOW, FormFactory, FormVersionFactory

pytestmark = pytest.mark.django_db
OTHER = document(field("note"))


def test_the_published_version_is_active() -> None:
    form = FormFactory()

    version = publish_version(form=form, document=document(), now=NOW)

    form.refresh_from_db()
    assert (form.active_version, version.number, version.published_at) == (version, 1, NOW)


def test_the_active_content_again_is_the_active_version(contact: Form) -> None:
    assert contact.active_version is not None
    same = contact.active_version.document

    assert publish_version(form=contact, document=same, now=NOW) == contact.active_version
    assert contact.versions.count() == 1


def test_the_version_before_runs_out_after_the_grace_period(contact: Form) -> None:
    old = contact.active_version
    assert old is not None

    publish_version(form=contact, document=OTHER, now=NOW)

    old.refresh_from_db()
    assert old.expires_at == NOW + settings.FORM_VERSION_GRACE


def test_the_version_before_stays_while_a_running_experiment_shows_it(contact: Form) -> None:
    old = contact.active_version
    assert old is not None
    experiment = Experiment.objects.create(key="e", subject=contact.subject, status=Experiment.Status.RUNNING)
    Variant.objects.create(experiment=experiment, key="a", payload={"form_version": old.pk})

    publish_version(form=contact, document=OTHER, now=NOW)

    old.refresh_from_db()
    assert old.expires_at is None


def test_a_broken_document_changes_nothing(contact: Form) -> None:
    with pytest.raises(DefinitionInvalid):
        publish_version(form=contact, document={}, now=NOW)

    assert contact.versions.count() == 1


def test_a_draft_begins_as_a_copy_and_is_edited(contact: Form) -> None:
    draft = edit_draft(draft=create_draft(form=contact), document=OTHER)

    assert (draft.number, draft.status, draft.document) == (2, "draft", OTHER)


def test_a_published_draft_is_active(contact: Form) -> None:
    draft = create_draft(form=contact, document=OTHER)

    publish_draft(draft=draft, now=NOW)

    contact.refresh_from_db()
    assert (contact.active_version, draft.status) == (draft, "published")


def test_a_draft_is_published_once(contact: Form) -> None:
    draft = create_draft(form=contact, document=OTHER)
    publish_draft(draft=draft, now=NOW)

    with pytest.raises(VersionImmutable):
        publish_draft(draft=draft, now=NOW)


def test_a_published_version_refuses_every_change(contact: Form) -> None:
    version = contact.active_version
    assert version is not None
    version.document = OTHER

    with pytest.raises(VersionImmutable):
        version.save()
    with pytest.raises(VersionImmutable):
        version.delete()
    with pytest.raises(VersionImmutable):
        edit_draft(draft=version, document=OTHER)


def test_a_draft_may_be_deleted() -> None:
    FormVersionFactory().delete()

    assert not FormVersion.objects.exists()


# May an experiment on a form start?


def experiment(form: Form, payload: object) -> Experiment:
    made = Experiment.objects.create(key="e", subject=form.subject)
    Variant.objects.create(experiment=made, key="a", payload=payload)
    return made


def test_a_published_version_of_the_form_is_fine(contact: Form) -> None:
    assert contact.active_version is not None
    assert check_variants(experiment(contact, {"form_version": contact.active_version.pk})) == []


@pytest.mark.parametrize("payload", [{}, [], {"form_version": "1"}, {"form_version": True}, {"form_version": 10**30}])
def test_any_other_payload_is_a_reason_not_to(contact: Form, payload: object) -> None:
    assert len(check_variants(experiment(contact, payload))) == 1


def test_a_draft_is_a_reason_not_to(contact: Form) -> None:
    draft = create_draft(form=contact)

    assert "published version of contact" in check_variants(experiment(contact, {"form_version": draft.pk}))[0]


def test_another_forms_version_is_a_reason_not_to(contact: Form, demo: Form) -> None:
    assert demo.active_version is not None
    assert check_variants(experiment(contact, {"form_version": demo.active_version.pk}))


def test_other_subjects_are_none_of_our_business() -> None:
    assert check_variants(Experiment.objects.create(key="e", subject="page:home")) == []
