"""Erase a person's data."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leads.errors import EmailInvalid
from leads.services.erase_person import Erasure, erase_person


class Command(BaseCommand):
    help = "Overwrite everything personal that is known of a person. This can't be undone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address the person is known under")
        parser.add_argument("--yes", action="store_true", help="don't ask")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["yes"] and not _confirmed():
            raise CommandError("Nothing was erased.")
        for name, count in _erase(options["email"]).overwritten.items():
            self.stdout.write(f"{name}: {count} overwritten")


def _confirmed() -> bool:
    try:
        return input("This can't be undone. Type yes to go on: ").strip().lower() == "yes"
    except EOFError:
        return False


def _erase(email: str) -> Erasure:
    try:
        erasure = erase_person(email=email, now=timezone.now())
    except EmailInvalid as invalid:
        raise CommandError(invalid.message) from invalid
    if not erasure.found:
        raise CommandError("Nobody is known under this address.")
    return erasure
