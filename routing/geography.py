"""Which countries can a region lie in? Pure."""

# ISO 3166-2 lists these as regions of a country, and ISO 3166-1 as countries of their own: data may say either.
_ALSO_COUNTRIES = {
    **{f"CN-{code}": code for code in ("HK", "MO", "TW")},
    **{f"FR-{code}": code for code in ("BL", "MF", "NC", "PF", "PM", "TF", "WF")},
    "FR-971": "GP",
    "FR-972": "MQ",
    "FR-973": "GF",
    "FR-974": "RE",
    "FR-976": "YT",
    **{f"NL-{code}": code for code in ("AW", "CW", "SX")},
    **{f"NL-BQ{n}": "BQ" for n in (1, 2, 3)},
    **{f"US-{code}": code for code in ("AS", "GU", "MP", "PR", "UM", "VI")},
    "FI-01": "AX",
    "NO-21": "SJ",
    "NO-22": "SJ",
}


def countries_of_region(code: str) -> frozenset[str]:
    """`US-CA` -> {US}; `US-PR` -> {US, PR}."""
    also = _ALSO_COUNTRIES.get(code)
    return frozenset((code.partition("-")[0], also) if also else (code.partition("-")[0],))
