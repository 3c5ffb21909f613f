"""`manage.py recheck --since 30d`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from routing.recheck import CHUNK, decisions_since, differing
from routing.windows import WindowInvalid, parse_since


class Command(BaseCommand):
    help = "Run stored decisions again from what was kept with them, and report any that differ. Writes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", default="30d", help="30d, 12h, 4w or a day such as 2026-03-01")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            since = parse_since(options["since"], timezone.now())
        except WindowInvalid as invalid:
            raise CommandError(str(invalid)) from invalid
        decisions = decisions_since(since)
        total, found = decisions.count(), 0
        rows = tqdm(decisions.iterator(chunk_size=CHUNK), total=total, unit=" decisions", mininterval=0.5)
        for decision, again in differing(rows):
            found += 1
            told = "; ".join(str(difference) for difference in again.differences)
            self.stdout.write(f"Decision {decision.pk} of lead {decision.lead_id}: {told}.")
        differ = "None differs." if not found else f"{found:,} differ." if found > 1 else "One differs."
        self.stdout.write(f"Decisions since {since:%Y-%m-%d %H:%M} UTC that were run again: {total:,}. {differ}")
        if found:
            raise SystemExit(1)
