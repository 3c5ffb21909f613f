"""Split a territory in two along postal codes: say how, see what it would have meant, then do it."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from foundation.admin_pages import acting, admin_page, render_page
from routing.errors import SplitRefused
from routing.models import Queue, Rep, Territory
from routing.selectors import places_of_leads
from routing.services.split_territory import Half, split_territory
from routing.splitting import SplitInvalid, Tally, cut, overlap, parse_areas, tally
from routing.territories import PostalArea

DAYS = 90
_LONGEST_TEXT = 50_000
AREAS, CUT = "areas", "cut"


class SplitForm(forms.Form):
    how = forms.ChoiceField(
        label="How",
        choices=[(CUT, "Cut a range at one code"), (AREAS, "List the areas of each half")],
        widget=UnfoldAdminRadioSelectWidget,
        initial=CUT,
    )
    area = forms.CharField(
        label="Range to cut",
        required=False,
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
        help_text="Such as DE 80..86, or DE for the whole country.",
    )
    at = forms.CharField(
        label="The second half begins at",
        required=False,
        max_length=12,
        widget=UnfoldAdminTextInputWidget,
        help_text="A code or its beginning, such as 83.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        queues, reps = Queue.objects.all(), Rep.objects.filter(active=True)
        for half, which in (("first", "First half"), ("second", "Second half")):
            self.fields[f"{half}_name"] = forms.CharField(
                label=f"{which}: name", max_length=120, widget=UnfoldAdminTextInputWidget
            )
            self.fields[f"{half}_areas"] = forms.CharField(
                label=f"{which}: postal areas",
                required=False,
                max_length=_LONGEST_TEXT,
                widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
                help_text="Only when you list areas: one a line, such as DE 80 or DE 81..86.",
            )
            self.fields[f"{half}_queue"] = forms.ModelChoiceField(
                queues, label=f"{which}: queue", required=False, widget=UnfoldAdminSelectWidget, empty_label="As before"
            )
            self.fields[f"{half}_owner"] = forms.ModelChoiceField(
                reps, label=f"{which}: or one owner", required=False, widget=UnfoldAdminSelectWidget, empty_label="None"
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for half in ("first", "second"):
            if data.get(f"{half}_queue") and data.get(f"{half}_owner"):
                self.add_error(f"{half}_owner", "Choose a queue or an owner, not both.")
        if data.get("how"):
            self._clean_areas(data)
        return data

    def _clean_areas(self, data: dict[str, Any]) -> None:
        found = self._cut(data) if data["how"] == CUT else self._listed(data)
        if found is not None and (shared := overlap(*found)):
            self.add_error("second_areas", f"Both halves have codes of {shared[1]}: the first by {shared[0]}.")
        data["found"] = found

    def _cut(self, data: dict[str, Any]) -> tuple[list[PostalArea], list[PostalArea]] | None:
        missing = [name for name in ("area", "at") if not data.get(name)]
        for name in missing:
            self.add_error(name, "Say this to cut a range.")
        if missing:
            return None
        try:
            first, second = cut(data["area"], data["at"])
        except SplitInvalid as invalid:
            self.add_error("at", str(invalid))
            return None
        return [first], [second]

    def _listed(self, data: dict[str, Any]) -> tuple[list[PostalArea], list[PostalArea]] | None:
        found = []
        for name in ("first_areas", "second_areas"):
            try:
                areas = parse_areas(data.get(name) or "")
            except SplitInvalid as invalid:
                self.add_error(name, str(invalid))
                continue
            if not areas:
                self.add_error(name, "List at least one area.")
            found.append(list(areas))
        return (found[0], found[1]) if not self.errors else None

    def half(self, which: str) -> Half:
        data = self.cleaned_data
        return Half(
            name=data[f"{which}_name"],
            areas=data["found"][which == "second"],
            queue=data[f"{which}_queue"],
            owner=data[f"{which}_owner"],
        )


@require_http_methods(["GET", "POST"])
@admin_page("routing.change_territory")
def split_territory_page(request: HttpRequest, key: str) -> HttpResponse:
    if not request.user.has_perm("routing.add_territory"):
        raise PermissionDenied
    territory = get_object_or_404(Territory.objects.select_related("parent", "queue", "owner"), key=key)
    form = SplitForm(request.POST or None, initial={"area": _range_of(territory)})
    halves = (form.half("first"), form.half("second")) if request.method == "POST" and form.is_valid() else None
    if halves and request.POST.get("do") == "split":
        try:
            return _split(request, territory, *halves)
        except SplitRefused as refused:
            form.add_error(None, refused.message)
            halves = None
    return render_page(
        request,
        "workbench/plan/split.html",
        title=f"Split {territory.name}",
        territory=territory,
        children=list(territory.children.order_by("position", "id")[:20]),
        form=form,
        halves=halves,
        tally=_tally(territory, *halves) if halves else None,
        days=DAYS,
        status=200 if request.method == "GET" or form.is_valid() else 400,
    )


def _split(request: HttpRequest, territory: Territory, first: Half, second: Half) -> HttpResponse:
    user = acting(request)
    made = split_territory(territory=territory, first=first, second=second, user=user, now=timezone.now())
    names = " and ".join(each.name for each in made)
    messages.success(request, f"{territory.name} is split into {names}. It takes effect when the plan is published.")
    return redirect("routing_pages:plan")


def _range_of(territory: Territory) -> str:
    """What one would cut: its first postal area, else its one country."""
    if territory.postal_areas:
        return str(territory.postal_areas[0])
    return str(territory.countries[0]) if len(territory.countries) == 1 else ""


def _tally(territory: Territory, first: Half, second: Half) -> Tally:
    since = timezone.now() - timedelta(days=DAYS)
    leads = Counter(places_of_leads(territory.key, since))
    return tally(first.areas, second.areas, ((*place, number) for place, number in leads.items()))
