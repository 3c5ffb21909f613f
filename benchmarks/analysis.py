"""How long does it take to prove a plan of 1,000 rules? `python -m benchmarks.analysis`

The plan of `benchmarks.replay` with ten times as many rules: 20 territories of some countries each, rules by country
and size. Processor time, so that other work on the machine counts against nobody. Beside it stands what it costs to
ask the engine about 10,000 leads at random, which proves nothing.
"""

import os
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime

import django

RULES = 1_000
LEADS = 10_000


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from benchmarks import replay
    from routing.analysis import analyse_plan
    from routing.contract import Inputs
    from routing.engine import find
    from routing.plan_document import parse_plan
    from routing.vocabularies import named_vocabulary

    replay.RULES = RULES
    countries = sorted(named_vocabulary("countries") or {})
    plan = parse_plan(replay._document(countries))
    now = datetime(2026, 1, 5, tzinfo=UTC)

    started = time.process_time()
    report = analyse_plan(plan, now)
    proving_s = time.process_time() - started

    chance = random.Random(1)
    leads = [Inputs({"country": chance.choice(countries), "employees": chance.randrange(9000)}) for _ in range(LEADS)]
    started = time.process_time()
    for lead in leads:
        find(plan, lead, now)
    asking_s = time.process_time() - started

    counts = Counter(finding.kind for finding in report.findings)
    told = ", ".join(f"{count} x {kind}" for kind, count in sorted(counts.items()))
    print(f"  analysis of {RULES:,} rules   {proving_s:5.2f} s   told: {told}; undecided: {len(report.undecided)}")
    print(f"  {LEADS:,} leads asked     {asking_s:5.2f} s   {proving_s / asking_s:.1f} x")


if __name__ == "__main__":
    sys.exit(main())
