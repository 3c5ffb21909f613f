"""Somebody sends the last page of a filling."""

from collections.abc import Mapping
from datetime import datetime

from experiments.services.assign_variant import Assigned
from forms_engine.canonical import keyed_digest
from forms_engine.filling import Filling
from forms_engine.models import Form, FormVersion
from forms_engine.services.submit import Submitted, submit
from leads.origins import Origin


def submit_filling(
    *, form: Form, version: FormVersion, filling: Filling, raw_answers: Mapping[str, object], now: datetime
) -> Submitted:
    """Like submit. Sending the same filling again, by double click, back or reload, gives the first submission; going
    back and sending other answers is a submission of its own, which joins the same lead. Raises what submit raises."""
    return submit(
        form=form,
        version=version,
        raw_answers=raw_answers,
        context=filling.context,
        origin=Origin.VISITOR,
        idempotency_key=f"page:{filling.nonce}:{keyed_digest('filling', raw_answers)[:32]}",
        visitor_id=filling.visitor_id,
        assigned=_assigned(filling),
        deliver=Origin.VISITOR.delivers,
        now=now,
    )


def _assigned(filling: Filling) -> Assigned | None:
    if filling.exposure_id is None:
        return None
    return Assigned(
        experiment_key=filling.experiment_key,
        variant_key=filling.variant_key,
        payload={"form_version": filling.version_id},
        exposure_id=filling.exposure_id,
    )
