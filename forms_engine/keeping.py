"""May answers be kept on the server before they are sent? Pure but for the list of countries, which is a setting."""

from collections.abc import Collection
from functools import cache
from importlib.resources import files

NEVER, BY_REGION, ALWAYS = "never", "by_region", "always"


def may_keep(policy: str, *, consented: bool, country: str, consent_countries: Collection[str]) -> bool:
    """`country` is where the visit comes from (ISO 3166-1), blank where that isn't known."""
    if policy != BY_REGION:
        return policy == ALWAYS
    return consented or (bool(country) and country not in consent_countries)


def country_of_time_zone(name: str) -> str:
    """ISO 3166-1, or blank for a zone of no country (`UTC`) and for what is none. Older names count too."""
    countries = _country_of_zone()
    return countries.get(name) or countries.get(_aliases().get(name, ""), "")


@cache
def _country_of_zone() -> dict[str, str]:
    """zone.tab of the tz database: country code, place, zone, remark; it has each zone once."""
    rows = (line.split("\t") for line in _lines("zone.tab") if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


@cache
def _aliases() -> dict[str, str]:
    """`L target name` in the compact source. Browsers still say Asia/Calcutta and Europe/Kiev."""
    rows = (line.split(" ") for line in _lines("tzdata.zi") if line.startswith("L "))
    return {row[2]: row[1] for row in rows}


def _lines(name: str) -> list[str]:
    return files("tzdata.zoneinfo").joinpath(name).read_text(encoding="utf-8").splitlines()
