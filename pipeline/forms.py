"""Forms of the pages about leads and of a rep's own work."""

from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime

from leads.models import Lead, Person
from leads.selectors import who_are
from leads.services.close_lead import CHOICES
from routing.forms import AbsenceDays, days_of
from routing.models import Absence, Plan, Rep
from routing.plan import Plan as PlanSpec
from routing.services.reassign_lead import LONGEST_REASON
from routing.services.reassign_leads import Destination

CLASSES = {"class": "sy-input"}


class AbsenceForm(AbsenceDays):
    """A rep's own."""

    reason = forms.CharField(label="Reason (optional)", required=False, max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.update(CLASSES)

    @staticmethod
    def initial_of(absence: Absence, zone: ZoneInfo) -> dict[str, object]:
        return {**days_of(absence, zone), "reason": absence.reason}


class CloseForm(forms.Form):
    because = forms.ChoiceField(label="Why?", choices=CHOICES, widget=forms.RadioSelect)


class MergeForm(forms.Form):
    """Which lead goes: by its number, or by the address of its person."""

    other = forms.CharField(
        label="The other lead",
        max_length=320,
        widget=forms.TextInput(attrs={**CLASSES, "placeholder": "Number, such as 42, or e-mail address"}),
        help_text="Its number, as in the address of its page, or its person's e-mail address.",
    )

    def find(self, beside: Lead) -> Lead | None:
        """By an address, the lead of that person that may be merged with this one: the open one, else the latest."""
        text = self.cleaned_data["other"].strip().lstrip("#").lower()
        leads = Lead.objects.select_related("person", "company")
        if text.isdecimal():
            return leads.filter(pk=int(text)).first() if len(text) <= 18 else None
        theirs = leads.filter(person__in=who_are(Person.objects.filter(email=text)), merged_into=None)
        # "open" is after "closed" in the alphabet, too.
        return theirs.exclude(pk=beside.pk).order_by("-status", "-id").first()


class DestinationForm(forms.Form):
    """Where many leads go."""

    REP, QUEUE, PLAN, BACK = "rep", "queue", "plan", "back"
    KINDS = (
        (QUEUE, "To a queue, each to the next in turn"),
        (REP, "To one rep"),
        (PLAN, "Where a plan sends them now"),
        (BACK, "Back to whom they were with before"),
    )
    to = forms.ChoiceField(label="Where to?", choices=KINDS, initial=QUEUE, widget=forms.RadioSelect)
    queue = forms.ChoiceField(label="Queue", required=False, widget=forms.Select(attrs=CLASSES))
    rep = forms.ModelChoiceField(
        Rep.objects.filter(active=True),
        label="Rep",
        required=False,
        empty_label="Choose a rep",
        widget=forms.Select(attrs=CLASSES),
    )
    plan = forms.ModelChoiceField(
        Plan.objects.none(), label="Plan", required=False, empty_label=None, widget=forms.Select(attrs=CLASSES)
    )

    def __init__(self, *args: Any, active: PlanSpec, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        queues = cast("forms.ChoiceField", self.fields["queue"])
        names = sorted(((queue.key, queue.name) for queue in active.queues.values()), key=lambda pair: pair[1])
        queues.choices = [("", "Choose a queue"), *names]
        plans = cast("forms.ModelChoiceField[Plan]", self.fields["plan"])
        # The active one first, since it is what is preselected; the newest may be one that was rolled back.
        plans.queryset = Plan.objects.defer("document").order_by("-is_active", "-number")
        plans.label_from_instance = _plan_label  # type: ignore[method-assign, assignment]

    def clean(self) -> dict[str, Any]:
        cleaned = cast("dict[str, Any]", super().clean())
        kind = cleaned.get("to")
        if kind in (self.REP, self.QUEUE, self.PLAN) and kind not in self.errors and not cleaned.get(kind):
            self.add_error(kind, f"Choose a {kind}.")
        return cleaned

    @property
    def destination(self) -> Destination:
        chosen, kind = self.cleaned_data, self.cleaned_data["to"]
        return Destination(
            rep=chosen["rep"] if kind == self.REP else None,
            queue_key=chosen["queue"] if kind == self.QUEUE else "",
            plan=chosen["plan"] if kind == self.PLAN else None,
        )


def _plan_label(plan: Any) -> str:
    return f"Plan {plan.number} ({_state(plan)})"


def _state(plan: Any) -> str:
    if plan.is_active:
        return "active"
    if plan.live_since is None:
        return "tried, never active"
    return f"live from {date_format(localtime(plan.live_since), 'DATETIME_FORMAT')}"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs=CLASSES),
        help_text="Kept with each lead's history, and sent to those who hear of it.",
    )


class DeclineForm(forms.Form):
    reason = forms.CharField(max_length=LONGEST_REASON, error_messages={"required": "Say why you don't take the lead."})
