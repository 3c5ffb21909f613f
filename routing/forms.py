"""Forms of the admin's pages."""

from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.forms import BaseInlineFormSet
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from foundation.admin import RowForm
from routing.hours import HoursInvalid, zone_named
from routing.models import Absence, Rep
from routing.services.reassign_lead import LONGEST_REASON


class ReassignForm(forms.Form):
    """To whom, and why."""

    rep = forms.ModelChoiceField(
        Rep.objects.none(), label="New owner", widget=UnfoldAdminSelectWidget, empty_label="Choose a rep"
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextInputWidget,
        help_text="Kept with the lead's history, and sent to those who hear of it.",
    )

    def __init__(self, *args: Any, holder: Rep | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Rep.objects.filter(active=True)
        choices = cast("forms.ModelChoiceField[Rep]", self.fields["rep"])
        choices.queryset = others.exclude(pk=holder.pk) if holder else others


MIDNIGHT = time(0, 0)
BAD_DATE = "This is no date that can be used."


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _time_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class AbsenceDays(forms.Form):
    """Days, and times where half a day is meant. Read in the rep's time zone; without times whole days are meant."""

    first_day = forms.DateField(label="First day", widget=_day_input())
    from_time = forms.TimeField(label="From (optional)", required=False, widget=_time_input())
    last_day = forms.DateField(label="Last day", widget=_day_input())
    until_time = forms.TimeField(label="Until (optional)", required=False, widget=_time_input())

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        self.zone = zone
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Adds `starts_at` and `ends_at`."""
        super().clean()
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        try:
            cleaned["starts_at"] = self._moment(cleaned["first_day"], cleaned["from_time"])
            cleaned["ends_at"] = self._end(cleaned["last_day"], cleaned["until_time"])
        except (OverflowError, ValueError):
            raise forms.ValidationError(BAD_DATE) from None
        return cleaned

    def _moment(self, day: date, at: time | None) -> datetime:
        if not 2000 <= day.year <= 2200:
            raise ValueError(BAD_DATE)
        return datetime.combine(day, at or MIDNIGHT, tzinfo=self.zone)

    def _end(self, day: date, at: time | None) -> datetime:
        return self._moment(day, at) if at is not None else self._moment(day + timedelta(days=1), None)


def days_of(absence: Absence, zone: ZoneInfo) -> dict[str, object]:
    """What the form shows of it: whole days without times."""
    starts, ends = (_to_the_minute(each.astimezone(zone)) for each in (absence.starts_at, absence.ends_at))
    is_whole = ends.time() == MIDNIGHT
    return {
        "first_day": starts.date(),
        "from_time": None if starts.time() == MIDNIGHT else starts.time(),
        "last_day": ends.date() - timedelta(days=1) if is_whole else ends.date(),
        "until_time": None if is_whole else ends.time(),
    }


def _to_the_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


class AbsenceRowForm(AbsenceDays, RowForm):
    """A line of a rep's absences, as sales ops set them."""

    class Meta:
        model = Absence
        fields = ["reason"]

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        absence = kwargs.get("instance")
        if absence is not None and absence.pk:
            kwargs["initial"] = {**days_of(absence, zone), **(kwargs.get("initial") or {})}
        super().__init__(*args, zone=zone, **kwargs)
        for name in ("first_day", "from_time", "last_day", "until_time"):
            self.fields[name].widget.attrs["class"] = " ".join(INPUT_CLASSES)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        # What wasn't touched stays to the second: an absence that somebody ended did so at no full minute.
        if not self.instance.pk or {"first_day", "from_time"} & set(self.changed_data):
            self.instance.starts_at = cleaned["starts_at"]
        if not self.instance.pk or {"last_day", "until_time"} & set(self.changed_data):
            self.instance.ends_at = cleaned["ends_at"]
        if self.instance.ends_at <= self.instance.starts_at:
            raise forms.ValidationError("It ends before it begins.")
        return cleaned


class AbsenceFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Read in the zone that the page named: the stored one, also where the same form changes it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Before the rep's own form is read, which then writes into the instance.
        self.zone = _zone_of(self.instance.time_zone if self.instance.pk else self.data.get("time_zone", ""))

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "zone": self.zone}


def _zone_of(name: str) -> ZoneInfo:
    try:
        return zone_named(name)
    except HoursInvalid:  # a new rep's, which the rep's form refuses by itself
        return ZoneInfo("UTC")
