from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from enrichment.models import Dataset, DatasetRecord

pytestmark = pytest.mark.django_db


def run(path, **options) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_dataset", str(path), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "my companies.csv"
    path.write_text("domain,name\nacme.com,Acmé\nlocalhost,Nobody\n", encoding="utf-8")
    return path


def test_it_counts_and_names_the_bad_rows(table):
    out, err = run(table)
    assert out == "1 imported, 0 unchanged, 1 skipped\n"
    assert err == "line 3: no registrable domain\n"


def test_the_file_gives_the_name_and_the_option_the_key(table):
    run(table, key="mine")
    assert (Dataset.objects.get().key, Dataset.objects.get().name) == ("mine", "my companies")


def test_a_name_may_be_given(table):
    run(table, name="Good companies")
    assert (Dataset.objects.get().key, Dataset.objects.get().name) == ("companies", "Good companies")


def test_a_second_run_changes_nothing(table):
    run(table)
    assert run(table)[0] == "0 imported, 1 unchanged, 1 skipped\n"
    assert DatasetRecord.objects.count() == 1


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(CommandError, match="can't be read"):
        run(tmp_path / "missing.csv")


def test_a_file_in_another_encoding_is_an_error(tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes("domain,name\nacme.com,Acmé\n".encode("latin-1"))
    with pytest.raises(CommandError, match="can't be read"):
        run(path)
    assert not Dataset.objects.exists()


def test_a_refused_key_is_explained(table):
    with pytest.raises(CommandError, match="key: Enter a valid"):
        run(table, key="not a slug")
