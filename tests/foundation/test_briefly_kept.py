"""Rows that every request reads, for a moment from memory."""

import pytest

from foundation import briefly_kept
from foundation.briefly_kept import KEPT_FOR_S, BrieflyKept
from tests.forms_engine.factories import FormFactory


class Rows(dict):
    """Counts how often it is asked."""

    asked = 0

    def read(self, key):
        self.asked += 1
        return self.get(key)


@pytest.fixture
def rows():
    return Rows(demo="first")


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def kept(rows, now):
    return BrieflyKept(rows.read, clock=lambda: now[0])


def test_what_was_just_read_is_not_read_again(kept, rows):
    assert [kept.get("demo"), kept.get("demo"), rows.asked] == ["first", "first", 1]


def test_a_change_is_seen_within_its_time(kept, rows, now):
    kept.get("demo")
    rows["demo"] = "second"
    now[0] = KEPT_FOR_S
    assert kept.get("demo") == "second"


def test_what_there_is_not_is_asked_for_each_time(kept, rows):
    assert kept.get("new") is None
    rows["new"] = "here"
    assert kept.get("new") == "here"


def test_names_without_end_fill_no_memory(kept, rows, monkeypatch):
    monkeypatch.setattr(briefly_kept, "_MOST_KEPT", 3)
    rows.update({str(n): n for n in range(10)})
    for n in range(10):
        kept.get(str(n))
    assert len(kept._kept) <= 3


@pytest.mark.django_db
def test_the_process_that_changes_a_row_sees_it_at_once(kept, rows):
    form = FormFactory()
    kept.get("demo")
    rows["demo"] = "second"
    form.save()
    assert kept.get("demo") == "second"
