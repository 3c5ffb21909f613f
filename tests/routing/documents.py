"""Plan documents for the engine's plain tests."""

from typing import Any

CONTRACT = [
    {"key": "country", "type": "string", "vocabulary": "countries", "required": True, "label": "Country"},
    {"key": "region", "type": "string", "vocabulary": "regions"},
    {"key": "employees", "type": "number", "default": 10, "label": "Employees"},
    {"key": "company_domain", "type": "string"},
    {"key": "account_owner", "type": "string"},
]


def plan_document(**changes: Any) -> dict[str, Any]:
    """Two regions, three queues, one named account; ada and ben sell, cyd minds the desk."""
    return {
        "contract": CONTRACT,
        "reps": {key: {"name": key.title(), "email": f"{key}@seller.example"} for key in ("ada", "ben", "cyd")},
        "account_lists": [
            {
                "key": "strategic",
                "name": "Strategic",
                "queue": "big",
                "accounts": {"acme.com": {"owner": "ben"}, "zeta.com": {"name": "Zeta Works Inc."}},
            }
        ],
        "territories": [
            {"key": "emea", "name": "EMEA", "parent": None, "condition": {"country": {"$in": ["DE", "FR"]}}},
            {"key": "dach", "name": "DACH", "parent": "emea", "condition": {"country": "DE"}},
        ],
        "rules": [
            {
                "key": "big",
                "name": "Big",
                "territory": "emea",
                "condition": {"employees": {"$gte": 100}},
                "queue": "big",
            },
            {"key": "small", "name": "Small", "territory": "emea", "condition": {}, "queue": "small"},
        ],
        "queues": {
            "desk": {"name": "Desk", "fallback": None, "members": [{"rep": "cyd", "weight": 1}]},
            "big": {"name": "Big", "fallback": "small", "members": [{"rep": "ada", "weight": 1}]},
            "small": {"name": "Small", "fallback": None, "members": [{"rep": "ben", "weight": 1}]},
        },
        "default_queue": "desk",
        **changes,
    }
