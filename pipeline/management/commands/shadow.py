"""`manage.py shadow incumbent.csv --plan draft --out differences.csv`"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from foundation.csv_rows import written_whole
from foundation.errors import SwitchyardError
from pipeline.shadow.comparison import SAME, Comparison, Row
from pipeline.shadow.incumbent import columns_of, named_columns, read_rows
from pipeline.shadow.job import chosen_plan
from pipeline.shadow.run import Options, shadow
from pipeline.shadow.summary import CSV_COLUMNS, csv_cells, report_lines, summary
from routing.transfer.tables import read_table


class Command(BaseCommand):
    help = "Decide another tool's leads and compare with the owners it chose. Writes nothing, delivers nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV or XLSX with a column for the owner that today's tool chose")
        parser.add_argument("--plan", choices=("active", "draft"), default="active")
        parser.add_argument("--column", action="append", default=[], help='what a column is: "Routed rep = owner"')
        parser.add_argument(
            "--from-zero", action="store_true", help="everybody begins without leads, not as they stand"
        )
        parser.add_argument(
            "--stored", action="store_true", help="use what is known here of leads with the same address"
        )
        parser.add_argument("--out", type=Path, help="write each lead that differs, as CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._run(options)
        except SwitchyardError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error

    def _run(self, options: dict[str, Any]) -> None:
        plan, name = chosen_plan(options["plan"])
        table = read_table(options["file"].read_bytes())
        columns = columns_of(table.columns, plan.contract, named_columns(options["column"]))
        reading = read_rows(table, columns, plan)
        chosen = Options(from_present=not options["from_zero"], use_stored=options["stored"])
        with written_whole(options["out"], CSV_COLUMNS) as write, tqdm(total=len(reading.rows), unit=" leads") as bar:

            def keep(row: Row) -> None:
                if row.kind != SAME:
                    write(csv_cells(row))

            comparison: Comparison = shadow(
                reading, plan, chosen, now=timezone.now(), tell=lambda done, total: bar.update(1), keep=keep
            )
        for line in report_lines(summary(comparison, reading, columns, plan_name=name)):
            self.stdout.write(line)
