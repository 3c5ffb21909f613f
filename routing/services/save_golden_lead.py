"""Save what was tried as a golden lead: from the next publishing on it must come out as expected."""

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from routing.errors import GoldenLeadRefused
from routing.models import GoldenLead


def save_golden_lead(
    *,
    name: str,
    inputs: Mapping[str, object],
    queue: str = "",
    territory: str = "",
    owner: str = "",
    user: User | None,
) -> GoldenLead:
    """What must come out are keys, "" where it doesn't matter.

    Raises GoldenLeadRefused where the name is taken, another golden lead has the same inputs, nothing is expected or
    a key is unknown.
    """
    golden = GoldenLead(
        name=name.strip(),
        inputs=dict(inputs),
        expected_queue=queue,
        expected_territory=territory,
        expected_owner=owner,
    )
    _refuse_what_is_wrong(golden)
    _refuse_the_same_inputs(golden)
    golden._history_user = user  # type: ignore[attr-defined]  # read by simple_history
    try:
        with transaction.atomic():
            golden.save()
    except IntegrityError as taken:  # by somebody who saved it at the same moment
        raise _name_taken(golden) from taken
    return golden


def _name_taken(golden: GoldenLead) -> GoldenLeadRefused:
    return GoldenLeadRefused(
        "This name is taken.", fields={"name": [f"There is a golden lead “{golden.name}” already."]}
    )


def _refuse_what_is_wrong(golden: GoldenLead) -> None:
    if GoldenLead.objects.filter(name=golden.name).exists():
        raise _name_taken(golden)
    try:
        golden.full_clean()
    except ValidationError as invalid:
        raise GoldenLeadRefused("Not saved.", fields=invalid.message_dict) from invalid


def _refuse_the_same_inputs(golden: GoldenLead) -> None:
    """Compared here: databases don't agree on when two JSON values are equal."""
    for name, inputs in GoldenLead.objects.values_list("name", "inputs"):
        if inputs == golden.inputs:
            raise GoldenLeadRefused(f"The golden lead “{name}” has the same inputs.")
