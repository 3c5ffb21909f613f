"""The example company, as a newcomer has it."""

from datetime import UTC, datetime

import pytest

from config.example_company import load_example_company


@pytest.fixture
def example_company(transactional_db) -> None:
    assert load_example_company(now=datetime.now(UTC))
