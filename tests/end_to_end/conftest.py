"""The example company, as a newcomer has it."""

import pytest

from tests.kept_rows import begin_with_the_example_company


@pytest.fixture
def example_company(transactional_db) -> None:
    begin_with_the_example_company()
