"""What does it cost to find the first of many rules that holds? `python -m benchmarks.first_match [--quick]`

Rules say `country in {5 of 200} and employees in [low, high] and industry in {3 of 27}`, drawn at random. The last
rule alone matches what is asked: whichever other rule would is drawn anew, so that each clause by itself still holds
for as many rules as chance has it. Two peers answer the same questions in the same run and in turn:

- zen: a zen-engine decision table with the hit policy `first`, compiled beforehand (`ZenDecisionContent`);
- closures: a loop over one Python function per rule.

Times are medians over rounds of processor time, all threads together, so that other work on the machine counts
against nobody; the garbage collector runs as it does in production. The bytes are what the index keeps, without the
conditions themselves.
"""

import gc
import json
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import zen

from conditions import FirstMatch, parse

SIZES = (100, 1_000, 10_000, 100_000)
ROUNDS = 41
ROUND_S = 0.004

COUNTRIES = [f"C{i}" for i in range(200)]
INDUSTRIES = [f"I{i}" for i in range(27)]
USUAL_EDGES = [1, 2, 5, 10, 20, 50, 100, 200, 250, 500, 1_000, 2_000, 5_000, 10_000]

Inputs = dict[str, Any]
Find = Callable[[Inputs], Any]


@dataclass(frozen=True)
class Rule:
    countries: list[str]
    low: float
    high: float
    industries: list[str]

    def matches_any(self, questions: list[Inputs]) -> bool:
        return any(
            inputs["country"] in self.countries
            and self.low <= inputs["employees"] <= self.high
            and inputs["industry"] in self.industries
            for inputs in questions
        )

    def document(self) -> dict[str, Any]:
        employees = {"$exists": True, "$gte": self.low, "$lte": self.high}
        return {"country": {"$in": self.countries}, "employees": employees, "industry": {"$in": self.industries}}


def draw(chance: random.Random, distinct: bool) -> Rule:
    """With `distinct`, no two rules share an edge, near enough."""
    edges = [chance.random() * 10_000 for _ in range(2)] if distinct else chance.sample(USUAL_EDGES, 2)
    return Rule(chance.sample(COUNTRIES, 5), min(edges), max(edges), chance.sample(INDUSTRIES, 3))


def rules_and_questions(size: int, distinct: bool) -> tuple[list[Rule], list[Inputs]]:
    chance = random.Random(size)
    last = draw(chance, distinct)
    employees = (last.low + last.high) / 2
    questions = [
        {"country": country, "employees": employees, "industry": industry}
        for country, industry in product(last.countries, last.industries)
    ]
    rules: list[Rule] = []
    while len(rules) < size - 1:
        rule = draw(chance, distinct)
        if not rule.matches_any(questions):
            rules.append(rule)
    return [*rules, last], questions


def loop_of_closures(rules: list[Rule]) -> Find:
    def compiled(rule: Rule) -> Callable[[Inputs], bool]:
        countries, industries, low, high = frozenset(rule.countries), frozenset(rule.industries), rule.low, rule.high
        return lambda inputs: (
            inputs["country"] in countries and low <= inputs["employees"] <= high and inputs["industry"] in industries
        )

    functions = [compiled(rule) for rule in rules]

    def find(inputs: Inputs) -> int | None:
        for i, holds in enumerate(functions):
            if holds(inputs):
                return i
        return None

    return find


def zen_table(rules: list[Rule]) -> Find:
    def listed(values: list[str]) -> str:
        return ", ".join(f"'{value}'" for value in values)

    names = ("country", "employees", "industry")
    table = {
        "hitPolicy": "first",
        "inputs": [{"id": name, "name": name, "field": name} for name in names],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": [
            {
                "_id": str(i),
                "country": listed(rule.countries),
                "employees": f"[{rule.low}..{rule.high}]",
                "industry": listed(rule.industries),
                "rule": str(i),
            }
            for i, rule in enumerate(rules)
        ],
    }
    kinds = {"in": "inputNode", "table": "decisionTableNode", "out": "outputNode"}
    nodes = [{"id": key, "name": key, "type": kind, "position": {"x": 0, "y": 0}} for key, kind in kinds.items()]
    nodes[1]["content"] = table  # type: ignore[assignment]
    edges = [
        {"id": source, "type": "edge", "sourceId": source, "targetId": target}
        for source, target in (("in", "table"), ("table", "out"))
    ]
    content = zen.ZenDecisionContent(json.dumps({"nodes": nodes, "edges": edges}))
    decision = zen.ZenEngine().create_decision(content)
    return lambda inputs: decision.evaluate(inputs)["result"]["rule"]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    gc.collect()
    started = time.process_time()
    made = work()
    return time.process_time() - started, made


def round_of(find: Find, questions: list[Inputs], times: int) -> float:
    """Microseconds for one question."""
    started = time.process_time()
    for _ in range(times):
        for inputs in questions:
            find(inputs)
    return (time.process_time() - started) / (times * len(questions)) * 1e6


def medians(finders: dict[str, Find], questions: list[Inputs]) -> dict[str, float]:
    """Microseconds for one question. Every finder warms up, and then has its turn in every round."""
    gc.collect()
    # So many passes over the questions that a round takes about as long for each; slow finders do one pass.
    passes = {
        name: max(1, round(ROUND_S * 1e6 / round_of(find, questions, 1) / len(questions)))
        for name, find in finders.items()
    }
    found: dict[str, list[float]] = {name: [] for name in finders}
    for _ in range(ROUNDS):
        for name, find in finders.items():
            found[name].append(round_of(find, questions, passes[name]))
    return {name: statistics.median(values) for name, values in found.items()}


def index_bytes(build: Callable[[], FirstMatch]) -> int:
    gc.collect()
    tracemalloc.start()
    index = build()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del index
    return kept


def measure(size: int, distinct: bool) -> float:
    """Microseconds of `FirstMatch.find`."""
    rules, questions = rules_and_questions(size, distinct)
    conditions = [parse(rule.document()) for rule in rules]
    build = partial(FirstMatch, conditions)
    build_s, index = timed(build)
    zen_s, table = timed(partial(zen_table, rules))
    finders: dict[str, Find] = {"first match": index.find, "zen": table, "closures": loop_of_closures(rules)}
    for name, find in finders.items():
        assert all(find(inputs) == size - 1 for inputs in questions), name
    took = medians(finders, questions)
    ours = took["first match"]
    print(
        f"  {size:8,} {ours:8.2f} us   zen {took['zen']:9.1f} us = {took['zen'] / ours:5.0f} x"
        f"   closures {took['closures']:9.1f} us = {took['closures'] / ours:6.0f} x"
        f"   built in {build_s:5.2f} s (zen {zen_s:5.2f} s)   {index_bytes(build) / size:5.0f} bytes a rule",
        flush=True,
    )
    return ours


def main(sizes: tuple[int, ...]) -> None:
    for distinct, title in ((False, "Usual edges (14 values)"), (True, "Every edge distinct")):
        print(title)
        took = [measure(size, distinct) for size in sizes]
        print(f"  from {sizes[0]:,} to {sizes[-1]:,} rules the time grows {took[-1] / took[0]:.1f}-fold")


if __name__ == "__main__":
    main(SIZES[:3] if "--quick" in sys.argv else SIZES)
