"""`manage.py submit FILE.csv --form demo --wait --out assigned.csv`"""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from forms_engine.selectors import form_by_slug
from forms_engine.services.import_submissions import Imported, Refused, import_submissions
from foundation.csv_rows import written_whole
from foundation.errors import SwitchyardError
from pipeline.selectors import FINAL_STATES

COLUMNS = (
    "line",
    "email",
    "submission_id",
    "state",
    "owner",
    "owner_email",
    "queue",
    "territory",
    "rule",
    "reason",
)


class Command(BaseCommand):
    help = (
        "Send every row of a CSV file through a form. Columns are named by field key. Running it again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV in UTF-8, first line: field keys")
        parser.add_argument("--form", required=True, help="the form's name, such as demo")
        parser.add_argument("--wait", action="store_true", help="advance every run to its end here")
        parser.add_argument("--out", type=Path, help="write owner, queue, territory, rule and reason per row")
        parser.add_argument("--deliver", action="store_true", help="send webhooks, which imports otherwise don't")

    def handle(self, *args: Any, **options: Any) -> None:
        bad: list[Refused] = []
        counts = {"rows": 0, "new": 0, "unfinished": 0}
        if options["out"] and options["out"].exists() and options["out"].samefile(options["file"]):
            raise CommandError("--out names the file that is read; the results would replace it.")
        try:
            form = form_by_slug(options["form"])
            with _open(options["file"]) as lines, written_whole(options["out"], COLUMNS) as write:
                results = import_submissions(form=form, lines=lines, deliver=options["deliver"], wait=options["wait"])
                for result in tqdm(results, total=_count_lines(options["file"]), unit=" rows", mininterval=0.5):
                    if isinstance(result, Refused):
                        bad.append(result)
                        continue
                    write(_cells(result))
                    counts["rows"] += 1
                    counts["new"] += result.created
                    counts["unfinished"] += result.state.state not in FINAL_STATES
        except SwitchyardError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        self._report(counts, bad, waited=options["wait"])

    def _report(self, counts: dict[str, int], bad: list[Refused], *, waited: bool) -> None:
        known = counts["rows"] - counts["new"]
        self.stdout.write(f"{counts['rows']} rows: {counts['new']} new, {known} known before, {len(bad)} bad.")
        if waited and counts["unfinished"]:
            self.stdout.write(f"{counts['unfinished']} are not finished yet; the server goes on with them.")
        for refused in bad:
            self.stderr.write(f"line {refused.line}: {refused.reason}")
        if bad:
            raise SystemExit(1)


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    # Bytes that aren't UTF-8 make their row a bad one, and lose no good one.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        yield lines


def _count_lines(path: Path) -> int:
    """Data lines, for the progress bar; an upper bound where cells hold line ends."""
    with path.open("rb") as lines:
        return max(sum(1 for _ in lines) - 1, 0)


def _cells(result: Imported) -> list[str]:
    state = result.state
    given = (state.state, state.owner_name, state.owner_email, state.queue, state.territory, state.rule, state.reason)
    return [str(result.line), result.email, str(result.submission_id), *(cell or "" for cell in given)]
