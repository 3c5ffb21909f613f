"""Whatever a spreadsheet program writes is read row by row; what can't be read is told, and swallows nothing."""

import csv
import io
import re
import zipfile
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from foundation.csv_rows import escaped, unescaped
from routing.transfer import tables
from routing.transfer.cells import listed
from routing.transfer.errors import TableUnreadable, TooManyRows
from routing.transfer.tables import read_columns, read_table

TEXT = "domain,company_name\nacme.example,Köln & Söhne\nb.example,B\n"


def cells(content: bytes) -> list[tuple[str, ...]]:
    return [row.cells for row in read_table(content).rows]


def sheet(*rows) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_encodings_are_told_apart(encoding):
    assert cells(TEXT.encode(encoding))[0] == ("acme.example", "Köln & Söhne")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_told_apart(separator, ending):
    text = TEXT.replace(",", separator).replace("\n", ending)
    table = read_table(text.encode())
    assert (table.columns, len(table.rows)) == (("domain", "company_name"), 2)


def test_a_file_may_name_its_separator():
    assert cells(b"sep=;\ndomain;name, long\na.example;A")[0] == ("a.example", "A")


def test_quoted_cells_hold_separators_quotes_and_line_ends():
    text = 'domain,name\na.example,"A, ""B""\nand C"\nb.example,B'
    assert cells(text.encode()) == [("a.example", 'A, "B"\nand C'), ("b.example", "B")]


def test_a_stray_quote_makes_one_bad_row_and_swallows_none():
    text = 'domain,name\na.example,"A\nb.example,B\nc.example,"C"\n'
    rows = read_table(text.encode()).rows
    assert [(row.number, row.problem) for row in rows] == [(2, "a quote is not closed"), (3, ""), (4, "")]


def test_two_stray_quotes_do_not_swallow_what_is_between():
    text = 'domain,name\na.example,"A\nb.example,B\nc.example,C"\nd.example,D'
    rows = read_table(text.encode()).rows
    assert [row.cells[0] for row in rows if not row.problem] == ["b.example", "c.example", "d.example"]


def test_many_stray_quotes_cost_no_more_than_a_few(monkeypatch):
    monkeypatch.setattr(tables, "MOST_STRAYS", 10)
    lines = ["domain,name", *([f'a{i}.example,"A' if i % 40 == 0 else f"a{i}.example,A" for i in range(4_000)])]
    rows = read_table("\n".join(lines).encode()).rows
    assert sum(bool(row.problem) for row in rows) == 100
    assert len(rows) == 4_000


def test_a_quote_within_a_cell_is_a_sign_like_any_other():
    assert cells(b'domain,name\na.example,5" Screens') == [("a.example", '5" Screens')]


def test_rows_are_numbered_as_in_the_file_and_blank_ones_left_out():
    rows = read_table(b"domain,name\n\n,\na.example,A\n").rows
    assert [(row.number, row.cells) for row in rows] == [(4, ("a.example", "A"))]


def test_short_rows_are_filled_up_and_long_ones_are_bad():
    rows = read_table(b"domain,name\na.example\nb.example,B,C\nc.example,C,,\n").rows
    assert rows[0].cells == ("a.example", "")
    assert rows[1].problem == "it has 3 cells, and the header 2 columns"
    assert rows[2].problem == ""


def test_null_characters_and_endless_cells_make_bad_rows():
    rows = read_table(b"domain,name,c,d\na.example,A\x00,c,d\nb.example," + b"b" * 20_001 + b",c,d").rows
    assert [row.problem for row in rows] == ["a cell holds a null character", "a cell is longer than 20,000 characters"]


@pytest.mark.parametrize("cell", ["b" * 140_000, f'"{"b" * 140_000}"', f'"{"b" * 140_000}'])
def test_a_cell_that_no_parser_takes_makes_one_bad_row(cell):
    rows = read_table(f"domain,name\na.example,{cell}\nb.example,B\n".encode()).rows
    assert [(row.number, bool(row.problem)) for row in rows] == [(2, True), (3, False)]


def test_lines_that_together_make_a_cell_no_parser_takes_are_rows_of_their_own():
    lines = ["domain,name", 'a.example,"A', *["b" * 40_000] * 5, 'c"', "d.example,D"]
    rows = read_table("\n".join(lines).encode()).rows
    assert (rows[0].problem, rows[-1].cells) == ("a quote is not closed", ("d.example", "D"))


def test_a_workbooks_first_sheet_is_read_as_people_would_type_it():
    content = sheet(["domain", "n", "day", "yes", "x"], ["a.example", 5.0, datetime(2026, 3, 2), True, None])
    assert cells(content) == [("a.example", "5", "2026-03-02", "yes", "")]


def test_a_formula_without_a_kept_value_makes_a_bad_row():
    rows = read_table(sheet(["domain", "owner"], ["a.example", "=1+1"], ["b.example", "ann"])).rows
    assert rows[0].problem.startswith("a formula has no kept value")
    assert rows[1].cells == ("b.example", "ann")


MANY = [b"domain\na\nb\nc\n", sheet(["domain"], ["a"], ["b"], ["c"]), sheet(["domain"], *[["=1+1"]] * 9)]


@pytest.mark.parametrize("content", MANY, ids=["csv", "workbook", "formulas"])
def test_more_rows_than_are_wanted_are_not_read(content):
    with pytest.raises(TooManyRows, match="more than 2 rows"):
        read_table(content, most=2)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 3_000_000)
    return out.getvalue()


def test_a_workbook_that_is_huge_when_unpacked_is_refused_unopened(monkeypatch):
    monkeypatch.setattr(tables, "MAX_UNPACKED", 2_000_000)
    with pytest.raises(TableUnreadable, match="too large when unpacked"):
        read_table(bomb())


def entities() -> bytes:
    """A workbook whose sheet declares entities that grow."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(["domain"]))) as good, zipfile.ZipFile(out, "w") as archive:
        for part in good.infolist():
            content = good.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'
            archive.writestr(part, content)
    return out.getvalue()


def other_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "a")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b",,\n,,\n", "no rows"),
        (b'"domain\nx', "first row must name the columns"),
        (b"PK\x03\x04nonsense", "can't be read"),
        (other_zip(), "no XLSX workbook"),
        (bomb(), "can't be read"),
        (entities(), "can't be read"),
        (b"domain,a\x00b,c,d\n1,2,3,4", "a control character"),
        (b"\x07\x9c\x1b,\xfe\n1,2", "a control character"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "This is no spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "This is no spreadsheet"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "This is no spreadsheet"),
        (b"d" * 201 + b"\n1", "too long"),
        (b"d" * 140_000 + b",e\n1,2", "too long"),
        (b'"' + b"d" * 140_000 + b'",e\n1,2', "first row must name the columns"),
        (b"a," * 101 + b"a\n1", "more than 100 columns"),
        (b"domain\n" + b"a\n" * 301, "more than 300 rows"),
        (b" " * (20 * 1024 * 1024 + 1), "larger than 20 MB"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(monkeypatch, content, complaint):
    monkeypatch.setattr(tables, "MAX_ROWS", 300)
    with pytest.raises(TableUnreadable, match=complaint):
        read_table(content)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_whatever_the_bytes_they_are_read_or_refused(content):
    try:
        table = read_table(content)
    except TableUnreadable:
        return
    assert all(len(row.cells) == len(table.columns) for row in table.rows if not row.problem)


TEXTS = st.text(st.characters(exclude_characters="\x00\r\n\ufeff", exclude_categories=["Cs"]), max_size=12)


@settings(deadline=None)
@given(TEXTS)
def test_no_cell_that_is_written_begins_like_a_formula_and_all_come_back(text):
    assert not escaped(text).startswith(("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"))
    assert unescaped(escaped(text)) == text


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_rows_that_csv_writes_are_read_back(rows):
    out = io.StringIO()
    csv.writer(out).writerows([("domain", "name"), *((escaped(a), escaped(b)) for a, b in rows)])
    trimmed = [(a.strip(" \xa0"), b.strip(" \xa0")) for a, b in rows]
    assert cells(out.getvalue().encode()) == [pair for pair in trimmed if any(pair)]


def test_a_list_in_a_cell_takes_any_separator():
    assert listed("DE; AT,CH|DE\nFR") == ["DE", "AT", "CH", "FR"]


# The header alone


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_header_is_read_without_the_rows(encoding, monkeypatch):
    """Also where what is looked at ends within a row, and what tells the encoding stands below."""
    monkeypatch.setattr(tables, "GLANCE", len("domain,company_name\nacme"))
    assert read_columns(TEXT.encode(encoding)) == read_table(TEXT.encode(encoding)).columns


def test_of_a_small_workbook_the_header_is_read():
    assert read_columns(sheet(["domain", "name"], ["a.example", "A"])) == ("domain", "name")


def test_a_large_workbook_is_not_opened(monkeypatch):
    monkeypatch.setattr(tables, "GLANCE", 1_000)
    monkeypatch.setattr(tables, "_sheet_rows", lambda *given: pytest.fail("opened"))
    assert read_columns(sheet(["domain"])) is None


@pytest.mark.parametrize("content", [b"", b" \n", b"PK\x03\x04broken", b"x" * 300, b"a," * 200])
def test_what_has_no_header_is_told_as_it_is_of_the_whole(content):
    with pytest.raises(TableUnreadable) as whole:
        read_table(content)
    with pytest.raises(TableUnreadable, match=re.escape(whole.value.message)):
        read_columns(content)
