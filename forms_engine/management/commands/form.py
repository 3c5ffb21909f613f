"""`manage.py form list|check|import|export|publish|diff|schema`: form documents as files."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from forms_engine.document_files import read_document, write_document
from forms_engine.errors import UnknownForm, UnknownVersion
from forms_engine.models import Brand, Form, FormVersion
from forms_engine.schema import parse_definition
from forms_engine.schema.diff import differences
from forms_engine.schema.json_schema import document_schema
from forms_engine.services.publish_version import create_draft, publish_draft, publish_version
from foundation.errors import SwitchyardError


class Command(BaseCommand):
    help = "Import, export, compare and publish form documents. What a document may hold is said in docs/forms.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="forms and their versions")
        check = actions.add_parser("check", help="say whether a document holds together; changes nothing")
        check.add_argument("file", type=Path)
        _add_import(actions.add_parser("import", help="a file as a draft, or with --publish as the active version"))
        export = actions.add_parser("export", help="a version's document, as YAML unless --json is given")
        export.add_argument("slug")
        export.add_argument("number", nargs="?", default="active", help="a number, active (default), or draft")
        export.add_argument("--json", action="store_true")
        export.add_argument("--out", type=Path, help="a file instead of the standard output")
        publish = actions.add_parser("publish", help="publish the newest draft, or the draft with a number")
        publish.add_argument("slug")
        publish.add_argument("number", nargs="?", default="draft", help="a number, or draft (default)")
        diff = actions.add_parser("diff", help="what changed between two versions, in plain words")
        diff.add_argument("slug")
        diff.add_argument("old", nargs="?", default="active", help="a number, active (default), or draft")
        diff.add_argument("new", nargs="?", default="draft", help="a number, active, or draft (default)")
        actions.add_parser("schema", help="the JSON Schema of form documents")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except SwitchyardError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error

    def _list(self, options: dict[str, Any]) -> None:
        forms = Form.objects.select_related("active_version").prefetch_related("versions").order_by("slug")
        for form in forms:
            numbers = ", ".join(_number_in_words(form, version) for version in form.versions.order_by("number"))
            self.stdout.write(f"{form.slug}  {form.name}: {numbers or 'no version yet'}")
        if not forms:
            self.stdout.write("There is no form yet; `manage.py form import FILE --slug NAME --brand BRAND` makes one.")

    def _check(self, options: dict[str, Any]) -> None:
        definition = parse_definition(read_document(options["file"]))
        steps, fields = len(definition.steps), len(definition.answerable_fields)
        languages = ", ".join(definition.languages)
        self.stdout.write(f"Valid: {steps} step{'s'[: steps != 1]}, {fields} questions, languages {languages}.")

    def _import(self, options: dict[str, Any]) -> None:
        document = read_document(options["file"])
        with transaction.atomic():
            form = _form_for_import(options)
            if options["publish"]:
                version = publish_version(form=form, document=document, now=timezone.now())
            else:
                version = create_draft(form=form, document=document)
        self.stdout.write(f"{form.slug}: version {version.number} is {'active' if options['publish'] else 'a draft'}.")

    def _export(self, options: dict[str, Any]) -> None:
        version = _version(_form(options["slug"]), options["number"])
        text = write_document(version.document, is_json=options["json"])
        if options["out"]:
            options["out"].write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text, ending="")

    def _publish(self, options: dict[str, Any]) -> None:
        version = _version(_form(options["slug"]), options["number"])
        publish_draft(draft=version, now=timezone.now())
        self.stdout.write(f"{options['slug']}: version {version.number} is active.")

    def _diff(self, options: dict[str, Any]) -> None:
        form = _form(options["slug"])
        old, new = _version(form, options["old"]), _version(form, options["new"])
        changes = differences(old.definition, new.definition)
        for change in changes:
            self.stdout.write(change.text)
        if not changes:
            self.stdout.write(f"Versions {old.number} and {new.number} say the same.")

    def _schema(self, options: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document_schema(), indent=2))


def _add_import(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="YAML or JSON")
    parser.add_argument("--slug", required=True, help="the form's public name")
    parser.add_argument("--brand", help="the brand's slug; needed where the form is new and there are several")
    parser.add_argument("--name", help="the form's name where it is new; the slug if left out")
    parser.add_argument("--publish", action="store_true")


def _form_for_import(options: dict[str, Any]) -> Form:
    form = Form.objects.filter(slug=options["slug"]).first()
    if form is not None:
        return form
    brands = list(Brand.objects.filter(slug=options["brand"]) if options["brand"] else Brand.objects.all()[:2])
    if len(brands) != 1:
        known = ", ".join(Brand.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"The form is new: name its brand with --brand. Brands: {known}.")
    form = Form(slug=options["slug"], name=options["name"] or options["slug"], brand=brands[0])
    try:
        form.full_clean()
    except ValidationError as invalid:
        raise CommandError(" ".join(invalid.messages)) from invalid
    form.save()
    return form


def _form(slug: str) -> Form:
    form = Form.objects.select_related("active_version").filter(slug=slug).first()
    if form is None:
        raise UnknownForm("There is no form of this name.")
    return form


def _version(form: Form, wanted: str) -> FormVersion:
    """`active`, `draft` (the newest one), or a number."""
    versions = form.versions.order_by("-number")
    if wanted == "active":
        found = form.active_version
    elif wanted == "draft":
        found = versions.filter(status=FormVersion.Status.DRAFT).first()
    else:
        found = versions.filter(number=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 10 else None
    if found is None:
        raise UnknownVersion(f"{form.slug} has no version {wanted}.")
    return found


def _number_in_words(form: Form, version: FormVersion) -> str:
    if version.pk == form.active_version_id:
        return f"{version.number} (active)"
    return f"{version.number} (draft)" if not version.is_published else str(version.number)
