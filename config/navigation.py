"""The admin's sidebar: grouped by the work people come to do, not by app."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import resolve, reverse

# (title, icon, name of the page's address). A page is shown to who may open it: its view says which right that needs.
Page = tuple[str, str, str]
# (title, icon, app_label, model)
List = tuple[str, str, str, str]

GROUPS: list[tuple[str, list[Page | List]]] = [
    (
        "Workbench",
        [
            ("Home", "home", "admin:index"),
            ("My leads", "person_pin", "pipeline_pages:my_leads"),
            ("My absences", "event_busy", "pipeline_pages:my_absences"),
            ("Plan", "account_tree", "routing_pages:plan"),
            ("Try a lead", "experiment", "routing_pages:try"),
            ("Queues and turns", "groups", "routing_pages:queues"),
            ("Publish", "publish", "routing_pages:publish"),
            ("Rollouts", "percent", "routing_pages:rollouts"),
            ("Moved leads", "swap_horiz", "pipeline_pages:moves"),
            ("Spreadsheets", "upload_file", "routing_pages:import"),
            ("Shadow", "compare", "pipeline_pages:shadow"),
            ("Switch from another tool", "move_up", "config_pages:switch"),
        ],
    ),
    (
        "Leads",
        [
            ("Leads", "person_add", "leads", "lead"),
            ("People", "group", "leads", "person"),
            ("Companies", "domain", "leads", "company"),
            ("Observations", "visibility", "leads", "observation"),
            ("Runs", "conveyor_belt", "pipeline", "run"),
        ],
    ),
    (
        "Routing",
        [
            ("Plans", "published_with_changes", "routing", "plan"),
            ("Territories", "public", "routing", "territory"),
            ("Rules", "rule", "routing", "rule"),
            ("Queues", "queue", "routing", "queue"),
            ("Reps", "badge", "routing", "rep"),
            ("Named accounts", "star", "routing", "namedaccountlist"),
            ("Contract", "contract", "routing", "contractinput"),
            ("Golden leads", "verified", "routing", "goldenlead"),
            ("Decisions", "gavel", "routing", "decision"),
            ("Assignments", "assignment_ind", "routing", "assignment"),
            ("Credit", "balance", "routing", "ledgerentry"),
        ],
    ),
    (
        "Alerts and audit",
        [
            ("Alert rules", "notifications", "routing", "alertrule"),
            ("Alerts told", "notifications_active", "routing", "alertnotice"),
            ("Audit", "policy", "foundation", "auditentry"),
            ("Jobs", "pending_actions", "foundation", "job"),
        ],
    ),
    (
        "Forms",
        [
            ("Forms", "dynamic_form", "forms_engine", "form"),
            ("Versions", "history", "forms_engine", "formversion"),
            ("Submissions", "inbox", "forms_engine", "submission"),
            ("Kept answers", "save", "forms_engine", "formsession"),
            ("Brands", "palette", "forms_engine", "brand"),
            ("Server tokens", "key", "forms_engine", "servertoken"),
        ],
    ),
    (
        "Experiments",
        [
            ("Experiments", "science", "experiments", "experiment"),
            ("Exposures", "scatter_plot", "experiments", "exposure"),
        ],
    ),
    (
        "Data and integrations",
        [
            ("Enrichment data", "database", "enrichment", "dataset"),
            ("Webhook endpoints", "webhook", "integrations", "webhookendpoint"),
            ("Deliveries", "local_shipping", "integrations", "delivery"),
            ("Events", "outbox", "foundation", "outboxevent"),
            ("Mail", "mail", "foundation", "mail"),
        ],
    ),
    (
        "Installation",
        [
            ("Users", "manage_accounts", "auth", "user"),
            ("Roles", "shield_person", "auth", "group"),
            ("Configuration", "settings", "config_pages:configuration"),
        ],
    ),
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Only what this person may see; a group without entries is left out."""
    groups = [
        {"title": title, "separator": True, "items": [item for entry in entries for item in _items(request, entry)]}
        for title, entries in GROUPS
    ]
    return [group for group in groups if group["items"]]


def _items(request: HttpRequest, entry: Page | List) -> list[dict[str, Any]]:
    """One, or none where it isn't theirs to see."""
    if len(entry) == 3:
        title, icon, name = entry
        address, right = _page(name)
        return [{"title": title, "icon": icon, "link": address}] if _may(request, right) else []
    title, icon, app, model = entry
    link = reverse(f"admin:{app}_{model}_changelist")
    return [{"title": title, "icon": icon, "link": link}] if _may(request, f"{app}.view_{model}") else []


def _may(request: HttpRequest, right: str) -> bool:
    """Home needs no right of its own."""
    return not right or request.user.has_perm(right)


@cache
def _page(name: str) -> tuple[str, str]:
    """(address, right that its view asks for, "" for none)."""
    address = reverse(name)
    return address, getattr(resolve(address).func, "permission", "")
