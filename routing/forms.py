"""Forms of the admin's pages."""

from typing import Any, cast

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from routing.models import Rep
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
