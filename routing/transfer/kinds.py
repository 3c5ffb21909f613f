"""What can be moved by spreadsheet, and by which columns. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leads.places import fold


@dataclass(frozen=True)
class Column:
    """`aliases` are headers of other tools that mean it. `example` stands in the template file."""

    name: str
    label: str
    help: str
    example: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """`model` names the rights: `routing.change_<model>`. `needs`: groups of columns, of each of which the file
    must have one."""

    key: str
    title: str
    one: str
    model: str
    columns: tuple[Column, ...]
    needs: tuple[tuple[str, ...], ...]
    removes: str = ""

    @property
    def labels(self) -> dict[str, str]:
        return {column.name: column.label for column in self.columns}

    def permission(self, action: str) -> str:
        return f"routing.{action}_{self.model}"


_TARGET = (
    Column("queue", "Queue", "Key or name of a queue.", "dach", aliases=("team", "assigned queue")),
    Column(
        "owner",
        "Owner",
        "Key, e-mail address or name of a rep.",
        aliases=("rep", "account owner", "owner email", "sales rep", "assigned to", "owner name"),
    ),
)
_CONDITION = Column(
    "condition",
    "Condition",
    "In the rule language, as JSON; empty: always.",
    '{"employees": {"$exists": true, "$gte": 200}}',
)
_POSITION = Column(
    "position", "Position", "Order; a new row without one goes to the end.", aliases=("order", "priority")
)

ACCOUNTS = Kind(
    "accounts",
    "Named accounts",
    "named account",
    "namedaccount",
    (
        Column(
            "domain",
            "Domain",
            "A web or e-mail address does too: https://www.example.com/about is example.com.",
            "example.com",
            aliases=("website", "url", "web site", "account domain", "company domain", "email", "company url"),
        ),
        Column(
            "company_name", "Company name", "", "Example Ltd", aliases=("company", "account", "account name", "name")
        ),
        Column("list", "List", "Key or name of a list.", "key-accounts", aliases=("account list", "segment", "tier")),
        Column("owner", "Owner", "Key, e-mail address or name of a rep.", "ann", aliases=_TARGET[1].aliases),
    ),
    (("domain",),),
    removes="accounts of these lists",
)
TERRITORIES = Kind(
    "territories",
    "Territories",
    "territory",
    "territory",
    (
        Column("key", "Key", "Made from the name where there is none.", "germany-south", aliases=("id",)),
        Column("name", "Name", "", "Germany south", aliases=("territory", "territory name")),
        Column("parent", "Within", "Key of the territory it lies in.", "germany", aliases=("parent territory",)),
        Column("countries", "Countries", "Codes or names, separated by ;", "DE; AT", aliases=("country",)),
        Column("regions", "Regions", "ISO 3166-2 codes.", "US-CA; US-NV", aliases=("region", "states", "state")),
        Column(
            "postal_areas",
            "Postal areas",
            "Prefixes and ranges with their country.",
            "DE 80; DE 81..86",
            aliases=("postal codes", "zip", "zip codes", "postal code"),
        ),
        Column("employees_min", "Employees from", "", "200", aliases=("min employees",)),
        Column("employees_max", "Employees to", "", "", aliases=("max employees",)),
        Column("revenue_min", "Revenue from, USD", "", ""),
        Column("revenue_max", "Revenue to, USD", "", ""),
        Column("industries", "Industries", "Values or labels of the contract.", "", aliases=("industry",)),
        Column("account_lists", "Account lists", "Keys or names.", ""),
        Column("condition", "Condition", _CONDITION.help, ""),
        *_TARGET,
        Column("tie_break", "Tie break", "The higher one takes the lead.", ""),
        Column("valid_from", "First day", "2026-03-31", ""),
        Column("valid_to", "Last day", "2026-12-31", ""),
        Column("time_zone", "Time zone", "Europe/Berlin", ""),
        Column("working_hours", "Working hours", 'JSON such as {"mon": ["09:00-17:00"]}', ""),
        _POSITION,
    ),
    (("key", "name"),),
)
RULES = Kind(
    "rules",
    "Rules",
    "rule",
    "rule",
    (
        Column("key", "Key", "Made from the name where there is none.", "big-companies", aliases=("id",)),
        Column("name", "Name", "", "Big companies", aliases=("rule", "rule name")),
        Column("territory", "Territory", "Key or name; empty: everywhere."),
        _CONDITION,
        *_TARGET,
        _POSITION,
    ),
    (("key", "name"),),
)
MEMBERS = Kind(
    "members",
    "Queue members",
    "member",
    "member",
    (
        Column("queue", "Queue", "Key or name of a queue.", "dach", aliases=("team",)),
        Column(
            "rep",
            "Rep",
            "Key, e-mail address or name.",
            "ann",
            aliases=("owner", "email", "member", "user", "name", "sales rep"),
        ),
        Column("weight", "Weight", "Share relative to the others; empty: 1.", "1", aliases=("share",)),
        Column("priority", "Priority", "Breaks ties.", ""),
        Column("condition", "Condition", _CONDITION.help, ""),
        Column("cap_day", "Most in a day", "Empty: no limit.", "5", aliases=("daily cap", "max per day")),
        Column("cap_week", "Most in a week", "Empty: no limit.", "", aliases=("weekly cap", "max per week")),
        Column("cap_month", "Most in a month", "Empty: no limit.", "", aliases=("monthly cap", "max per month")),
        Column("paused", "Paused", "yes or no", "no"),
    ),
    (("queue",), ("rep",)),
    removes="members of these queues",
)
ABSENCES = Kind(
    "absences",
    "Absences",
    "absence",
    "absence",
    (
        Column(
            "rep",
            "Rep",
            "Key, e-mail address or name.",
            "ann",
            aliases=("owner", "email", "user", "name", "employee"),
        ),
        Column(
            "starts_at",
            "From",
            "A day, or a time on the rep's clock.",
            "2026-08-03",
            aliases=("start", "begin", "first day", "start date", "starts"),
        ),
        Column(
            "ends_at",
            "Until",
            "A day counts to its end.",
            "2026-08-14",
            aliases=("end", "to", "last day", "end date", "until", "ends"),
        ),
        Column("reason", "Reason", "", "", aliases=("note", "type")),
    ),
    (("rep",), ("starts_at",), ("ends_at",)),
)
KINDS: Mapping[str, Kind] = {kind.key: kind for kind in (ACCOUNTS, TERRITORIES, RULES, MEMBERS, ABSENCES)}


def guessed(kind: Kind, headers: Sequence[str]) -> dict[str, int]:
    """Column name -> which of the file's columns: by name or label, then by the headers of other tools. Each once."""
    folded = [fold(header) for header in headers]
    mapping: dict[str, int] = {}
    for words in (lambda column: (column.name, column.label), lambda column: column.aliases):
        for column in kind.columns:
            wanted = [fold(word) for word in words(column)]
            free = (i for i, header in enumerate(folded) if header in wanted and i not in mapping.values())
            if column.name not in mapping and (place := next(free, None)) is not None:
                mapping[column.name] = place
    return mapping


def lacking(kind: Kind, mapping: Mapping[str, int]) -> list[str]:
    """Labels of columns without which no row can be read."""
    labels = kind.labels
    return [" or ".join(labels[name] for name in group) for group in kind.needs if not mapping.keys() & set(group)]
