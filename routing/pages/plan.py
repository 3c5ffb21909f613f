"""The plan page: the draft beside the active plan, entry by entry, with what differs in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from foundation.admin_pages import admin_page, render_page
from routing.draft import Draft
from routing.draft_comparison import DraftComparison, draft_comparison
from routing.errors import PlanInvalid
from routing.going_live import how_it_came_back, open_proposals, running_rollout
from routing.models import Rule
from routing.pages.links import address_of, form_addresses, list_address
from routing.pages.plan_checks import checks_state
from routing.plan_checks import golden_failures
from routing.plan_diff import Row, ordinal, summary
from routing.plan_reading import ACCOUNTS, INPUT, KINDS, QUEUE, REP, RULE, TERRITORY, Entry, Part
from routing.selectors import parsed_plan, previous_plan
from routing.services.reorder import MODELS as ORDERED
from routing.services.rollouts import scope_in_words

TITLES: Mapping[str, str] = {
    TERRITORY: "Territories",
    RULE: "Rules",
    QUEUE: "Queues",
    ACCOUNTS: "Named accounts",
    REP: "Reps",
    INPUT: "Contract",
}
BOTH, DRAFT, ACTIVE, DIFFERENCES = "both", "draft", "active", "differences"
VIEWS: Mapping[str, str] = {
    BOTH: "Side by side",
    DRAFT: "Draft",
    ACTIVE: "Active",
    DIFFERENCES: "Differences",
}
PAGE_SIZE = 100
# With more entries than these only what differs is shown at first.
READ_AT_ONCE = 200
_LONGEST_SEARCH = 100


@dataclass(frozen=True)
class Asked:
    """What the address asks for; whatever it doesn't know is taken for the default."""

    view: str
    kind: str
    text: str
    page: int
    query: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, query: QueryDict, default_view: str) -> "Asked":
        view, kind, page = query.get("view", ""), query.get("kind", ""), query.get("page", "")
        wishes = {name: query.get(name, "")[:_LONGEST_SEARCH] for name in ("view", "kind", "q", "page")}
        return cls(
            view=view if view in VIEWS else default_view,
            kind=kind if kind in KINDS else "",
            text=query.get("q", "")[:_LONGEST_SEARCH].strip().lower(),
            page=int(page) if page.isdecimal() and len(page) < 6 else 1,
            query={name: value for name, value in wishes.items() if value},
        )

    def address(self, **changes: str) -> str:
        """This page with other wishes; another view, kind or search begins with its first page."""
        query = {name: value for name, value in {**self.query, "page": "", **changes}.items() if value}
        base = reverse("routing_pages:plan")
        return f"{base}?{urlencode(query)}" if query else base


@dataclass(frozen=True)
class ShownPart:
    part: Part
    is_changed: bool


@dataclass(frozen=True)
class ShownRow:
    """One row as the template takes it. `place` and `total`: among those it can be moved among."""

    row: Row
    kind: str
    entry: Entry
    draft: Sequence[ShownPart] | None
    active: Sequence[ShownPart] | None
    words: Sequence[str]
    address: str = ""
    add_after: str = ""
    split: str = ""
    place: int = 0
    total: int = 0

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.entry.key}"

    @property
    def sort(self) -> str:
        """Of its difference, for the look; "" where there is none."""
        return self.row.change.sorts[0] if self.row.change else ""


@dataclass(frozen=True)
class Section:
    kind: str
    title: str
    total: int
    rows: Sequence[ShownRow]
    list_address: str


@require_GET
@admin_page("routing.view_plan")
def plan_page(request: HttpRequest) -> HttpResponse:
    try:
        found = draft_comparison()
    except PlanInvalid as invalid:
        return render_page(request, "workbench/plan/broken.html", title="Plan", problem=invalid.message)
    asked = Asked.of(request.GET, _default_view(found))
    page = Paginator(_rows(found, asked), PAGE_SIZE).get_page(asked.page)
    previous = _previous(found)
    return render_page(
        request,
        "workbench/plan/page.html",
        title="Plan",
        found=found,
        asked=asked,
        page=page,
        sections=_sections(request, found, page),
        summary=summary(found.comparison) if found.active else "",
        views=[(view, VIEWS[view], asked.address(view=view)) for view in _views(found)],
        kinds=[("", "Everything", asked.address(kind=""))]
        + [(kind, TITLES[kind], asked.address(kind=kind)) for kind in KINDS],
        pages=[(number, asked.address(page=str(number))) for number in page.paginator.page_range],
        edit=[(title, list_address(kind)) for kind, title in (*list(TITLES.items())[:3],)],
        publish=address_of("routing_pages:publish"),
        previous=previous,
        rollback=address_of("routing_pages:rollback", previous) if previous else "",
        **_tried(),
        proposals=open_proposals(),
        came_back=how_it_came_back(found.active) if found.active else "",
        golden=_golden(found.draft),
        moved=_moved(request, found),
        asked_query=urlencode(asked.query),
        **checks_state(request, found),
    )


def _default_view(found: DraftComparison) -> str:
    if found.active is None:
        return DRAFT
    is_long = sum(1 for _ in found.comparison.after) > READ_AT_ONCE
    return DIFFERENCES if is_long and found.is_unpublished else BOTH


def _views(found: DraftComparison) -> Iterable[str]:
    return VIEWS if found.active else (DRAFT,)


def _previous(found: DraftComparison) -> int | None:
    """The plan before the active one, to which one would go back."""
    previous = previous_plan() if found.active is not None else None
    return previous.number if previous else None


def _tried() -> dict[str, Any]:
    """The rollout that runs: until it has ended, nothing else can be published or put back."""
    rollout = running_rollout()
    leads = scope_in_words(rollout.scope, parsed_plan(rollout.plan_id)) if rollout else ""
    return {"rollout": rollout, "rollout_leads": leads}


def _golden(draft: Draft) -> Sequence[object]:
    return golden_failures(draft.plan, timezone.now()) if not draft.problem else ()


def _rows(found: DraftComparison, asked: Asked) -> list[Row]:
    """Those that are asked for, in reading order."""
    return [row for row in found.comparison.rows if _is_asked(row, asked)]


def _is_asked(row: Row, asked: Asked) -> bool:
    if asked.kind and row.entry.kind != asked.kind:
        return False
    if asked.view == DIFFERENCES and row.change is None:
        return False
    if (asked.view == DRAFT and row.after is None) or (asked.view == ACTIVE and row.before is None):
        return False
    sides = [row.before] if asked.view == ACTIVE else [row.before, row.after]
    return not asked.text or any(asked.text in side.text for side in sides if side)


def _sections(request: HttpRequest, found: DraftComparison, page: "Page[Row]") -> list[Section]:
    shown = _Shown(request, found, [row.entry for row in page if row.after])
    rows: dict[str, list[ShownRow]] = {}
    for row in page:
        rows.setdefault(row.entry.kind, []).append(shown.row(row))
    entries = found.comparison.after.entries
    return [
        Section(kind, TITLES[kind], len(entries[kind]), rows[kind], list_address(kind))
        for kind in KINDS
        if kind in rows
    ]


class _Shown:
    """Rows with their links, as far as this person may follow them."""

    def __init__(self, request: HttpRequest, found: DraftComparison, entries: Sequence[Entry]) -> None:
        self._found = found
        self._may_add_rules = request.user.has_perm("routing.add_rule")
        self._may_split = request.user.has_perms(["routing.add_territory", "routing.change_territory"])
        self._may_move = {kind for kind in ORDERED if request.user.has_perm(f"routing.change_{kind}")}
        self._addresses = form_addresses([(entry.kind, entry.key) for entry in entries])
        self._rules = self._rules_by_key(entries) if self._may_add_rules else {}
        self._places = {kind: places(found.comparison.after.entries[kind], kind) for kind in ORDERED}

    @staticmethod
    def _rules_by_key(entries: Sequence[Entry]) -> dict[str, tuple[int, int | None]]:
        """Position and territory of those rules, for new ones behind them."""
        keys = [entry.key for entry in entries if entry.kind == RULE]
        rows = Rule.objects.filter(key__in=keys).order_by().values_list("key", "position", "territory_id")
        return {key: (position, territory) for key, position, territory in rows} if keys else {}

    def row(self, row: Row) -> ShownRow:
        entry, kind = row.entry, row.entry.kind
        place, total = self._places[kind][entry.key] if row.after and kind in self._may_move else (0, 0)
        return ShownRow(
            row=row,
            kind=kind,
            entry=entry,
            draft=_parts(row.after, row.before),
            active=_parts(row.before, row.after),
            words=row.change.words if row.change and self._found.active else (),
            address=self._addresses.get((kind, entry.key), "") if row.after else "",
            add_after=self._add_after(entry) if row.after else "",
            split=self._split(entry) if row.after else "",
            place=place,
            total=total,
        )

    def _add_after(self, entry: Entry) -> str:
        if entry.kind != RULE or entry.key not in self._rules:
            return ""
        position, territory = self._rules[entry.key]
        query = {"place": entry.key, "position": position, **({"territory": territory} if territory else {})}
        return f"{reverse('admin:routing_rule_add')}?{urlencode(query)}"

    def _split(self, entry: Entry) -> str:
        if entry.kind != TERRITORY or not self._may_split:
            return ""
        return address_of("routing_pages:split_territory", entry.key)


def _parts(side: Entry | None, other: Entry | None) -> list[ShownPart] | None:
    """What one side says; where the other says otherwise, it is marked."""
    if side is None:
        return None
    if other is None or other.raw == side.raw:
        return [ShownPart(part, is_changed=False) for part in side.parts]
    theirs = {part.label: (part.raw, part.share) for part in other.parts}
    return [ShownPart(part, is_changed=theirs.get(part.label) != (part.raw, part.share)) for part in side.parts]


def places(entries: Iterable[Entry], kind: str) -> dict[str, tuple[int, int]]:
    """By key: (place from 1, how many there are) among those that it can be moved among."""
    groups: dict[str | None, list[str]] = {}
    for entry in sorted(entries, key=lambda each: each.place):
        groups.setdefault(entry.scope if kind == TERRITORY else None, []).append(entry.key)
    return {key: (place, len(keys)) for keys in groups.values() for place, key in enumerate(keys, start=1)}


def _moved(request: HttpRequest, found: DraftComparison) -> Mapping[str, Any] | None:
    """What the address says was just moved, with how to undo it; nothing once the draft has changed again."""
    kind, _, key = request.GET.get("moved", "").partition(":")
    before, revision = request.GET.get("from", ""), request.GET.get("at", "")
    if kind not in ORDERED or not before.isdecimal() or len(before) > 6 or revision != found.draft.revision:
        return None
    entry = found.comparison.after.by_key.get((kind, key))
    if entry is None:
        return None
    place, total = places(found.comparison.after.entries[kind], kind)[key]
    text = f"{kind.capitalize()} {entry.name} is now {ordinal(place)} of {total:,}."
    return {"kind": kind, "key": key, "text": text, "before": int(before), "is_undone": "undone" in request.GET}
