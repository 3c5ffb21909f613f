import pytest

from foundation.csv_rows import csv_text, escaped, unescaped, written_whole


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


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a", "'=1", "''-"]
)
def test_what_begins_like_a_formula_gets_one_apostrophe_more_and_comes_back(text):
    assert escaped(text) == f"'{text}"
    assert unescaped(escaped(text)) == text


@pytest.mark.parametrize("text", ["", "a=1", " =1", "'", "''a", "1-2", "O'Neil"])
def test_other_texts_stay(text):
    assert escaped(text) == unescaped(text) == text


def test_a_download_is_marked_as_utf_8_and_numbers_stay_numbers():
    assert csv_text(["a", "b"], [["=1", -1]]) == "\ufeffa,b\r\n'=1,-1\r\n"
