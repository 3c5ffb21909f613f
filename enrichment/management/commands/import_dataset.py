"""Read a CSV of companies into a dataset."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from enrichment.services.import_dataset import import_dataset
from foundation.errors import SwitchyardError


class Command(BaseCommand):
    help = "Import a CSV of companies, keyed by domain, into an enrichment dataset."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--key", default="companies", help="the dataset's key; an existing one is updated")
        parser.add_argument("--name", default="", help="the dataset's name, for a new one")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open(encoding="utf-8", newline="") as lines:
                report = import_dataset(
                    key=options["key"], name=options["name"] or path.stem, lines=lines, now=timezone.now()
                )
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} can't be read: {error}") from error
        except SwitchyardError as error:
            details = (f"{field}: {text}" for field, texts in error.fields.items() for text in texts)
            raise CommandError("\n".join([error.message, *details])) from error
        self.stdout.write(f"{report.imported} imported, {report.unchanged} unchanged, {len(report.skipped)} skipped")
        for line, reason in report.skipped:
            self.stderr.write(f"line {line}: {reason}")
