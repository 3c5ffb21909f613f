"""The next four weeks of a queue's absences, in each member's own zone."""

from datetime import UTC, date, datetime

import pytest

from routing.absence_calendar import AWAY, DAYS, HERE, OFF, PARTLY, away_in_words, calendar_days, calendar_row
from routing.hours import parse_hours
from routing.plan import RepSpec

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)  # a Wednesday
MARCH = calendar_days(NOW)


def at(day, hour=0, month=3):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def row(*away, zone="UTC", hours=None):
    rep = RepSpec("ada", "Ada", "ada@seller.example", zone, parse_hours(hours or {}, zone))
    return calendar_row(rep, away, MARCH)


def states(found):
    return {day.date.day: day.state for day in found.days if day.state and day.date.month == 3}


def test_the_calendar_begins_on_monday_and_has_four_weeks():
    assert (MARCH[0], len(MARCH)) == (date(2026, 3, 2), DAYS)


def test_whole_days_are_away_and_those_at_the_ends_partly():
    assert states(row((at(5, 12), at(8)))) == {5: PARTLY, 6: AWAY, 7: AWAY}


def test_two_absences_that_meet_cover_a_day_together():
    assert states(row((at(5), at(5, 12)), (at(5, 12), at(6)))) == {5: AWAY}


def test_days_are_those_of_the_reps_clock():
    found = row((at(5, 15), at(6, 15)), zone="Asia/Tokyo")  # midnight to midnight in Tokyo
    assert states(found) == {6: AWAY}
    assert found.away == ("Fri 6 Mar 2026",)


def test_the_day_on_which_clocks_change_is_a_whole_day():
    spring = (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))
    assert states(row(spring, zone="Europe/Berlin")) == {29: AWAY}


def test_a_weekday_without_hours_is_off_and_no_absence():
    found = row(hours={"mon": ["09:00-17:00"]})
    assert [day.state for day in found.days[:3]] == [HERE, OFF, OFF]


def test_what_ended_before_or_begins_after_is_not_told():
    assert row((at(1, month=2), at(2)), (at(1, month=4), at(2, month=4))).away == ()


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (at(5), at(6), "Thu 5 Mar 2026"),
        (at(5), at(10), "5–9 Mar 2026"),
        (at(30), at(2, month=4), "30 Mar – 1 Apr 2026"),
        (datetime(2026, 12, 30, tzinfo=UTC), datetime(2027, 1, 3, tzinfo=UTC), "30 Dec 2026 – 2 Jan 2027"),
        (at(5, 9), at(5, 12), "Thu 5 Mar 2026, 09:00 – 12:00"),
        (at(5, 9), at(6), "Thu 5 Mar 2026, 09:00 – Fri 6 Mar 2026, 00:00"),
    ],
)
def test_whole_days_are_told_without_times(since, until, words):
    assert away_in_words(since, until) == words
