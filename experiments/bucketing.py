"""Which variant does a visitor see? GrowthBook's published algorithm, so that others can audit an assignment.

Pure. Source: GrowthBook's SDK specification ("Build your own SDK": hash, getBucketRanges, chooseVariation,
inNamespace), checked against its published cases. docs/experiments.md says what follows from it.
"""

from collections.abc import Sequence

Range = tuple[float, float]

_FNV_OFFSET = 0x811C9DC5
_FNV_PRIME = 0x01000193


def fnv1a_32(text: str) -> int:
    """FNV-1a, 32 bits, over UTF-8."""
    value = _FNV_OFFSET
    for byte in text.encode("utf-8", "surrogatepass"):
        value = ((value ^ byte) * _FNV_PRIME) & 0xFFFFFFFF
    return value


def hash_value(seed: str, value: str, version: int) -> float | None:
    """A number from 0 (included) to 1 (excluded); None for an unknown version.

    Version 2 hashes twice, which removes the bias of version 1 between experiments with similar seeds.
    """
    if version == 2:
        return fnv1a_32(str(fnv1a_32(seed + value))) % 10_000 / 10_000
    if version == 1:
        return fnv1a_32(value + seed) % 1_000 / 1_000
    return None


def equal_weights(count: int) -> list[float]:
    return [1 / count] * count if count > 0 else []


def bucket_ranges(count: int, coverage: float = 1.0, weights: Sequence[float] | None = None) -> list[Range]:
    """One half-open range per variation.

    Each range starts where it would at full coverage, so raising coverage never moves anybody from one variation
    to another. Weights that don't fit (wrong number, sum not about 1) are replaced by equal ones.
    """
    coverage = min(max(coverage, 0.0), 1.0)
    if weights is None or len(weights) != count or not 0.99 <= sum(weights) <= 1.01:
        weights = equal_weights(count)
    ranges = []
    start = 0.0
    for weight in weights:
        ranges.append((start, start + coverage * weight))
        start += weight
    return ranges


def choose_variation(number: float, ranges: Sequence[Range]) -> int:
    """The index of the first range that holds the number, or -1."""
    return next((index for index, (start, end) in enumerate(ranges) if start <= number < end), -1)


def in_namespace(value: str, namespace: tuple[str, float, float]) -> bool:
    """Whether a visitor falls into a part of a namespace; parts that don't overlap exclude each other."""
    name, start, end = namespace
    number = hash_value(f"__{name}", value, 1)
    return number is not None and start <= number < end
