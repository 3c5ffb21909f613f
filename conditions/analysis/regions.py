"""Groups of cells, said as a condition document: what a gap consists of, ready to become a rule."""

from collections.abc import Iterable, Sequence
from typing import Any

from conditions.analysis.cells import Atom, Axis, Cell
from conditions.shapes import Cut, TextCut
from conditions.vocabulary import Attribute


def region(groups: Iterable[tuple[Axis, Sequence[Cell]]]) -> dict[str, Any]:
    """Parses under the axes' vocabulary, and holds for exactly the product of the groups among possible inputs."""
    parts = [part for axis, cells in groups if len(cells) < len(axis.cells) for part in [_part(axis, cells)]]
    if sum("$or" in part for part in parts) > 1:
        return {"$and": parts}
    return {name: test for part in parts for name, test in part.items()}


def _part(axis: Axis, cells: Sequence[Cell]) -> dict[str, Any]:
    attribute, atoms = axis.attribute, [atom for cell in cells for atom in cell.atoms]
    known = [atom for atom in atoms if atom.kind != "missing"]
    everything = sum(len(cell.atoms) for cell in axis.cells) - (not attribute.required)
    if len(known) == everything:
        # Missing isn't among them, or there would be nothing to say.
        return {attribute.name: {"$exists": True}}
    in_order = attribute.type == "number" or any(atom.kind == "between" for cell in axis.cells for atom in cell.atoms)
    tests = _line_tests(axis, known) if in_order else _text_tests(axis, known)
    if attribute.type == "boolean":
        tests = [atom.value for atom in known]
    if len(known) < len(atoms):
        tests.append({"$exists": False})
    if len(tests) == 1:
        return {attribute.name: tests[0]}
    return {"$or": [{attribute.name: test} for test in tests]}


def _text_tests(axis: Axis, known: list[Atom]) -> list[Any]:
    texts = [atom.value for atom in known if atom.kind == "text"]
    others = [atom.value for cell in axis.cells for atom in cell.atoms if atom.kind == "text"]
    others = [text for text in others if text not in set(texts)]
    if any(atom.kind == "unlisted" for atom in known) or (axis.attribute.choices and len(others) < len(texts)):
        return [{**_guard(axis.attribute), "$nin": others}]
    return [texts[0] if len(texts) == 1 else {"$in": texts}] if texts else []


_ON_THE_LINE = ("number", "text", "between")


def _line_tests(axis: Axis, known: list[Atom]) -> list[Any]:
    """One range for each run of neighbours, of numbers or of texts in order."""
    places = sorted(atom.place for cell in axis.cells for atom in cell.atoms if atom.kind in _ON_THE_LINE)
    rank = {place: i for i, place in enumerate(places)}
    runs: list[list[Atom]] = []
    for atom in sorted((atom for atom in known if atom.kind in _ON_THE_LINE), key=lambda atom: atom.place):
        if runs and rank[runs[-1][-1].place] + 1 == rank[atom.place]:
            runs[-1].append(atom)
        else:
            runs.append([atom])
    return [_range(axis.attribute, run[0].low, run[-1].high) for run in runs]


def _range(attribute: Attribute, low: Cut | TextCut | None, high: Cut | TextCut | None) -> Any:
    if low is not None and high is not None and low[0] == high[0]:
        return low[0]
    bounds: dict[str, Any] = _guard(attribute)
    if low is not None:
        bounds["$gt" if low[1] else "$gte"] = low[0]
    if high is not None:
        bounds["$lte" if high[1] else "$lt"] = high[0]
    return bounds


def _guard(attribute: Attribute) -> dict[str, Any]:
    return {} if attribute.required else {"$exists": True}
