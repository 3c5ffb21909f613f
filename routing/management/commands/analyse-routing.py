"""`manage.py analyse-routing --draft`"""  # noqa: N999  a command is called what its file is

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.errors import SwitchyardError
from routing.analysis import Report, analyse_plan
from routing.draft import draft_plan
from routing.selectors import active_plan


class Command(BaseCommand):
    help = (
        "Find what the active plan leaves open, says twice or never reaches, each with a lead that shows it. "
        "Ends with 1 where there is a finding."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--draft", action="store_true", help="the working copy instead of the active plan")
        parser.add_argument("--json", action="store_true", help="for scripts")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            plan = draft_plan() if options["draft"] else active_plan().plan
        except SwitchyardError as error:
            raise CommandError(error.message) from error
        report = analyse_plan(plan, timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report), indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_lines(report)))
        if report.findings:
            raise SystemExit(1)


_TITLES = {"gap": "Gaps", "overlap": "Overlaps", "shadowed": "Never reached"}


def _lines(report: Report) -> Iterator[str]:
    for kind, title in _TITLES.items():
        found = [finding for finding in report.findings if finding.kind == kind]
        yield f"{title}: {len(found) if found else 'none'}{' and more' if kind in report.more else ''}"
        for finding in found:
            yield f"  {finding.text}"
            if finding.witness is not None:
                yield f"    for example {json.dumps(finding.witness, ensure_ascii=False)}"
    yield f"Undecided: {len(report.undecided) or 'none'}"
    for text in report.undecided:
        yield f"  {text}"
