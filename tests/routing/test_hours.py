"""Working hours: instants, whatever clocks do."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.hours import HoursInvalid, WorkingHours, between, both, month_around, parse_hours, periods_at

BERLIN, NEW_YORK, ALWAYS = "Europe/Berlin", "America/New_York", parse_hours({}, "UTC")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


def office(zone: str = BERLIN, span: str = "09:00-17:00", days: tuple[str, ...] = WEEKDAYS) -> WorkingHours:
    return parse_hours({day: [span] for day in days}, zone)


def at(text: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def test_an_office_opens_and_closes_by_its_own_clock():
    moments = ("2026-03-02T08:59", "2026-03-02T09:00", "2026-03-02T16:59", "2026-03-02T17:00", "2026-03-01T12:00")
    assert [office().contains(at(moment)) for moment in moments] == [False, True, True, False, False]


def test_without_hours_it_is_always_open():
    assert ALWAYS.contains(at("2026-03-01T03:00"))
    assert ALWAYS.add(at("2026-03-01T03:00"), HOUR) == at("2026-03-01T04:00")


def test_work_goes_on_the_next_day_and_after_the_weekend():
    assert office().add(at("2026-03-06T16:30"), HOUR) == at("2026-03-09T09:30")


def test_lunch_is_no_work():
    halves = parse_hours({"mon": ["09:00-12:00", "13:00-17:00"]}, BERLIN)
    assert halves.add(at("2026-03-02T11:30"), HOUR) == at("2026-03-02T13:30")


def test_next_open_is_now_or_the_next_opening():
    assert office().next_open(at("2026-03-02T10:00")) == at("2026-03-02T10:00")
    assert office().next_open(at("2026-03-07T10:00")) == at("2026-03-09T09:00")


@pytest.mark.parametrize(
    ("zone", "spring", "autumn"), [(BERLIN, "2026-03-29", "2026-10-25"), (NEW_YORK, "2026-03-08", "2026-11-01")]
)
def test_a_day_of_a_clock_change_is_as_long_as_it_is(zone, spring, autumn):
    sundays = office(zone, "00:00-24:00", ("sun",))
    day = {name: at(f"{text}T00:00", zone) for name, text in (("spring", spring), ("autumn", autumn))}
    lengths = {name: between(sundays, ALWAYS, start, start + timedelta(days=2)) for name, start in day.items()}
    assert lengths == {"spring": 23 * HOUR, "autumn": 25 * HOUR}


def test_an_office_opens_at_nine_before_and_after_a_clock_change():
    friday = at("2026-03-27T17:00")
    assert office().next_open(friday) == at("2026-03-30T09:00")
    assert at("2026-03-30T09:00").astimezone(UTC).hour == 7


def test_a_time_that_spring_skips_is_when_clocks_go_on():
    night = office(BERLIN, "01:30-02:30", ("sun",))
    assert night.contains(at("2026-03-29T01:45"))
    assert not night.contains(at("2026-03-29T03:00"))
    assert between(night, ALWAYS, at("2026-03-29T00:00"), at("2026-03-30T00:00")) == 30 * MINUTE


def test_spans_around_a_skipped_time_never_overlap():
    night = parse_hours({"sun": ["01:00-02:45", "03:00-04:00"]}, BERLIN)
    spans = [span for span in night.spans_from(at("2026-03-29T00:00")) if span[0] < at("2026-03-30T00:00")]
    assert spans[0][1] <= spans[1][0]


def test_a_time_that_autumn_repeats_is_its_first_occurrence():
    night = office(BERLIN, "02:00-02:30", ("sun",))
    assert night.contains(at("2026-10-25T02:15", fold=0))
    assert not night.contains(at("2026-10-25T02:15", fold=1))


def test_two_offices_share_only_the_hours_they_have_in_common():
    # New York opens at 15:00 in Berlin.
    assert both(office(), office(NEW_YORK), at("2026-03-03T10:00"), HOUR) == at("2026-03-03T16:00")


def test_between_clock_changes_the_shared_hours_move():
    # For three weeks in March, New York opens at 14:00 in Berlin.
    assert both(office(), office(NEW_YORK), at("2026-03-10T10:00"), HOUR) == at("2026-03-10T15:00")


def test_offices_that_never_meet_leave_the_first_ones_hours():
    weekend = office(days=("sat", "sun"))
    assert both(office(), weekend, at("2026-03-02T10:00"), HOUR) == at("2026-03-02T11:00")


def test_hours_of_one_only_are_the_hours_of_both():
    friday = at("2026-03-06T16:30")
    assert both(ALWAYS, office(), friday, HOUR) == both(office(), ALWAYS, friday, HOUR) == office().add(friday, HOUR)


def test_nothing_lies_between_a_moment_and_an_earlier_one():
    assert between(office(), ALWAYS, at("2026-03-03T12:00"), at("2026-03-02T12:00")) == timedelta()


def test_a_month_begins_and_ends_by_the_zones_clock():
    start, end = month_around(at("2026-03-31T23:30", NEW_YORK), NEW_YORK)
    assert (start, end) == (at("2026-03-01T00:00", NEW_YORK), at("2026-04-01T00:00", NEW_YORK))


def test_periods_are_those_of_the_reps_day():
    late = datetime(2026, 1, 1, 3, tzinfo=UTC)
    assert periods_at(late, NEW_YORK).day == "2025-12-31"
    assert periods_at(late, BERLIN).week == "2026-W01"


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ([], "must be an object"),
        ({"monday": ["09:00-17:00"]}, "not a weekday"),
        ({"mon": "09:00-17:00"}, "must be a list"),
        ({"mon": ["9-17"]}, "not a span"),
        ({"mon": ["17:00-09:00"]}, "ends before it begins"),
        ({"mon": ["09:00-12:00", "11:00-13:00"]}, "overlap"),
    ],
)
def test_what_are_no_hours_is_refused_with_the_reason(document, complaint):
    with pytest.raises(HoursInvalid, match=complaint):
        parse_hours(document, "UTC")


def test_an_unknown_zone_is_refused():
    with pytest.raises(HoursInvalid, match="no time zone"):
        parse_hours({}, "Mars/Olympus")


# Properties

minutes = st.integers(0, 24 * 4 - 1).map(lambda quarter: quarter * 15)


@st.composite
def day_spans(draw) -> list[str]:
    edges = sorted(draw(st.sets(minutes, max_size=6)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    return [f"{a // 60:02d}:{a % 60:02d}-{b // 60:02d}:{b % 60:02d}" for a, b in pairs]


@st.composite
def some_hours(draw, zones=(BERLIN, NEW_YORK)) -> WorkingHours:
    week = draw(st.dictionaries(st.sampled_from((*WEEKDAYS, "sat", "sun")), day_spans(), max_size=7))
    return parse_hours(week, draw(st.sampled_from(zones)))


# Around the four clock changes of 2026 in these zones, and anywhere else in the year.
changes = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 8), (3, 29), (10, 25), (11, 1))]
near_a_change = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(changes), st.integers(-4000, 4000)
)
anywhere = st.integers(0, 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE)
moments = st.one_of(near_a_change, anywhere)
# A week may hold a single quarter of an hour, and nobody looks further than a year ahead.
work = st.integers(0, 600).map(lambda minutes: minutes * MINUTE)
little_work = st.integers(0, 60).map(lambda minutes: minutes * MINUTE)


@settings(deadline=None)
@given(some_hours(), moments, work)
def test_added_work_always_ends_within_a_span_or_at_its_end(hours, moment, work):
    end = hours.add(moment, work)
    assert hours.contains(end) or hours.contains(end - timedelta(microseconds=1))


@settings(deadline=None)
@given(some_hours(), moments, work)
def test_exactly_the_added_work_lies_between(hours, moment, work):
    assert between(hours, ALWAYS, moment, hours.add(moment, work)) == work


@settings(deadline=None)
@given(some_hours(), moments, moments, work, work)
def test_later_starts_and_more_work_never_end_earlier(hours, one, other, less, more):
    (first, second), (less, more) = sorted((one, other)), sorted((less, more))
    assert hours.add(first, less) <= hours.add(second, less) <= hours.add(second, more)


@settings(deadline=None)
@given(some_hours(), some_hours(), moments, little_work)
def test_work_in_both_is_open_in_both_where_they_meet(first, second, moment, work):
    end = both(first, second, moment, work)
    just_before = end - timedelta(microseconds=1)
    open_in = [hours.contains(end) or hours.contains(just_before) for hours in (first, second)]
    assert open_in[0]
    assert open_in[1] or both(second, first, moment, work) != end


@settings(deadline=None, max_examples=30)
@given(some_hours(), st.sampled_from(changes))
def test_contains_agrees_with_the_spans_on_days_of_clock_changes(hours, change):
    spans = [] if hours.always else [s for s in hours.spans_from(change - 26 * HOUR) if s[0] < change + 26 * HOUR]
    for quarter in range(-26 * 4, 26 * 4):
        moment = change + quarter * 15 * MINUTE
        held = hours.always or any(opens <= moment < closes for opens, closes in spans)
        assert hours.contains(moment) == held


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.sampled_from((BERLIN, NEW_YORK, "Asia/Beirut", "UTC")))
def test_months_join_without_gap_or_overlap(day, zone):
    moment = datetime.combine(day, datetime.min.time(), ZoneInfo(zone)) + 12 * HOUR
    start, end = month_around(moment, zone)
    assert start <= moment < end
    assert month_around(end, zone)[0] == end
