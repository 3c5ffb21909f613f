"""`manage.py explain LEAD`"""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from leads.errors import EmailInvalid
from leads.identity import normalise_email
from leads.models import Lead
from routing.explain import assignment_lines, headline, moment, provenance, sentences
from routing.models import Assignment, Decision
from routing.selectors import decisions_of, parsed_plan


class Command(BaseCommand):
    help = "Say why a lead has its owner: every decision in sentences, then who held it when."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("lead", help="a lead's number, a submission's id, or an e-mail address")

    def handle(self, *args: Any, **options: Any) -> None:
        leads = _leads_named(options["lead"].strip())
        if not leads:
            raise CommandError("No lead is known under this number, submission or address.")
        for lead in leads:
            for line in _story(lead):
                self.stdout.write(line)


def _leads_named(text: str) -> list[Lead]:
    """Newest last."""
    leads = Lead.objects.select_related("person", "company").order_by("id")
    if text.isdecimal() and len(text) < 19:
        return list(leads.filter(pk=int(text)))
    if "@" in text:
        return list(leads.filter(person__email=_normalised(text)))
    submission = _as_uuid(text)
    if submission is None:
        return []
    return list(leads.filter(pk__in=Decision.objects.filter(submission_id=submission).values("lead_id")))


def _normalised(email: str) -> str:
    try:
        return normalise_email(email)
    except EmailInvalid as invalid:
        raise CommandError(invalid.message) from invalid


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _story(lead: Lead) -> Iterator[str]:
    at = f", {lead.company}" if lead.company else ""
    yield f"{lead}{at}, {lead.get_status_display().lower()} since {moment(lead.created_at)}"
    decisions = list(reversed(decisions_of(lead)))
    if not decisions:
        yield "Nothing has been decided yet."
    for decision in decisions:
        yield from _decision(decision)
    assignments = list(Assignment.objects.filter(lead=lead).select_related("rep", "moved_by"))
    if assignments:
        yield ""
        yield "Held by"
        for line in assignment_lines(assignments, parsed_plan(decisions[-1].plan_id)):
            yield f"  {line}"
    yield ""


def _decision(decision: Decision) -> Iterator[str]:
    kind = f" ({decision.get_kind_display().lower()})" if decision.kind != Decision.Kind.ROUTING else ""
    yield ""
    yield f"Decision {decision.pk}{kind}, {moment(decision.decided_at)}, submission {decision.submission_id}"
    yield f"  {headline(decision)}"
    for sentence in sentences(decision, parsed_plan(decision.plan_id)):
        yield f"  - {sentence}"
    yield f"  - {provenance(decision, decision.plan.number)}"
