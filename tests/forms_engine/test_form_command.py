"""`manage.py form …`: documents as files."""

import json
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator

from config.example_company import FOLDER
from forms_engine.document_files import read_document
from forms_engine.models import Form, FormVersion
from forms_engine.schema import parse_definition
from forms_engine.schema.json_schema import document_schema
from forms_engine.services.publish_version import create_draft
from tests.forms_engine.documents import demo_document, document, field
from tests.forms_engine.factories import BrandFactory

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("form", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "demo.yaml"
    path.write_text(yaml.safe_dump(demo_document(), sort_keys=False))
    return path


def test_a_new_form_is_imported_as_a_draft(file):
    BrandFactory()
    assert run("import", file, "--slug", "new", "--name", "New form") == "new: version 1 is a draft.\n"
    form = Form.objects.get(slug="new")
    assert (form.name, form.active_version, form.versions.get().document) == ("New form", None, demo_document())


def test_an_imported_document_can_be_published_at_once(demo, file):
    file.write_text(yaml.safe_dump({**demo_document(), "title": "Another"}))
    assert run("import", file, "--slug", "demo", "--publish") == "demo: version 2 is active.\n"
    demo.refresh_from_db()
    assert demo.active_version.document["title"] == "Another"


def test_a_new_form_needs_its_brand_where_there_are_several(file):
    BrandFactory(slug="one"), BrandFactory(slug="two")
    with pytest.raises(CommandError, match="--brand"):
        run("import", file, "--slug", "new")
    run("import", file, "--slug", "new", "--brand", "two")
    assert Form.objects.get(slug="new").brand.slug == "two"


def test_an_invalid_document_is_refused_with_its_path_and_makes_no_form(file):
    BrandFactory()
    file.write_text("title: Demo\nsteps: [{key: one, fields: [{key: email, type: mail}]}]")
    with pytest.raises(CommandError, match=r"steps\[0\]\.fields\[0\]\.type: must be one of"):
        run("import", file, "--slug", "new")
    assert not Form.objects.exists()


def test_a_slug_that_is_none_is_refused(file):
    BrandFactory()
    with pytest.raises(CommandError, match="slug"):
        run("import", file, "--slug", "not a slug")


@pytest.mark.parametrize("as_json", [True, False])
def test_what_is_exported_can_be_imported_again_and_changes_nothing(demo, tmp_path, as_json):
    path = tmp_path / ("demo.json" if as_json else "demo.yaml")
    run("export", "demo", "--out", path, *(["--json"] if as_json else []))
    assert run("import", path, "--slug", "demo", "--publish") == "demo: version 1 is active.\n"


def test_the_newest_draft_is_published(demo):
    create_draft(form=demo, document=document())
    assert run("publish", "demo") == "demo: version 2 is active.\n"
    assert FormVersion.objects.get(number=2).is_published


def test_publishing_what_is_published_is_refused(demo):
    with pytest.raises(CommandError, match="published already"):
        run("publish", "demo", "1")


def test_the_draft_is_compared_with_the_active_version(demo):
    create_draft(form=demo, document={**demo_document(), "title": "See it"})
    assert run("diff", "demo") == "The title is now “See it” (it was “Book a demo”).\n"
    assert run("diff", "demo", "1", "1") == "Versions 1 and 1 say the same.\n"


@pytest.mark.parametrize("number", ["9", "x", "²", "9" * 30])
def test_a_version_that_is_not_there_is_refused(demo, number):
    with pytest.raises(CommandError, match="no version"):
        run("export", "demo", number)


def test_a_form_that_is_not_there_is_refused():
    with pytest.raises(CommandError, match="no form of this name"):
        run("export", "nothing")


def test_there_is_nothing_to_compare_without_a_draft(demo):
    with pytest.raises(CommandError, match="demo has no version draft"):
        run("diff", "demo")


def test_forms_are_listed_with_their_versions(demo):
    create_draft(form=demo)
    assert run("list") == "demo  Demo: 1 (active), 2 (draft)\n"


def test_an_empty_installation_is_told_how_to_begin():
    assert "form import FILE" in run("list")


def test_a_document_is_checked_without_being_kept(file):
    assert run("check", file) == "Valid: 3 steps, 6 questions, languages en.\n"
    assert not FormVersion.objects.exists()


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run("check", tmp_path / "nothing.yaml")


def test_the_schema_is_one_and_takes_what_the_parser_takes():
    schema = json.loads(run("schema"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(demo_document())


def test_the_schema_refuses_an_unknown_key():
    validator = Draft202012Validator(json.loads(run("schema")))
    assert not validator.is_valid(document(field("team", colour="red")))


def test_every_document_of_the_walk_cases_and_the_example_is_valid_by_the_schema():
    validator = Draft202012Validator(document_schema())
    cases = json.loads((Path(__file__).parent / "walk_cases.json").read_text())
    examples = [read_document(path) for path in sorted((FOLDER / "forms").glob("*.yaml"))]
    for each in [*cases["documents"].values(), *examples]:
        parse_definition(each)
        validator.validate(each)
