"""Drafts become published versions, which never change; the one before stays open for a while."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from forms_engine.canonical import content_hash
from forms_engine.errors import VersionImmutable
from forms_engine.models import Form, FormVersion
from forms_engine.schema import parse_definition
from forms_engine.selectors import versions_under_experiment
from foundation.audit import Way, record

PUBLISHED = FormVersion.Status.PUBLISHED


def create_draft(*, form: Form, document: object = None) -> FormVersion:
    """A draft with the given document, or with a copy of the active one. Raises DefinitionInvalid."""
    if document is None:
        document = form.active_version.document if form.active_version else None
    definition = parse_definition(document)
    with transaction.atomic():
        Form.objects.select_for_update().get(pk=form.pk)
        return FormVersion.objects.create(
            form=form, number=_next_number(form), document=document, content_hash=definition.content_hash
        )


def edit_draft(*, draft: FormVersion, document: object) -> FormVersion:
    """Raises DefinitionInvalid, and VersionImmutable for what is published."""
    if draft.is_published:
        raise VersionImmutable("A published version never changes; start a draft instead.")
    draft.content_hash = parse_definition(document).content_hash
    draft.document = document
    draft.save(update_fields=["document", "content_hash"])
    return draft


def publish_version(*, form: Form, document: object, now: datetime, user: User | None = None) -> FormVersion:
    """Publish a document as the form's active version; the active one's own content gives that one back.

    Raises DefinitionInvalid. The version before stays open for FORM_VERSION_GRACE, or for as long as a running
    experiment shows it.
    """
    definition = parse_definition(document)
    with transaction.atomic():
        locked = Form.objects.select_for_update(of=("self",)).select_related("active_version").get(pk=form.pk)
        if locked.active_version and locked.active_version.content_hash == definition.content_hash:
            return _now_active(form, locked.active_version)
        version = FormVersion.objects.create(
            form=form,
            number=_next_number(form),
            document=document,
            content_hash=definition.content_hash,
            status=PUBLISHED,
            published_at=now,
        )
        _activate(locked, version, now, user)
    return _now_active(form, version)


def publish_draft(*, draft: FormVersion, now: datetime, user: User | None = None) -> FormVersion:
    """Publish a draft as it stands. Raises DefinitionInvalid and VersionImmutable."""
    parse_definition(draft.document)
    with transaction.atomic():
        form = Form.objects.select_for_update().get(pk=draft.form_id)
        published = FormVersion.objects.filter(pk=draft.pk, status=FormVersion.Status.DRAFT).update(
            status=PUBLISHED, published_at=now, content_hash=content_hash(draft.document)
        )
        if not published:
            raise VersionImmutable("This version is published already.")
        draft.refresh_from_db()
        _activate(form, draft, now, user)
    return _now_active(draft.form, draft)


def _activate(form: Form, version: FormVersion, now: datetime, user: User | None) -> None:
    """Point the form at the version and let the others run out, but for those that an experiment shows."""
    Form.objects.filter(pk=form.pk).update(active_version=version)
    replaced = form.versions.filter(status=PUBLISHED, expires_at__isnull=True).exclude(pk=version.pk)
    replaced.exclude(pk__in=versions_under_experiment(form)).update(expires_at=now + settings.FORM_VERSION_GRACE)
    FormVersion.objects.filter(pk=version.pk).update(expires_at=None)
    record("published", now=now, user=user, way=Way.ADMIN if user else Way.COMMAND, about=version)


def _now_active(form: Form, version: FormVersion) -> FormVersion:
    """Let the caller's own object tell the truth too."""
    form.active_version = version
    return version


def _next_number(form: Form) -> int:
    highest = form.versions.aggregate(highest=Max("number"))["highest"]
    return (highest or 0) + 1


def bring_version(*, form: Form, document: object, number: int, is_published: bool, now: datetime) -> FormVersion:
    """A version from another installation, under its number there if that is free. The active one stays active.

    A draft that says the same is published rather than doubled. Raises DefinitionInvalid.
    """
    definition = parse_definition(document)
    with transaction.atomic():
        Form.objects.select_for_update(of=("self",)).get(pk=form.pk)
        same = form.versions.filter(content_hash=definition.content_hash).order_by("-status", "-number").first()
        if same is not None and is_published and not same.is_published:
            form.versions.filter(pk=same.pk).update(status=PUBLISHED, published_at=now)
            same.refresh_from_db()
        return same or FormVersion.objects.create(
            form=form,
            number=_next_number(form) if form.versions.filter(number=number).exists() else number,
            document=document,
            content_hash=definition.content_hash,
            status=PUBLISHED if is_published else FormVersion.Status.DRAFT,
            published_at=now if is_published else None,
        )


def activate_version(*, form: Form, version: FormVersion, user: User | None = None, now: datetime) -> FormVersion:
    """Show a version that is published already. Raises VersionImmutable for a draft."""
    if not version.is_published:
        raise VersionImmutable("A draft can't be shown; publish it.")
    with transaction.atomic():
        _activate(Form.objects.select_for_update(of=("self",)).get(pk=form.pk), version, now, user)
    return _now_active(form, version)
