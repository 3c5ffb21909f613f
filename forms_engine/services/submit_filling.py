"""Somebody sends a filling: the last page of the hosted form, or the page's script through the API."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings

from experiments.services.assign_variant import Assigned
from forms_engine.answers import Checked
from forms_engine.canonical import keyed_digest
from forms_engine.filling import Filling
from forms_engine.models import Form, FormVersion
from forms_engine.proof import Proof
from forms_engine.schema import Definition
from forms_engine.selectors import SameAnswers, known_answers
from forms_engine.services.submit import Sender, Submitted, check, new_submission, open_version, store
from forms_engine.spam import Evidence, marks_of
from forms_engine.values import Value
from foundation.throttles import counted, counted_before
from leads.origins import Origin

# The same answers to the same form within this time are one submission, whoever sends them.
SAME_WITHIN = timedelta(minutes=10)


def submit_filling(
    *,
    form: Form,
    version: FormVersion,
    filling: Filling,
    raw_answers: Mapping[str, object],
    context: Mapping[str, object] | None = None,
    trap: str = "",
    proof: Proof = Proof.NOT_ASKED,
    now: datetime,
) -> Submitted:
    """Store the answers with their run; in quarantine, without one, what looks like spam.

    Sending the same filling again, by double click, back or reload, gives the first submission, and so do the same
    answers from another filling within ten minutes; going back and sending other answers is a submission of its own,
    which joins the same lead. `context` is what the page tells when sending, on top of what the filling knows.
    Raises AnswersInvalid, UnknownField, Gated and FormVersionExpired; then nothing is stored.
    """
    whole_context = {**filling.context, **(context or {})}
    open_version(form, version, now)
    sender = _sender(filling, version.definition)
    checked = check(version, raw_answers, context=whole_context, sender=sender, now=now)
    digest = _answers_digest(checked)
    evidence = Evidence(trap=trap, took=filling.took(now), proof=proof, sent_before=_sent_before(filling))
    marks = marks_of(evidence, min_fill_ms=form.min_fill_ms, requires_proof=form.requires_proof)
    submission = new_submission(
        version,
        checked,
        context=whole_context,
        sender=sender,
        # One without marks isn't swallowed by one in quarantine, also where the same page sent both.
        key=f"{'held' if marks else 'page'}:{filling.nonce}:{digest[:32]}",
        digest=digest,
        marks=marks,
        now=now,
    )
    same = SameAnswers(form, digest, since=now - SAME_WITHIN, is_trusted=not marks)
    return store(submission, same=same, kept_session=filling.nonce if filling.saves else "")


def has_been_sent(filling: Filling) -> bool:
    """As far as the counter knows, which forgets with the cache."""
    return counted(_counter(filling)) > 0


def known_of(filling: Filling, definition: Definition) -> dict[str, Value]:
    """The values of what wasn't asked. Asked for anew, since the token in the visitor's hands names keys only."""
    if not filling.known:
        return {}
    known = known_answers(filling.visitor_id, definition)
    return {key: value for key, value in known.items() if key in filling.known}


def _sender(filling: Filling, definition: Definition) -> Sender:
    return Sender(
        origin=Origin.VISITOR,
        deliver=Origin.VISITOR.delivers,
        visitor_id=filling.visitor_id,
        assigned=_assigned(filling),
        known=known_of(filling, definition),
        language=filling.language,
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


def _sent_before(filling: Filling) -> int:
    timeout_s = int(settings.FORM_VERSION_GRACE.total_seconds())
    # Where answers may be kept, the step that comes after them asks (`has_been_sent`), perhaps another process.
    return counted_before(_counter(filling), timeout_s=timeout_s, at_once=filling.saves)


def _counter(filling: Filling) -> str:
    return f"sent:{filling.nonce}"


def _answers_digest(checked: Checked) -> str:
    """Of what was answered, in canonical form; not of what came along, which differs from page to page."""
    return keyed_digest("answers", checked.answers)
