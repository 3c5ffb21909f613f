"""What a list of rules leaves open, says twice or never reaches, with a witness for each finding.

`analyse(rules, vocabulary)` is exact within a node budget; what can't be decided is reported as undecided. Terms,
guarantees and stages: docs/conditions.md, "Analysis".
"""

from conditions.analysis.analyse import analyse, meetings
from conditions.analysis.cells import Dependency
from conditions.analysis.findings import Analysis, Gap, Meeting, Meetings, Overlap, Shadowed, Undecided

__all__ = [
    "Analysis",
    "Dependency",
    "Gap",
    "Meeting",
    "Meetings",
    "Overlap",
    "Shadowed",
    "Undecided",
    "analyse",
    "meetings",
]
