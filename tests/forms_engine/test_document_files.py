import pytest

from forms_engine.document_files import parse_document, write_document
from forms_engine.errors import ImportInvalid
from tests.forms_engine.documents import demo_document


@pytest.mark.parametrize("is_json", [True, False])
def test_a_written_document_reads_back_the_same(is_json):
    written = write_document(demo_document(), is_json=is_json)
    assert parse_document(written, is_json=is_json) == demo_document()


def test_a_date_in_yaml_stays_a_text():
    assert parse_document("min: 2026-01-01", is_json=False) == {"min": "2026-01-01"}


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2",
        "a: &x [1]\nb: *x",
        "a: .inf",
        "a: .nan",
        "a: !!binary aGk=",
        "a: !!python/object:os.system x",
        "? [1, 2]\n: 3",
        "a: [1",
        "[" * 100_000,
        "\x00",
    ],
)
def test_yaml_beyond_json_is_refused(text):
    with pytest.raises(ImportInvalid):
        parse_document(text, is_json=False)


def test_a_syntax_error_names_its_line():
    with pytest.raises(ImportInvalid, match="line 2"):
        parse_document("title: x\nsteps: [", is_json=False)


@pytest.mark.parametrize("text", ["{", '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000])
def test_json_that_is_none_is_refused(text):
    with pytest.raises(ImportInvalid):
        parse_document(text, is_json=True)
