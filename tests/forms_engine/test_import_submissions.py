"""Rows of a CSV file: what can't be read is refused by line, and takes nothing else with it."""

from collections.abc import Iterable

import pytest

from forms_engine.errors import ImportInvalid
from forms_engine.models import Form, Submission
from forms_engine.services.import_submissions import MOST_LINES, Imported, Refused, import_submissions
from forms_engine.services.publish_version import publish_version
from tests.forms_engine.documents import document, field
from tests.forms_engine.factories import NOW

pytestmark = pytest.mark.django_db


def imported(form: Form, *lines: str) -> tuple[list[str], dict[int, str]]:
    """E-mails in the order stored, and the reason of each refused line."""
    results = list(import_submissions(form=form, lines=with_newlines(lines), deliver=False, wait=False))
    emails = [result.email for result in results if isinstance(result, Imported)]
    return emails, {result.line: result.reason for result in results if isinstance(result, Refused)}


def with_newlines(lines: Iterable[str]) -> list[str]:
    return [f"{line}\n" for line in lines]


def test_each_row_is_a_submission(contact: Form) -> None:
    assert imported(contact, "email,full_name", "a@example.com,Ann", "b@example.com,Ben") == (
        ["a@example.com", "b@example.com"],
        {},
    )
    assert Submission.objects.count() == 2


def test_a_row_with_too_many_cells_is_refused_by_its_line(contact: Form) -> None:
    emails, refused = imported(contact, "email,full_name", "a@example.com,Ann,x", "b@example.com,Ben")
    assert emails == ["b@example.com"]
    assert refused == {2: "has 3 cells, the header has 2"}


def test_blank_lines_are_passed_over(contact: Form) -> None:
    assert imported(contact, "email,full_name", "", "a@example.com,Ann", "") == (["a@example.com"], {})


def test_a_stray_quote_loses_its_own_line_only(contact: Form) -> None:
    emails, refused = imported(
        contact, "email,full_name", 'a@example.com,"Ann', "b@example.com,Ben", "c@example.com,Cem"
    )
    assert emails == ["b@example.com", "c@example.com"]
    assert list(refused) == [2]
    assert "lines up to 4" in refused[2]


def test_a_stray_quote_that_is_closed_later_loses_no_row_between(contact: Form) -> None:
    """Taken as one record, lines 2 to 4 have two cells, as many as the header."""
    emails, refused = imported(
        contact, "email,full_name", '"a@example.com,Ann', "b@example.com,Ben", 'c@example.com",Cem', "d@example.com,Dee"
    )
    assert emails == ["b@example.com", "d@example.com"]
    assert list(refused) == [2, 4]


def test_a_quote_that_is_never_closed_costs_one_row_of_many(contact: Form) -> None:
    rows = [f"p{number}@example.com,Pat" for number in range(MOST_LINES + 20)]
    emails, refused = imported(contact, "email,full_name", 'a@example.com,"Ann', *rows)
    assert len(emails) == len(rows)
    assert list(refused) == [2]


def test_line_numbers_stay_true_after_a_line_was_read_again(contact: Form) -> None:
    _, refused = imported(contact, "email,full_name", 'a@example.com,"Ann', "b@example.com,Ben", "nothing,Cem")
    assert list(refused) == [2, 4]
    assert refused[4].startswith("email: ")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("email,colour", "Unknown column 'colour'"),
        ("email,email", "named twice"),
        ("full_name", "email is missing"),
        ('"email', "full_name"),
    ],
)
def test_a_header_that_does_not_fit_is_refused_before_anything_is_done(contact: Form, header: str, reason: str) -> None:
    with pytest.raises(ImportInvalid, match=reason):
        imported(contact, header, "a@example.com,Ann")


def test_a_file_without_a_line_is_refused(contact: Form) -> None:
    with pytest.raises(ImportInvalid, match="empty"):
        imported(contact)


def test_a_cell_may_hold_several_choices(contact: Form) -> None:
    choices = [{"value": value, "label": value} for value in "abc"]
    publish_version(form=contact, document=document(field("topics", "checkboxes", choices=choices)), now=NOW)
    contact.refresh_from_db()
    imported(contact, "email,topics", "a@example.com,c;a")
    assert Submission.objects.get().answers["topics"] == ["a", "c"]


def test_a_row_that_meets_a_gate_is_refused_by_its_line(contact: Form) -> None:
    gated = document(endings=[{"key": "no", "title": "No"}])
    gated["steps"][0]["gates"] = [{"when": {"email": {"$regex": "example"}}, "ending": "no"}]
    publish_version(form=contact, document=gated, now=NOW)
    contact.refresh_from_db()
    _, refused = imported(contact, "email", "a@example.com")
    assert refused == {2: "the form ends at no for these answers, without a submission"}
