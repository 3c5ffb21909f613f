"""A shadow run as a job: the page starts it, and its result is kept for as long as jobs are."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from foundation.jobs import Kind, Work
from pipeline.shadow.comparison import SAME, Row
from pipeline.shadow.incumbent import columns_of, named_columns, read_rows
from pipeline.shadow.run import Options, shadow
from pipeline.shadow.summary import MOST_ROWS, summary
from routing.draft import draft_plan
from routing.plan import Plan
from routing.selectors import active_plan
from routing.transfer.tables import read_table

KIND = "pipeline.shadow"
PERMISSION = "routing.change_rule"


def chosen_plan(which: str) -> tuple[Plan, str]:
    """Raises NoActivePlan and PlanInvalid."""
    if which == "draft":
        return draft_plan(), "the draft"
    active = active_plan()
    return active.plan, f"plan {active.number}"


def run(work: Work) -> Mapping[str, Any]:
    plan, name = chosen_plan(work.params["plan"])
    table = read_table(work.file, lambda rows: work.tell(rows, 0, f"{rows:,} rows read"))
    columns = columns_of(table.columns, plan.contract, named_columns(work.params["columns"].splitlines()))
    reading = read_rows(table, columns, plan)
    options = Options(from_present=work.params["from_present"], use_stored=work.params["use_stored"])
    rows: list[Row] = []

    def keep(row: Row) -> None:
        if row.kind != SAME and len(rows) < MOST_ROWS:
            rows.append(row)

    comparison = shadow(
        reading, plan, options, now=timezone.now(), tell=lambda done, total: work.tell(done, total, "leads"), keep=keep
    )
    return summary(comparison, reading, columns, plan_name=name, rows=rows)


def shadow_job() -> Kind:
    return Kind(
        name=KIND,
        title="Shadow run",
        work=run,
        permission=PERMISSION,
        template="workbench/shadow/result.html",
        context=_context,
    )


def _context(job: Any, request: object) -> Mapping[str, Any]:
    from pipeline.pages.shadow import result_context

    return result_context(job)
