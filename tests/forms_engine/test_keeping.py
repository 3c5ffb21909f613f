"""May answers be kept before they are sent? By policy, consent and country."""

import pytest

from forms_engine.keeping import country_of_time_zone, may_keep


@pytest.mark.parametrize(
    ("policy", "consented", "country", "kept"),
    [
        ("never", True, "US", False),
        ("always", False, "DE", True),
        ("by_region", True, "DE", True),
        ("by_region", True, "", True),
        ("by_region", False, "DE", False),
        ("by_region", False, "US", True),
        ("by_region", False, "", False),
    ],
)
def test_answers_are_kept_where_the_policy_says_so(policy: str, consented: bool, country: str, kept: bool) -> None:
    assert may_keep(policy, consented=consented, country=country, consent_countries={"DE", "FR"}) is kept


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/Berlin", "DE"),
        ("America/New_York", "US"),
        ("Europe/Stockholm", "SE"),
        ("Asia/Calcutta", "IN"),
        ("Europe/Kiev", "UA"),
        ("US/Pacific", "US"),
        ("UTC", ""),
        ("Etc/GMT+5", ""),
        ("Mars/Olympus", ""),
        ("../../etc/passwd", ""),
        ("", ""),
    ],
)
def test_a_time_zone_tells_the_country(zone: str, country: str) -> None:
    assert country_of_time_zone(zone) == country
