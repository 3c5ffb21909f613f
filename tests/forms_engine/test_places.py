import pytest

from forms_engine.places import countries, countries_with_regions, regions_of


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Germany"), ("de", "Deutschland"), ("de-AT", "Deutschland"), ("fr", "Allemagne")]
)
def test_countries_have_the_name_of_the_language(language: str, name: str) -> None:
    assert countries(language)["DE"] == name


def test_a_country_goes_by_the_name_people_use() -> None:
    assert countries()["VN"] == "Vietnam"


@pytest.mark.parametrize("language", ["tlh", "", "../../etc", "de/..", "\x00", "x" * 10_000])
def test_a_language_that_has_no_names_gets_english_ones(language: str) -> None:
    assert countries(language)["DE"] == "Germany"


def test_a_language_may_be_written_in_any_case() -> None:
    assert countries("PT-br")["DE"] == "Alemanha"


@pytest.mark.parametrize(("language", "first"), [("en", "Afghanistan"), ("de", "Afghanistan"), ("es", "Afganistán")])
def test_countries_are_sorted_as_the_language_reads(language: str, first: str) -> None:
    assert next(iter(countries(language).values())) == first


def test_accents_do_not_send_a_name_to_the_end() -> None:
    names = list(countries("de").values())

    assert names.index("Ägypten") < names.index("Albanien")


def test_every_language_has_every_country() -> None:
    assert {frozenset(countries(language)) for language in ("de", "fr", "es", "ar")} == {frozenset(countries("en"))}


def test_regions_have_the_name_of_the_language() -> None:
    assert (regions_of("DE", "en")["DE-BY"], regions_of("DE", "de")["DE-BY"]) == ("Bavaria", "Bayern")


def test_only_the_largest_parts_count() -> None:
    assert set(regions_of("GB")) == {"GB-ENG", "GB-NIR", "GB-SCT", "GB-WLS"}


def test_names_carry_no_codes() -> None:
    assert regions_of("GB")["GB-WLS"] == "Wales"


@pytest.mark.parametrize("code", ["HK", "XX", ""])
def test_some_countries_have_no_regions(code: str) -> None:
    assert not regions_of(code)
    assert code not in countries_with_regions()


def test_every_country_with_regions_has_some_to_choose_from() -> None:
    assert [code for code in countries_with_regions() if not regions_of(code)] == []
