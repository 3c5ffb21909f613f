"""How many forms a second does one web worker show and take in? `python -m benchmarks.forms`

Every contender asks the same nine questions, on the same server with the same number of threads, on one PostgreSQL,
and is driven in turn with the others over several rounds. After each round the rows prove that the work was done.
Workers of the pipeline run elsewhere when there are many web processes, so none runs here.

`--profile KEY` shows instead where the time of one contender's requests goes.
"""

import argparse
import http.client
import pickle
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import count, islice

from benchmarks.form_peers.contenders import BARE, CONTENDERS, MODEL_FORM, SWITCHYARD, WAGTAIL, Contender, Way
from benchmarks.form_peers.questions import COUNTRIES, QUESTIONS
from benchmarks.form_peers.serving import Served, all_served, free_port, serve
from benchmarks.load import LoadGenerator, raw

WARM_UP_REQUESTS = 200
CEILING_REQUESTS = 20_000
PROFILED_REQUESTS = 450
# What a browser must find out, before the clock starts. Checking it costs the server the same, however hard it was.
EASY_PROOF = {"PROOF_MAX_NUMBER": "50"}
# Issue 4: at least this many times the peer's requests a second.
AIMS = {
    "submissions": {BARE: 0.4, MODEL_FORM: 1, WAGTAIL: 6},
    "pages": {MODEL_FORM: 3, WAGTAIL: 10},
}

# Requests a second of so many requests.
Round = Callable[[int], float]
# Who is measured, and in which of their ways; blank for the one that counts.
Subject = tuple[Contender, str]
_numbers = count(1)


def main() -> None:
    options = _options()
    wanted = [options.profile] if options.profile else options.only
    chosen = tuple(contender for contender in CONTENDERS if contender.key in wanted)
    generator = LoadGenerator(options.connections)
    try:
        _print_ceiling(generator, options.threads)
        with all_served(chosen, threads=options.threads, environment=EASY_PROOF) as served:
            if options.profile:
                _profile(next(one for one in served if one.contender.key == options.profile))
                return
            shown = [one for one in served if one.contender.page]
            for one in shown:
                _check_page(one)
            sending = {
                (one.contender, way.name): _submit(one, way, generator) for one in served for way in one.contender.ways
            }
            showing = {(one.contender, ""): _show(one, generator) for one in shown}
            _measure("submissions", sending, options)
            _measure("pages", showing, options)
    finally:
        generator.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    keys = [contender.key for contender in CONTENDERS]
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round, about")
    parser.add_argument("--threads", type=int, default=4, help="that serve requests, the same for all")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--only", nargs="+", choices=keys, default=keys)
    parser.add_argument("--profile", choices=keys)
    return parser.parse_args()


def _print_ceiling(generator: LoadGenerator, threads: int) -> None:
    port = free_port()
    with serve("benchmarks.form_peers.trivial:application", port, {}, threads=threads):
        requests = [raw("POST", "/", {}, b"x" * 400)] * CEILING_REQUESTS
        generator.drive(port, requests[:WARM_UP_REQUESTS])
        answered = generator.drive(port, requests)
    assert answered.statuses == {204: CEILING_REQUESTS}
    print(f"ceiling of server and load generator, nothing done: {answered.per_second:.0f}/s", flush=True)


def _check_page(one: Served) -> None:
    """That the page which is measured asks all nine questions, with every country."""
    connection = http.client.HTTPConnection("127.0.0.1", one.port, timeout=30)
    connection.request("GET", one.contender.page or "")
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    assert response.status == 200, (one.contender.name, response.status)
    assert [question.key for question in QUESTIONS if f'name="{question.key}"' not in page] == [], one.contender.name
    assert len(re.findall(r"<option\b", page)) >= len(COUNTRIES), one.contender.name
    print(f"{one.contender.name}: a page of {len(page):,} characters")


def _submit(one: Served, way: Way, generator: LoadGenerator) -> Round:
    def submitted(size: int) -> float:
        requests = way.posts(one.port, list(islice(_numbers, size)))
        before = one.count_rows()
        answered = generator.drive(one.port, requests)
        stored = {table: rows - before[table] for table, rows in one.count_rows().items()}
        assert answered.statuses == {way.status: size}, (one.contender.name, way.name, answered.statuses)
        assert set(stored.values()) == {size}, (one.contender.name, way.name, stored)
        return answered.per_second

    return submitted


def _show(one: Served, generator: LoadGenerator) -> Round:
    def shown(size: int) -> float:
        answered = generator.drive(one.port, one.contender.gets(list(islice(_numbers, size))))
        assert answered.statuses == {200: size}, (one.contender.name, answered.statuses)
        return answered.per_second

    return shown


def _measure(what: str, measured: Mapping[Subject, Round], options: argparse.Namespace) -> None:
    """Rounds of about the same time for all, in turn."""
    sizes = {subject: max(50, int(each(WARM_UP_REQUESTS) * options.seconds)) for subject, each in measured.items()}
    rates: dict[Subject, list[float]] = {subject: [] for subject in measured}
    for _ in range(options.rounds):
        for subject, each in measured.items():
            rates[subject].append(each(sizes[subject]))
    _report(what, rates, AIMS[what])


def _profile(one: Served) -> None:
    contender = one.contender
    kinds = {
        f"submissions {way.name}".rstrip(): way.posts(one.port, list(islice(_numbers, PROFILED_REQUESTS)))
        for way in contender.ways
    }
    if contender.page:
        kinds["pages"] = contender.gets(list(islice(_numbers, PROFILED_REQUESTS)))
    subprocess.run(
        [sys.executable, "-m", "benchmarks.form_peers.profiling", contender.wsgi],
        input=pickle.dumps(kinds),
        env=one.environment,
        check=True,
    )


def _report(what: str, rates: Mapping[Subject, list[float]], aims: Mapping[Contender, float]) -> None:
    print(f"\n{what} a second, medians of {len(next(iter(rates.values())))} rounds")
    ours = rates.get((SWITCHYARD, ""))
    for (contender, way), values in rates.items():
        name = f"{contender.name}, {way}" if way else contender.name
        line = f"  {name:30} {statistics.median(values):7.0f}   {min(values):.0f} to {max(values):.0f}"
        if contender in aims and ours:
            # Each round's own ratio: what disturbs a round disturbs both.
            ratios = [own / theirs for own, theirs in zip(ours, values, strict=True)]
            line += f"   Switchyard has {statistics.median(ratios):.2f} x this"
            line += f" ({min(ratios):.2f} to {max(ratios):.2f}), aim {aims[contender]:g}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
