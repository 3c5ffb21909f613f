"""The documents can't rot: what they name exists, and what exists is named."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import get_commands

from forms_engine import schema
from forms_engine.errors import DefinitionInvalid
from forms_engine.theme import FONTS, RADII, STYLES
from foundation.errors import SwitchyardError
from leads.attributes import ATTRIBUTES

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
ROOMS = (
    "config", "enrichment", "experiments", "forms_engine", "foundation", "integrations", "leads", "pipeline", "routing",
)  # fmt: skip
# Where codes are written out instead of being an error's attribute.
FILES_WITH_CODES = ("foundation/api_errors.py", "forms_engine/views/errors.py")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def links(page: Path) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """GitHub's: small letters, spaces as hyphens, other signs dropped."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def points_somewhere(page: Path, link: str) -> bool:
    address, _, anchor = link.partition("#")
    target = (page.parent / address).resolve() if address else page
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page):
    assert [link for link in links(page) if not points_somewhere(page, link)] == []


@pytest.mark.parametrize("folder", [DOCS, DOCS / "decisions"], ids=name)
def test_every_page_is_in_its_index(folder):
    pages = {page.name for page in folder.glob("*.md")} - {"index.md"}
    assert pages - set(links(folder / "index.md")) == set()


def chores() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_chore_named_exists(page):
    # In code only: people make other things, too.
    code = "\n".join(re.findall(r"```.*?```|`[^`]+`", page.read_text(), re.DOTALL))
    assert set(re.findall(r"\bmake ([a-z][a-z-]+)", code)) <= chores()


def test_every_chore_is_described():
    page = (DOCS / "development.md").read_text()
    assert {chore for chore in chores() - {"help"} if f"`make {chore}`" not in page} == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_named_exists(page):
    assert set(re.findall(r"manage\.py ([a-z_-]+)", page.read_text())) <= set(get_commands())


def test_every_command_of_ours_is_described():
    ours = {path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py")}
    page = (DOCS / "operating.md").read_text()
    assert {command for command in ours if f"`manage.py {command}" not in page} == set()


def subclasses(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def defined_codes() -> set[str]:
    """Of every error that can be raised; a room's base error is only there to be caught."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("errors.py"):
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    import_module("forms_engine.filling")
    bases = set(SwitchyardError.__subclasses__())
    raised = {kind for kind in subclasses(SwitchyardError) if not kind.__module__.startswith("tests")} - bases
    # One that is given its code when raised only has its base's.
    return {kind.code for kind in raised} - {base.code for base in bases} | written_codes()


def written_codes() -> set[str]:
    source = "\n".join((ROOT / path).read_text() for path in FILES_WITH_CODES)
    return set(re.findall(r'"([a-z]+_[a-z_]+)"', source))


def documented_codes() -> set[str]:
    return set(re.findall(r"^\| \d{3} \| `([a-z_]+)` \|", (DOCS / "api.md").read_text(), re.MULTILINE))


def test_every_error_code_is_documented():
    assert defined_codes() - documented_codes() == set()


def test_no_error_code_is_documented_that_does_not_exist():
    assert documented_codes() - defined_codes() == set()


def test_every_status_is_documented_as_it_is():
    documented = re.findall(r"^\| (\d{3}) \| `([a-z_]+)` \|", (DOCS / "api.md").read_text(), re.MULTILINE)
    defined_codes()
    statuses = {kind.code: str(kind.status) for kind in subclasses(SwitchyardError)}
    assert [(code, status) for status, code in documented if statuses.get(code, status) != status] == []


def documents_in(page: str) -> list[dict[str, object]]:
    blocks = re.findall(r"```json\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    return [document for block in blocks if "steps" in (document := json.loads(block))]


def test_the_form_document_of_the_docs_is_valid():
    definitions = [schema.parse_definition(document) for document in documents_in("forms.md")]
    assert len(definitions) == 1


def test_the_form_document_of_the_docs_shows_conditions_and_every_kind_of_source_but_query():
    definition = schema.parse_definition(documents_in("forms.md")[0])
    assert any(field.visible_when for field in definition.fields)
    assert {field.source.kind for field in definition.fields if field.source} == schema.SOURCE_KINDS - {"query"}


def keys_known_at(document: object) -> set[str]:
    """The keys that the parser names when it meets one it doesn't know."""
    with pytest.raises(DefinitionInvalid) as caught:
        schema.parse_definition(document)
    return set(caught.value.reason.partition("known are ")[2].split(", "))


def keys_of_documents() -> set[str]:
    step = {"key": "a", "fields": [{"key": "a", "type": "email", "label": "A", "required": True, "maps_to": "email"}]}
    choice = {"key": "b", "fields": [{"key": "b", "type": "radio", "label": "B", "choices": [{"oops": 1}]}]}
    return {
        *keys_known_at({"oops": 1}),
        *keys_known_at({"steps": [{"oops": 1}]}),
        *keys_known_at({"steps": [choice]}),
        *keys_known_at({"steps": [step], "success": {"oops": 1}}),
    }


def keys_of_fields() -> set[str]:
    return {key for kind in schema.FIELD_TYPES for key in schema.keys_of(kind)}


@pytest.mark.parametrize(
    "names",
    [
        schema.FIELD_TYPES,
        keys_of_documents(),
        keys_of_fields(),
        schema.DECISIONS,
        set(ATTRIBUTES),
        set(RADII) | set(FONTS) | set(STYLES),
    ],
    ids=["field types", "keys of documents", "keys of fields", "decisions", "lead attributes", "themes"],
)
def test_every_name_a_form_may_hold_is_documented(names):
    page = (DOCS / "forms.md").read_text()
    assert {each for each in names if f"`{each}`" not in page} == set()


@pytest.mark.parametrize("kind", sorted(schema.SOURCE_KINDS))
def test_every_hidden_source_is_documented(kind):
    assert f'{{"{kind}": ' in (DOCS / "forms.md").read_text()
