import pytest

from leads.origins import Origin


@pytest.mark.parametrize(
    ("origin", "delivers"), [("visitor", True), ("server", True), ("import", False), ("test", False)]
)
def test_imports_and_tests_deliver_nothing_outward(origin, delivers):
    assert Origin(origin).delivers is delivers


@pytest.mark.parametrize("origin", Origin)
def test_only_visitors_enter_experiments(origin):
    assert origin.enters_experiments is (origin == "visitor")
