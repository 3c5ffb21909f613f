"""What people fill in to publish, propose, decide and put back."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

from django import forms
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from routing.plan import Plan
from routing.rollout import Scope

EVERYONE, TERRITORY, SHARE = "everyone", "territory", "share"
SCOPES = [
    (EVERYONE, "For everyone, at once"),
    (TERRITORY, "For one territory first, with those below it"),
    (SHARE, "For a share of leads first"),
]
# As percents go; half a percent is a share, too.
_LEAST, _MOST = Decimal("0.01"), Decimal("99.99")


def _share_field(**more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        min_value=_LEAST, max_value=_MOST, decimal_places=2, widget=UnfoldAdminDecimalFieldWidget, **more
    )


def _note_field(**more: Any) -> forms.CharField:
    return forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget, **more)


class PublishForm(forms.Form):
    """`draft_hash` is the draft that the page showed."""

    draft_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)
    note = _note_field(label="What changes, and why", help_text="Kept with the plan. Whoever asks later reads this.")
    scope = forms.ChoiceField(choices=SCOPES, label="For whom", widget=forms.RadioSelect, initial=EVERYONE)
    territory = forms.ChoiceField(required=False, label="Territory", widget=UnfoldAdminSelectWidget)
    share = _share_field(required=False, label="Percent of leads", initial=10)

    def __init__(self, *args: Any, plans: Iterable[Plan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ChoiceField", self.fields["territory"])
        field.choices = [("", "Choose a territory"), *_territories(plans)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        scope = cleaned.get("scope")
        if scope == TERRITORY and not cleaned.get("territory") and "territory" not in self.errors:
            self.add_error("territory", "Choose the territory to begin with.")
        if scope == SHARE and not cleaned.get("share") and "share" not in self.errors:
            self.add_error("share", "Say how many percent of leads to begin with.")
        return cleaned

    @property
    def chosen(self) -> Scope:
        """Of a valid form."""
        if self.cleaned_data["scope"] == TERRITORY:
            return Scope(territory=self.cleaned_data["territory"])
        if self.cleaned_data["scope"] == SHARE:
            return Scope(share_bp=basis_points(self.cleaned_data["share"]))
        return Scope()


def _territories(plans: Iterable[Plan]) -> list[tuple[str, str]]:
    """Of either plan, with their ancestors, so that equal names can be told apart."""
    names: dict[str, str] = {}
    for plan in plans:
        for each in plan.territories:
            names.setdefault(each.key, " › ".join(above.name for above in reversed(plan.lineage(each.key))))
    return sorted(names.items(), key=lambda entry: entry[1].casefold())


def basis_points(percent: Decimal) -> int:
    return int(percent * 100)


class GrowForm(forms.Form):
    share = _share_field(label="Percent of leads")


class DeclineForm(forms.Form):
    reason = _note_field(label="Why it is declined", help_text="Whoever proposed it reads this.")


class PutBackForm(forms.Form):
    note = _note_field(label="Why it comes back", required=False)
