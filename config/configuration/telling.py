"""A difference, and what is wrong with a file, as lines for a terminal."""

from collections.abc import Iterator

from config.configuration.difference import Changed, Difference, SectionDifference
from config.errors import ConfigurationInvalid

MOST_CHANGES_TOLD = 20


def problem_lines(invalid: ConfigurationInvalid) -> Iterator[str]:
    shown = invalid.problems[:MOST_CHANGES_TOLD]
    yield from (f"  {problem}" for problem in shown)
    if len(invalid.problems) > len(shown):
        yield f"  and {len(invalid.problems) - len(shown)} more"


def difference_lines(found: Difference) -> Iterator[str]:
    """`+` added, `~` changed, `>` moved, `-` removed; last whether the plan is published."""
    if found.is_empty:
        yield "Nothing to do: everything is as the file says."
        return
    for each in found.sections:
        if not each.is_empty:
            yield from _section_lines(each)
    if found.publishes:
        yield "Routing plan: published"


def _section_lines(found: SectionDifference) -> Iterator[str]:
    told = ", ".join(f"{count} {what}" for what, count in found.counts.items() if count)
    yield f"{found.section.many.capitalize()}: {told}"
    yield from (f"  + {key}" for key in found.added)
    for each in found.changed:
        yield from _changed_lines(each)
    yield from (f"  > {key}: now number {found.order.index(key) + 1}" for key in found.moved)
    yield from (f"  - {key}" for key in found.removed)


def _changed_lines(changed: Changed) -> Iterator[str]:
    yield f"  ~ {changed.key}"
    yield from (f"      {change}" for change in changed.changes[:MOST_CHANGES_TOLD])
    if len(changed.changes) > MOST_CHANGES_TOLD:
        yield f"      and {len(changed.changes) - MOST_CHANGES_TOLD} more changes"
