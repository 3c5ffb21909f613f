"""What `import-queues` and `import-matching-table` share: show the difference, then apply it if asked."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.configuration.document import ConfigurationInvalid
from config.configuration.telling import difference_lines, problem_lines
from config.switching.switch import DEFAULT_PREFIX, Switched, rehearse_switch, switch
from foundation.errors import SwitchyardError


class SwitchCommand(BaseCommand):
    kind: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV or XLSX")
        parser.add_argument("--apply", action="store_true", help="change the working copy; without it nothing is")

    def handle(self, *args: Any, **options: Any) -> None:
        path, prefix = options["file"], options.get("prefix", DEFAULT_PREFIX)
        try:
            content = path.read_bytes()
            if options["apply"]:
                found = switch(content, self.kind, prefix=prefix, source=path.name, now=timezone.now())
            else:
                found = rehearse_switch(content, self.kind, prefix=prefix, now=timezone.now())
        except ConfigurationInvalid as invalid:
            raise CommandError("\n".join(["Nothing was changed.", *problem_lines(invalid)])) from invalid
        except SwitchyardError as error:
            raise CommandError(f"Nothing was changed. {error.message}") from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        for line in _lines(found):
            self.stdout.write(line)
        if not found.is_empty:
            applied = "Applied to the working copy. Publish the plan to route by it."
            self.stdout.write(applied if options["apply"] else "Nothing was changed yet: say --apply.")


def _lines(found: Switched) -> Iterator[str]:
    bad = found.reading.bad
    yield f"{found.reading.rows - len(bad):,} of {found.reading.rows:,} lines are good."
    yield from (f"  line {each.line}: {each.why}" for each in bad)
    if found.reading.unused:
        yield f"Not used: {', '.join(found.reading.unused)}."
    yield from difference_lines(found.difference)
    for change in found.counts:
        owed = f"owed {change.owed:+.2f} leads"
        yield f"Count of {change.rep} in {change.ledger}: {change.before} → {change.after}, {owed}"
