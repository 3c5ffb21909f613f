"""The example company, for its demo form."""


def seed() -> None:
    from django.utils import timezone

    from config.example_company import load_example_company

    assert load_example_company(now=timezone.now())
