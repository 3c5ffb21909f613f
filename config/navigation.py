"""The admin's sidebar: grouped by the work people come to do, not by app."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy

# (group, [(title, icon, app_label, model)])
GROUPS: list[tuple[str, list[tuple[str, str, str, str]]]] = [
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
    ("People and roles", [("Users", "manage_accounts", "auth", "user"), ("Roles", "shield_person", "auth", "group")]),
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Only what this person may see; a group without entries is left out."""
    groups = [
        {
            "title": title,
            "separator": True,
            "items": [
                {"title": name, "icon": icon, "link": reverse_lazy(f"admin:{app}_{model}_changelist")}
                for name, icon, app, model in entries
                if request.user.has_perm(f"{app}.view_{model}")
            ],
        }
        for title, entries in GROUPS
    ]
    return [group for group in groups if group["items"]]
