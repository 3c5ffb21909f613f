import pytest

from foundation.csv_rows import csv_text, safe_cell, written_whole


def test_rows_stand_below_their_columns(tmp_path):
    with written_whole(tmp_path / "out.csv", ["a", "b"]) as write:
        write([1, "x"])
    assert (tmp_path / "out.csv").read_text().splitlines() == ["a,b", "1,x"]


def test_what_begins_like_a_formula_is_made_text(tmp_path):
    with written_whole(tmp_path / "out.csv", ["a", "b"]) as write:
        write(["=1+1", -5])
    assert (tmp_path / "out.csv").read_text().splitlines() == ["a,b", "'=1+1,-5"]


def test_a_block_that_fails_leaves_the_earlier_file_and_no_other(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("before")
    with pytest.raises(ZeroDivisionError), written_whole(path, ["a"]) as write:
        write([1 / 0])
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]
    assert path.read_text() == "before"


@pytest.mark.parametrize("name", ["", "no/such/folder.csv"])
def test_where_nothing_can_be_written_that_is_said_before_the_work(tmp_path, name):
    with pytest.raises(OSError) as refused, written_whole(tmp_path / name, ["a"]):
        pytest.fail("the block ran")
    assert ".part" not in str(refused.value.filename)


def test_without_a_path_rows_go_nowhere():
    with written_whole(None, ["a"]) as write:
        write([1])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_spreadsheet_runs_nothing_of_a_cell(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["", "jo@buyer.example", "It's", -1])
def test_plain_text_and_numbers_are_left_alone(cell):
    assert safe_cell(cell) == cell


def test_a_download_tells_spreadsheets_that_it_is_utf_8():
    assert csv_text(["name"], [["Köln"]]) == "\ufeffname\r\nKöln\r\n"
