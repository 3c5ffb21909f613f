"""What a configuration file may hold: its sections, their entries' fields, types and defaults. Pure.

A field that equals its default is left out when written; one that is left out has its default when read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

FORMAT = 1

# "" where the value is taken, else what it must be.
Check = Callable[[object], str]
# An entry's fields, whole: defaults filled in.
Entry = dict[str, Any]
NEEDED: Final = object()
# The field isn't compared and not touched where the file leaves it out.
UNTOUCHED: Final = object()


@dataclass(frozen=True)
class Field:
    """`attribute`: the model's name for it, where it differs. `entries`: it maps keys to entries of their own."""

    name: str
    takes: Check
    default: Any = NEEDED
    refers_to: str = ""
    attribute: str = ""
    entries: tuple["Field", ...] = ()

    @property
    def on_model(self) -> str:
        return self.attribute or self.name


@dataclass(frozen=True)
class Section:
    """`is_ordered`: a list, whose order counts; else a mapping by key. `named_by`: the model's field for the key."""

    key: str
    one: str
    many: str
    fields: tuple[Field, ...]
    is_ordered: bool = False
    named_by: str = "key"

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)

    def called(self, count: int) -> str:
        return self.one if count == 1 else self.many


def text(value: object) -> str:
    return "" if isinstance(value, str) else f"must be a text{_hint(value)}"


def name(value: object) -> str:
    return "" if isinstance(value, str) and value else f"must be a text that isn't empty{_hint(value)}"


def reference(value: object) -> str:
    return "" if value is None or (isinstance(value, str) and value) else f"must be a key{_hint(value)}"


def _hint(value: object) -> str:
    """YAML reads `NO` as false and `007` as a number."""
    return "" if value is None or isinstance(value, str | list | dict) else "; put it in quotes"


def texts(value: object) -> str:
    if not isinstance(value, list):
        return "must be a list of texts"
    return next((complaint for item in value if (complaint := text(item))), "").replace("must be", "must hold", 1)


def flag(value: object) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def whole(value: object) -> str:
    return "" if isinstance(value, int) and not isinstance(value, bool) else "must be a whole number"


def whole_or_none(value: object) -> str:
    return "" if value is None else whole(value)


def share(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if is_number and 0 <= value <= 1 else "must be a number from 0 to 1"  # type: ignore[operator]


def mapping(value: object) -> str:
    if not isinstance(value, dict):
        return "must be a mapping"
    return "" if all(isinstance(key, str) for key in value) else "must have texts as keys; put them in quotes"


def amount(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if value is None or is_number else "must be a number"


def clock_time(value: object) -> str:
    if value is None or (isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", value)):
        return ""
    return 'must be a time such as "18:30", in quotes'


def anything(value: object) -> str:
    return ""


def day(value: object) -> str:
    if value is None:
        return ""
    try:
        return "" if isinstance(value, str) and date.fromisoformat(value).isoformat() == value else _NO_DAY
    except ValueError:
        return _NO_DAY


_NO_DAY = "must be a day such as 2026-03-31"


def entries(value: object) -> str:
    return "" if isinstance(value, dict) else "must be a mapping by key"


def secret(value: object) -> str:
    is_secret = isinstance(value, str) and (
        value == GENERATE or re.fullmatch(r"whsec_[A-Za-z0-9+/]{32,100}={0,2}", value)
    )
    return "" if is_secret else "must be `generate` or a secret that begins with whsec_"


GENERATE = "generate"

_TARGET = (
    Field("queue", reference, None, refers_to="queues"),
    Field("owner", reference, None, refers_to="reps"),
)
_MEMBER = (
    Field("weight", whole, 1),
    Field("priority", whole, 0),
    Field("condition", mapping, {}),
    Field("cap_day", whole_or_none, None),
    Field("cap_week", whole_or_none, None),
    Field("cap_month", whole_or_none, None),
    Field("paused", flag, default=False),
)
_VARIANT = (
    Field("name", name),
    Field("weight", whole, 1),
    Field("control", flag, default=False, attribute="is_control"),
    Field("form_version", whole_or_none, None),
    # What a subject that is no form is shown.
    Field("payload", mapping, {}),
)

SECTIONS: tuple[Section, ...] = (
    Section(
        "contract",
        "contract input",
        "contract inputs",
        (
            Field("label", name),
            Field("type", name),
            Field("vocabulary", text, ""),
            Field("choices", mapping, {}),
            Field("required", flag, default=False),
            Field("default", anything, None),
        ),
        is_ordered=True,
    ),
    Section(
        "reps",
        "rep",
        "reps",
        (
            Field("name", name),
            Field("email", name),
            Field("time_zone", name, "UTC"),
            Field("working_hours", mapping, {}),
            Field("active", flag, default=True),
            Field("user", reference, UNTOUCHED),
        ),
    ),
    Section(
        "queues",
        "queue",
        "queues",
        (
            Field("name", name),
            Field("default", flag, default=False, attribute="is_default"),
            Field("fallback", reference, None, refers_to="queues"),
            Field("working_hours", name, "prefer"),
            Field("shared_count", text, ""),
            Field("manager", reference, None, refers_to="reps"),
            Field("accept_within_min", whole_or_none, None),
            Field("remind_min", whole, 0),
            Field("stagger_min", whole, 10),
            Field("counts", texts, []),
            Field("gives_back", texts, ["guest_no_show", "guest_cancelled", "duplicate"]),
            Field("disqualify_reasons", texts, []),
            Field("disqualify_cap_month", whole, 0),
            Field("members", entries, {}, refers_to="reps", entries=_MEMBER),
        ),
    ),
    Section(
        "account_lists",
        "account list",
        "account lists",
        (
            Field("name", name),
            *_TARGET,
            # In the file a table: see `accounts`.
            Field(
                "accounts",
                text,
                {},
                entries=(Field("company_name", text, ""), Field("owner", reference, None, refers_to="reps")),
            ),
        ),
    ),
    Section(
        "territories",
        "territory",
        "territories",
        (
            Field("name", name),
            Field("parent", reference, None, refers_to="territories"),
            Field("countries", texts, []),
            Field("regions", texts, []),
            Field("postal_areas", texts, []),
            Field("employees_min", whole_or_none, None),
            Field("employees_max", whole_or_none, None),
            Field("revenue_min", whole_or_none, None),
            Field("revenue_max", whole_or_none, None),
            Field("industries", texts, []),
            Field("account_lists", texts, [], refers_to="account_lists"),
            Field("condition", mapping, {}),
            *_TARGET,
            Field("valid_from", day, None),
            Field("valid_to", day, None),
            Field("tie_break", whole, 0),
            Field("time_zone", text, ""),
            Field("working_hours", mapping, {}),
        ),
        is_ordered=True,
    ),
    Section(
        "rules",
        "rule",
        "rules",
        (
            Field("name", name),
            Field("territory", reference, None, refers_to="territories"),
            Field("condition", mapping, {}),
            *_TARGET,
        ),
        is_ordered=True,
    ),
    Section(
        "golden_leads",
        "golden lead",
        "golden leads",
        (
            Field("inputs", mapping),
            Field("queue", reference, None, refers_to="queues", attribute="expected_queue"),
            Field("territory", reference, None, refers_to="territories", attribute="expected_territory"),
            Field("owner", reference, None, refers_to="reps", attribute="expected_owner"),
            Field("enabled", flag, default=True),
        ),
        named_by="name",
    ),
    Section(
        "alert_rules",
        "alert rule",
        "alert rules",
        (
            Field("name", name),
            Field("kind", name),
            Field("enabled", flag, default=True),
            Field("queue", reference, None, refers_to="queues"),
            Field("territory", reference, None, refers_to="territories"),
            Field("threshold", amount, None),
            Field("window", name, "hour_or_day"),
            Field("minimum", whole_or_none, None),
            Field("repeat_hours", whole_or_none, None),
            Field("emails", text, ""),
            Field("webhook", flag, default=True),
            Field("quiet_from", clock_time, None),
            Field("quiet_to", clock_time, None),
        ),
    ),
    Section(
        "brands",
        "brand",
        "brands",
        (
            Field("name", name),
            Field("allowed_domains", texts, []),
            Field("sender_name", text, ""),
            Field("sender_email", text, ""),
            Field("theme", mapping, {}),
            Field("privacy_text", text, ""),
            Field("privacy_url", text, ""),
            Field("imprint_url", text, ""),
        ),
        named_by="slug",
    ),
    Section(
        "forms",
        "form",
        "forms",
        (
            Field("name", name),
            Field("brand", name, refers_to="brands"),
            Field("archived", flag, default=False),
            Field("allowed_origins", texts, []),
            Field("partial_saving", name, "by_region"),
            Field("server_posts", name, "open"),
            Field("without_consent", name, "experiment"),
            Field("min_fill_ms", whole, 500),
            Field("requires_proof", flag, default=True),
            Field("active", whole_or_none, None),
            # Number -> document. Read, they are known by what they hold: see `document.Version`.
            Field("versions", entries, {}),
            Field("drafts", entries, {}),
        ),
        named_by="slug",
    ),
    Section(
        "experiments",
        "experiment",
        "experiments",
        (
            Field("name", name),
            Field("subject", name),
            Field("hypothesis", text, ""),
            Field("segment", mapping, {}),
            Field("coverage", share, 1.0),
            Field("seed", text, ""),
            Field("variants", entries, {}, entries=_VARIANT),
        ),
    ),
    Section(
        "webhooks",
        "webhook",
        "webhooks",
        (
            Field("url", name),
            Field("event_types", texts, []),
            Field("enabled", flag, default=True),
            Field("secret", secret, GENERATE),
        ),
        named_by="name",
    ),
)
SECTION: Mapping[str, Section] = {section.key: section for section in SECTIONS}
