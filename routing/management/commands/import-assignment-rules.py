"""`manage.py import-assignment-rules FILE`"""  # noqa: N999  a command is called what its file is

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from foundation.audit import Way
from foundation.errors import SwitchyardError
from routing.assignment_rules.service import PlannedRule, RulesImport, Wishes, apply_import, plan_import

_SIGNS = {"new": "+", "changed": "~", "unchanged": "=", "left_out": "!"}


class Command(BaseCommand):
    help = "Import Salesforce AssignmentRules metadata (XML) as rules of the working copy. Dry run unless --apply."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="Lead.assignmentRules-meta.xml")
        parser.add_argument("--rule", default="", help="which rule, by name; by default the active one")
        parser.add_argument("--map", action="append", default=[], metavar="FIELD=INPUT", help="Lead.Foo__c=use_case")
        parser.add_argument("--map-file", metavar="FILE", help="a line for each --map; # begins a comment")
        parser.add_argument(
            "--value", action="append", default=[], metavar="FIELD:VALUE=CHOICE", help="Lead.Industry:Tech=software"
        )
        parser.add_argument("--country", default="", help="country code of states that stand without a country")
        parser.add_argument("--assignee", action="append", default=[], metavar="NAME=queue:KEY", help="or NAME=rep:KEY")
        parser.add_argument("--create-missing", action="store_true", help="make queues and reps that aren't there")
        parser.add_argument("--unassigned-to", default="", metavar="QUEUE", help="for entries without an assignee")
        parser.add_argument("--remove", action="store_true", help="with --apply: remove what lines with ? name")
        parser.add_argument("--apply", action="store_true", help="write; without it nothing is written")

    def handle(self, *args: Any, **options: Any) -> None:
        content, wishes = _read(options["file"]), _wishes(options)
        try:
            if options["apply"]:
                name = Path(options["file"]).name
                shown = apply_import(
                    content=content,
                    wishes=wishes,
                    digest=None,
                    file_name=name,
                    user=None,
                    way=Way.COMMAND,
                    now=timezone.now(),
                    remove=options["remove"],
                )
            else:
                shown = plan_import(content=content, wishes=wishes)
        except SwitchyardError as error:
            raise CommandError(error.message) from error
        self._tell(shown, applied=options["apply"], remove=options["remove"])

    def _tell(self, shown: RulesImport, *, applied: bool, remove: bool) -> None:
        active = "active" if shown.rule.active else "not active"
        self.stdout.write(f"Rule “{shown.rule.name}” ({active}), {len(shown.planned)} entries")
        for name, key in shown.fields.items():
            self.stdout.write(f"  {name} -> {key or 'no input'}")
        for planned in shown.planned:
            self.stdout.write(_lines(planned))
        fate = "it goes" if remove else "it stays"
        for key in shown.stale:
            self.stdout.write(f"  ? {key} came from this rule and is no longer in the file; {fate}.")
        for key in shown.held:
            self.stdout.write(f"  ? {key} came from this rule, and its entry is left out now; {fate}.")
        counts = shown.counts
        self.stdout.write(
            f"{counts['new']} new, {counts['changed']} changed, {counts['unchanged']} unchanged, "
            f"{counts['left_out']} left out."
        )
        if counts["left_out"]:
            self.stdout.write("Leads of entries that were left out are now asked of the entries after them.")
        self.stdout.write("Applied to the working copy." if applied else "Nothing was written; --apply does.")


def _lines(planned: PlannedRule) -> str:
    lines = [f"{_SIGNS[planned.status]} {planned.number}. {planned.translation.said}"]
    if planned.target:
        lines.append(f"    {planned.sentence} -> {planned.target.kind} {planned.target.label}")
    lines.extend(f"    {part}: {before} -> {after}" for part, (before, after) in planned.changes.items())
    lines.extend(f"    left out: {problem}" for problem in planned.problems)
    lines.extend(f"    note: {note}" for note in planned.notes)
    return "\n".join(lines)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}") from error


def _wishes(options: dict[str, Any]) -> Wishes:
    maps = [*_lines_of(options["map_file"]), *options["map"]]
    values = dict(_pair(text) for text in options["value"])
    return Wishes(
        rule=options["rule"],
        fields=dict(_pair(text) for text in maps),
        values={(name.partition(":")[0], name.partition(":")[2]): choice for name, choice in values.items()},
        country=options["country"].upper(),
        assignees=dict(_pair(text) for text in options["assignee"]),
        create_missing=options["create_missing"],
        unassigned_to=options["unassigned_to"],
    )


def _lines_of(path: str | None) -> list[str]:
    if path is None:
        return []
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} can't be read.") from error
    return [line for line in map(str.strip, lines) if line and not line.startswith("#")]


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.rpartition("=")
    if not sign or not name.strip():
        raise CommandError(f"“{text}” isn't of the form NAME=VALUE.")
    return name.strip(), value.strip()
