"""The nine questions that every contender asks, and the answers that are sent to them."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import pycountry

Kind = Literal["email", "text", "country", "radio", "number", "select", "textarea", "phone", "checkbox"]
Choices = tuple[tuple[str, str], ...]

COUNTRIES: Choices = tuple(
    sorted(((country.alpha_2, country.name) for country in pycountry.countries), key=lambda pair: pair[1])
)
TEAMS: Choices = (("me", "Just me"), ("team", "My team"), ("company", "The whole company"))
NEEDS: Choices = (
    ("capacity", "More capacity"),
    ("speed", "Faster answers"),
    ("cost", "Lower cost"),
    ("insight", "Better insight"),
    ("other", "Something else"),
)


class Question(NamedTuple):
    key: str
    label: str
    kind: Kind
    required: bool = True
    choices: Choices = ()


QUESTIONS = (
    Question("email", "Work e-mail", "email"),
    Question("full_name", "Full name", "text"),
    Question("country", "Country", "country", choices=COUNTRIES),
    Question("team", "Who is it for?", "radio", choices=TEAMS),
    Question("employees", "How many people work there?", "number"),
    Question("need", "What is it for?", "select", choices=NEEDS),
    Question("message", "What should we know?", "textarea", required=False),
    Question("phone", "Phone", "phone", required=False),
    Question("consent", "You may write to me.", "checkbox"),
)


def answers(number: int) -> dict[str, str | int | bool]:
    """Somebody else's with every number."""
    return {
        "email": f"jo{number}@company-{number}.com",
        "full_name": f"Jo Example {number}",
        "country": COUNTRIES[number % len(COUNTRIES)][0],
        "team": TEAMS[number % len(TEAMS)][0],
        "employees": 1 + number % 5000,
        "need": NEEDS[number % len(NEEDS)][0],
        "message": f"We compare three products and would like to see yours, best in week {number % 52 + 1}.",
        "phone": "+44 20 7946 0123",
        "consent": True,
    }


def as_texts(given: Mapping[str, str | int | bool]) -> dict[str, str]:
    """As a page sends them: only ticked boxes, as `on`."""
    return {key: "on" if value is True else str(value) for key, value in given.items() if value is not False}


def with_labels(given: Mapping[str, str]) -> dict[str, str]:
    """For forms whose choices have no values but their labels."""
    labels = {question.key: dict(question.choices) for question in QUESTIONS}
    return {key: labels[key].get(value, value) for key, value in given.items()}
