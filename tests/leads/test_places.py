"""Words as people write them: alike where only accents and signs differ, and never alike because nothing is left."""

import pytest

from leads.places import fold, to_country, to_region


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Food-&-Beverage", "food beverage"),
        ("Türkiye", "turkiye"),
        ("EMEA_Queue", "emea queue"),
        ("Straße", "strasse"),
        ("営業部", "営業部"),
        ("Москва, центр", "москва центр"),
        ("हिन्दी", "हिन्दी"),
        ("ガス", "ガス"),
        ("+ +", "+ +"),
        ("  ", ""),
    ],
)
def test_a_text_is_folded_to_its_words(text, folded):
    assert fold(text) == folded
    assert fold(folded) == folded


@pytest.mark.parametrize("text", ["営業部", "!!!", "", "🚀"])
def test_what_names_no_place_is_none(text):
    assert (to_country(text), to_region(text, "DE")) == (None, None)


@pytest.mark.parametrize(
    ("name", "country", "code"),
    [("Bakı", "AZ", "AZ-BA"), ("bayern", "DE", "DE-BY"), ("Rīga", "LV", "LV-RIX"), ("CA", "US", "US-CA")],
)
def test_a_region_is_known_by_its_name_or_code(name, country, code):
    assert to_region(name, country) == code
