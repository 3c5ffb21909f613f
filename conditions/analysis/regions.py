"""Groups of cells, said as a condition document: what a gap consists of, ready to become a rule."""

from collections.abc import Iterable, Sequence
from typing import Any

from conditions.analysis.cells import Atom, Axis, Cell, Place
from conditions.vocabulary import Attribute


def region(groups: Iterable[tuple[Axis, Sequence[Cell]]]) -> dict[str, Any]:
    """Parses under the axes' vocabulary, and holds for exactly the product of the groups among possible inputs."""
    parts = [part for axis, cells in groups if len(cells) < len(axis.cells) for part in [_part(axis, cells)]]
    if sum("$or" in part or "$and" in part for part in parts) > 1:
        return {"$and": parts}
    return {name: test for part in parts for name, test in part.items()}


def _part(axis: Axis, cells: Sequence[Cell]) -> dict[str, Any]:
    attribute, atoms = axis.attribute, [atom for cell in cells for atom in cell.atoms]
    known = [atom for atom in atoms if atom.kind != "missing"]
    everything = sum(len(cell.atoms) for cell in axis.cells) - (not attribute.required)
    if len(known) == everything:
        # Missing isn't among them, or there would be nothing to say.
        return {attribute.name: {"$exists": True}}
    if attribute.type == "list":
        return _lists(attribute, atoms)
    tests = _text_tests(axis, known) if attribute.type == "string" else _number_tests(axis, known)
    if attribute.type == "boolean":
        tests = [atom.value for atom in known]
    if len(known) < len(atoms):
        tests.append({"$exists": False})
    if len(tests) == 1:
        return {attribute.name: tests[0]}
    return {"$or": [{attribute.name: test} for test in tests]}


def _lists(attribute: Attribute, atoms: list[Atom]) -> dict[str, Any]:
    """Of lists several tests may have to hold together; missing has none."""
    several = [[{attribute.name: test} for test in atom.tests or ({"$exists": False},)] for atom in atoms]
    alternatives = [documents[0] if len(documents) == 1 else {"$and": documents} for documents in several]
    return alternatives[0] if len(alternatives) == 1 else {"$or": alternatives}


def _text_tests(axis: Axis, known: list[Atom]) -> list[Any]:
    """One range for each run of neighbours, less the texts in it that don't belong; then the texts beside all runs."""
    texts = [atom for atom in known if atom.kind == "text"]
    belonging = {atom.value for atom in texts}
    others = [atom for cell in axis.cells for atom in cell.atoms if atom.kind == "text" and atom.value not in belonging]
    if axis.attribute.choices and len(others) < len(texts):
        return [{**_guard(axis.attribute), "$nin": [atom.value for atom in others]}]
    tests: list[Any] = []
    for run in _runs(axis, known, "unlisted"):
        within = range(run[0].place, run[-1].place + 1)
        low, high = _closed(run[0].low, 1, belonging), _closed(run[-1].high, 0, belonging)
        refused = [atom.value for atom in others if atom.place in within]
        tests.append(_bounds(axis.attribute, low, high) | ({"$nin": refused} if refused else {}))
        ends = {cut[0] for cut in (low, high) if cut is not None}
        texts = [atom for atom in texts if atom.place not in within and atom.value not in ends]
    outside = [atom.value for atom in texts]
    return [*tests, outside[0] if len(outside) == 1 else {"$in": outside}] if outside else tests


def _closed(cut: Place | None, open_side: int, belonging: set[Any]) -> Place | None:
    """An end of an interval, moved so that it takes in the text beside it, where that belongs."""
    if cut is None or cut[1] != open_side or cut[0] not in belonging:
        return cut
    return (cut[0], 1 - open_side)  # type: ignore[return-value]


def _number_tests(axis: Axis, known: list[Atom]) -> list[Any]:
    """One range for each run of neighbours."""
    return [_range(axis.attribute, run[0].low, run[-1].high) for run in _runs(axis, known, "number")]


def _runs(axis: Axis, known: list[Atom], kind: str) -> list[list[Atom]]:
    """Intervals next to each other, where those in which nothing lies don't count."""
    places = sorted(atom.place for cell in axis.cells for atom in cell.atoms if atom.kind == kind)
    rank = {place: i for i, place in enumerate(places)}
    runs: list[list[Atom]] = []
    for atom in sorted((atom for atom in known if atom.kind == kind), key=lambda atom: atom.place):
        if runs and rank[runs[-1][-1].place] + 1 == rank[atom.place]:
            runs[-1].append(atom)
        else:
            runs.append([atom])
    return runs


def _range(attribute: Attribute, low: Place | None, high: Place | None) -> Any:
    if low is not None and high is not None and low[0] == high[0]:
        return low[0]
    return _bounds(attribute, low, high)


def _bounds(attribute: Attribute, low: Place | None, high: Place | None) -> dict[str, Any]:
    bounds: dict[str, Any] = _guard(attribute)
    if low is not None:
        bounds["$gt" if low[1] else "$gte"] = low[0]
    if high is not None:
        bounds["$lte" if high[1] else "$lt"] = high[0]
    return bounds


def _guard(attribute: Attribute) -> dict[str, Any]:
    return {} if attribute.required else {"$exists": True}
