"""Rows that tests begin with are the same whether they are made or written again."""

import pytest
from django.db import transaction

from tests import kept_rows

pytestmark = pytest.mark.django_db


def tables_after(begin) -> dict[str, kept_rows.Table]:
    with transaction.atomic():
        begin()
        found = kept_rows.tables()
        transaction.set_rollback(True)
    return found


def test_the_example_company_is_written_again_as_it_was_made():
    made_or_kept, kept = (tables_after(kept_rows.begin_with_the_example_company) for _ in range(2))
    assert kept == made_or_kept
    assert kept["routing_rep"].rows


def test_what_is_left_of_kept_rows_is_written_over():
    before = kept_rows.tables()
    changes = kept_rows.keep_all()
    assert tables_after(lambda: kept_rows.write(changes)) == before
