"""`manage.py config export|plan|apply`: the whole configuration as one YAML file."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.configuration.apply import apply_configuration, mark_of_present, rehearse
from config.configuration.difference import Difference
from config.configuration.document import LARGEST, Configuration, read, write
from config.configuration.export import export_configuration
from config.configuration.telling import difference_lines, problem_lines
from config.errors import ConfigurationInvalid
from foundation.errors import SwitchyardError

# As terraform has it: programs can tell "nothing to do" from "there is something to do".
CHANGES = 2


class Command(BaseCommand):
    help = "Export the whole configuration, show what a file would change, and apply it. docs/operating.md has more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        export = actions.add_parser("export", help="the configuration as YAML")
        export.add_argument("--out", type=Path, help="a file instead of the standard output")
        export.add_argument("--users", action="store_true", help="name the user of each rep too")
        plan = actions.add_parser("plan", help="what a file would change; exit code 0: nothing, 2: something")
        apply = actions.add_parser("apply", help="change the configuration into what a file says")
        for action in (plan, apply):
            action.add_argument("file", type=Path)
            action.add_argument("--prune", action="store_true", help="remove what the file's sections don't name")
            action.add_argument("--publish", action="store_true", help="publish the routing plan as well")
        apply.add_argument("--yes", action="store_true", help="don't ask")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except ConfigurationInvalid as invalid:
            raise CommandError("\n".join(["Nothing was changed.", *problem_lines(invalid)])) from invalid
        except SwitchyardError as error:
            raise CommandError(f"Nothing was changed. {error.message}") from error
        except OSError as error:
            if error.filename is None:  # a pipe that nobody reads any more
                raise
            raise CommandError(f"{error.filename}: {error.strerror}") from error

    def _export(self, options: dict[str, Any]) -> None:
        text = write(export_configuration(with_users=options["users"]))
        if options["out"]:
            options["out"].write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text, ending="")

    def _plan(self, options: dict[str, Any]) -> None:
        found = rehearse(_read(options["file"]), prune=options["prune"], publish=options["publish"], now=timezone.now())
        self._tell(found)
        if not found.is_empty:
            sys.exit(CHANGES)

    def _apply(self, options: dict[str, Any]) -> None:
        wanted, mark = _read(options["file"]), mark_of_present()
        found = rehearse(wanted, prune=options["prune"], publish=options["publish"], now=timezone.now())
        self._tell(found)
        if found.is_empty:
            return
        if not options["yes"]:
            _ask()
        applied = apply_configuration(
            wanted=wanted,
            prune=options["prune"],
            publish=options["publish"],
            mark=mark,
            source=options["file"].name,
            now=timezone.now(),
        )
        if count := applied.difference.total:
            self.stdout.write(f"Applied: {count} change{'s'[: count != 1]}.")
        if applied.plan is not None:
            self.stdout.write(f"{applied.plan} is active.")

    def _tell(self, found: Difference) -> None:
        for line in difference_lines(found):
            self.stdout.write(line)


def _read(path: Path) -> Configuration:
    if path.stat().st_size > LARGEST:
        raise CommandError(f"The file is larger than {LARGEST // 1024**2} MB.")
    try:
        return read(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CommandError("The file is not UTF-8 text.") from error


def _ask() -> None:
    if not sys.stdin.isatty():
        raise CommandError("Nothing was changed: nobody is there to ask. Say --yes.")
    if input("Apply this? Type yes: ").strip().lower() != "yes":
        raise CommandError("Nothing was changed.")
