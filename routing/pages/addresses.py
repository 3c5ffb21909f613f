"""Where other pages are, as far as this installation has them."""

from django.urls import NoReverseMatch, reverse


def address(name: str, *arguments: object) -> str:
    """ "" where there is no such page."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
