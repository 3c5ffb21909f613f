"""The forms of the working copy: what sales ops think in, instead of the documents that are stored."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.urls import reverse

from foundation.widgets import (
    CheckedTextsField,
    JsonOrTextField,
    LabelledLinesField,
    LinesField,
    SearchableSelect,
    zone_select,
)
from routing.credit import COUNTS, GIVES_BACK
from routing.form_fields import HoursField, InputsField, PostalAreasField
from routing.models import BUILDER, ContractInput, GoldenLead, Queue, Rep, Rule, Territory, contract_vocabulary
from routing.services.compile_plan import working_contract
from routing.vocabularies import named_vocabulary

HOURS_HELP = "Empty: always at work."
ONE_A_LINE = "By name or code; lists can be pasted."
# A menu with more entries is slower than typing the key.
MOST_IN_A_MENU = 2_000
FIRST = "first"
CREDIT_WORDS = {
    "owned": "Leads that their owner keeps",
    "duplicate": "Duplicates",
    "test": "Tests",
    "guest_no_show": "The guest did not come",
    "guest_cancelled": "The guest cancelled",
}


class RepForm(forms.ModelForm):  # type: ignore[type-arg]
    working_hours = HoursField(required=False, help_text=HOURS_HELP)

    class Meta:
        model = Rep
        fields = "__all__"  # noqa: DJ007  the admin says which are shown
        widgets = {"time_zone": zone_select()}


class QueueForm(forms.ModelForm):  # type: ignore[type-arg]
    counts = CheckedTextsField(
        choices=[(key, CREDIT_WORDS.get(key, key)) for key in sorted(COUNTS)],
        label="Also counts",
        help_text="Leads of that kind that take credit too.",
    )
    gives_back = CheckedTextsField(
        choices=[(key, CREDIT_WORDS.get(key, key)) for key in sorted(GIVES_BACK)],
        help_text="Outcomes that give credit back.",
    )
    disqualify_reasons = LinesField(
        required=False, help_text="Reasons of disqualification that give credit back, such as student. One a line."
    )

    class Meta:
        model = Queue
        fields = "__all__"  # noqa: DJ007  the admin says which are shown


class TerritoryForm(forms.ModelForm):  # type: ignore[type-arg]
    countries = LinesField(
        required=False,
        choices=lambda: named_vocabulary("countries"),
        help_text=f"{ONE_A_LINE} Country, region or postal area: one is enough.",
    )
    regions = LinesField(
        required=False,
        choices=lambda: named_vocabulary("regions"),
        source=lambda: f"{reverse(BUILDER)}?choices=regions",
        help_text=f"{ONE_A_LINE} A name that several countries have needs its code, such as US-CA.",
    )
    postal_areas = PostalAreasField(
        required=False,
        help_text="Prefixes, codes or ranges with their country, one a line: DE 80, US 94110, DE 81..86.",
    )
    industries = LinesField(required=False, help_text=ONE_A_LINE)
    working_hours = HoursField(required=False, help_text=HOURS_HELP)

    class Meta:
        model = Territory
        fields = "__all__"  # noqa: DJ007  the admin says which are shown
        widgets = {"time_zone": zone_select()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        industry = contract_vocabulary().get("industry") if "industries" in self.fields else None
        if industry and industry.choices:
            known = industry.choices
            help_text = self.fields["industries"].help_text
            self.fields["industries"] = LinesField(required=False, choices=lambda: known, help_text=help_text)


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    place = forms.CharField(required=False, label="Place", help_text="The first rule that holds decides.")

    class Meta:
        model = Rule
        exclude = ["position"]  # noqa: DJ006  set from the place

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "place" in self.fields:
            empty = "Where it is" if self.instance.pk else "Last"
            self.fields["place"].widget = SearchableSelect(self._places, empty=empty)

    def _places(self) -> list[tuple[str, str]]:
        others = Rule.objects.exclude(pk=self.instance.pk).order_by("position", "id")
        after = [(key, f"After “{name}”") for key, name in others.values_list("key", "name")[:MOST_IN_A_MENU]]
        last = others.last() if self.instance.pk else None
        if last is None:
            return [(FIRST, "First"), *after]
        return [(FIRST, "First"), (last.key, "Last"), *((key, words) for key, words in after if key != last.key)]

    def clean_place(self) -> Rule | str:
        """The rule that it comes after, FIRST, or nothing."""
        place = self.cleaned_data["place"]
        if place in ("", FIRST):
            return str(place)
        found = Rule.objects.filter(key=place).exclude(pk=self.instance.pk).first()
        if found is None:
            raise ValidationError("There is no such rule any more; choose another place.")
        return found


class ContractInputForm(forms.ModelForm):  # type: ignore[type-arg]
    choices = LabelledLinesField(
        required=False, help_text="Allowed values with labels, one a line: gold = Gold. Empty allows any."
    )
    default = JsonOrTextField(required=False, help_text="Stands in where nothing is known.")

    class Meta:
        model = ContractInput
        fields = "__all__"  # noqa: DJ007  sales ops may change every part of an input


def keys_of(model: type[Model]) -> Callable[[], Iterable[tuple[str, str]]]:
    """Rows to choose by their key."""

    def options() -> list[tuple[str, str]]:
        rows = model._default_manager.order_by("name").values_list("key", "name")[:MOST_IN_A_MENU]
        return [(key, f"{name} ({key})") for key, name in rows]

    return options


class GoldenLeadForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = GoldenLead
        fields = "__all__"  # noqa: DJ007  the admin says which are shown
        widgets = {
            "expected_queue": SearchableSelect(keys_of(Queue), empty="Any queue"),
            "expected_territory": SearchableSelect(keys_of(Territory), empty="Any territory"),
            "expected_owner": SearchableSelect(keys_of(Rep), empty="Any owner"),
        }
        help_texts = {"expected_owner": "Where one rep must get it."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "inputs" in self.fields:
            self.fields["inputs"] = InputsField(
                contract=working_contract(), label="Inputs", help_text="Leave out what is not known of the lead."
            )
