"""What somebody asks of *try a lead*, read from an address: which plan, which moment, which inputs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from foundation.admin import names_a_row
from foundation.strict_json import parse_strictly
from routing.contract import Inputs, inputs_again, inputs_by_hand
from routing.errors import InputsInvalid, RoutingError
from routing.models import Decision
from routing.pages.inputs_form import InputsForm, as_form_data, is_filled_in
from routing.pages.plan_choice import ACTIVE, ROLLOUT, PlanChoice, chosen_plan
from routing.selectors import active_plan
from routing.services.rollouts import percent
from routing.trials import SEED, Trial, try_lead

LONGEST_DOCUMENT = 20_000
# Of a row, on both databases.
LARGEST_ID = 2**63 - 1
YEARS = range(2000, 2101)


@dataclass
class Asked:
    """`inputs` None: there is nothing to try, since nothing was filled in or something is wrong. `problems` are by
    field: plan, compare, at, inputs, lead; those of an input are in the form."""

    now: datetime
    at: str = ""
    choice: PlanChoice | None = None
    other: PlanChoice | None = None
    origin: Decision | None = None
    form: InputsForm | None = None
    inputs: Inputs | None = None
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def can_be_tried(self) -> bool:
        """A moment that can't be read must not be taken for now."""
        return self.inputs is not None and self.choice is not None and "at" not in self.problems

    @property
    def given(self) -> dict[str, object]:
        """Without what the contract assumes."""
        return _known(self.inputs) if self.inputs else {}

    def trial(self, choice: PlanChoice) -> Trial:
        """Under another plan the inputs are taken as its contract takes them."""
        inputs = self.inputs or Inputs(values={})
        if choice is not self.choice:
            inputs = inputs_again(inputs, choice.plan.contract)
        seed = self.origin.seed if self.origin else SEED
        return try_lead(plan=choice.plan, inputs=inputs, now=self.now, seed=seed)

    def address(self, given: Mapping[str, object], **changes: str) -> str:
        """The page with these inputs; plan, other plan and moment stay unless changed."""
        settings = {
            "plan": self.choice.key if self.choice else ACTIVE,
            "compare": self.other.key if self.other else "",
            "at": self.at,
            **changes,
        }
        return try_address(given, **settings)


def rollout_in_words(asked: Asked) -> str:
    """Whether a plan that is tried on some leads would decide this one; "" where there is none."""
    if asked.inputs is None or asked.choice is None or asked.choice.key not in (ACTIVE, ROLLOUT):
        return ""
    active = active_plan()
    running = active.rollout
    if running is None:
        return ""
    name = f"Plan {running.tried.number}"
    if running.scope.share_bp and asked.origin is None:
        return f"{name} is tried on {percent(running.scope.share_bp)} of leads; a new lead may be one of them."
    lead = asked.origin.lead_id if asked.origin else 0
    if running.takes(lead, asked.inputs, active.plan, asked.now):
        return f"{name} is tried on some leads, and this is one of them: it decides."
    return f"{name} is tried on some leads, but not on this one: the active plan decides."


def try_address(given: Mapping[str, object], **settings: str) -> str:
    kept = {name: value for name, value in settings.items() if value and (name, value) != ("plan", ACTIVE)}
    return f"{reverse('routing_pages:try')}?{urlencode({**kept, 'inputs': document_of(given)})}"


def document_of(given: Mapping[str, object]) -> str:
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"))


def read_question(request: HttpRequest) -> Asked:
    """Raises PermissionDenied where a stored decision is asked for by somebody who may not see any."""
    query = request.GET
    asked = _with_moment(Asked(now=timezone.now()), query)
    asked.choice = _plan(query.get("plan") or ACTIVE, "plan", asked)
    if query.get("compare"):
        asked.other = _plan(query["compare"], "compare", asked)
    asked.origin = _origin(request, asked)
    if asked.choice is not None:
        _read_inputs(query, asked, asked.choice)
    return asked


def _with_moment(asked: Asked, query: QueryDict) -> Asked:
    text = query.get("at", "").strip()
    if not text:
        return asked
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.year not in YEARS:
        asked.problems["at"] = "This is not a moment such as 2026-03-31 09:00."
        return asked
    aware = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    return replace(asked, now=aware, at=timezone.localtime(aware).strftime("%Y-%m-%dT%H:%M"))


def _plan(key: str, name: str, asked: Asked) -> PlanChoice | None:
    try:
        return chosen_plan(key)
    except RoutingError as error:
        asked.problems[name] = error.message
        return None


def _origin(request: HttpRequest, asked: Asked) -> Decision | None:
    """The stored decision whose inputs are to be tried again."""
    decision, lead = request.GET.get("decision", ""), request.GET.get("lead", "")
    if not (decision or lead):
        return None
    if not request.user.has_perm("routing.view_decision"):
        raise PermissionDenied
    routed = Decision.objects.filter(kind=Decision.Kind.ROUTING).select_related("rep", "plan").defer("pools", "trace")
    named = "pk" if decision else "lead_id"
    found = routed.filter(**{named: decision or lead}).order_by("-id").first() if _is_id(decision or lead) else None
    if found is None:
        what = "decision" if decision else "decided lead"
        asked.problems["lead"] = f"There is no {what} {(decision or lead)[:20]}."
    return found


def _is_id(text: str) -> bool:
    """Whether the database can be asked for it at all."""
    return names_a_row(text) and int(text) <= LARGEST_ID


def _read_inputs(query: QueryDict, asked: Asked, choice: PlanChoice) -> None:
    """What was typed goes before a document, and that before a stored decision."""
    if is_filled_in(query):
        _read_typed(query, asked, choice)
    elif text := query.get("inputs", ""):
        _read_document(text, asked, choice)
    elif asked.origin is not None:
        asked.inputs = inputs_again(Inputs.from_document(asked.origin.inputs), choice.plan.contract)
        asked.form = InputsForm(as_form_data(_known(asked.inputs), choice.plan.contract), plan=choice.plan)
    else:
        asked.form = InputsForm(None, plan=choice.plan)


def _known(inputs: Inputs) -> dict[str, object]:
    return {key: value for key, value in inputs.values.items() if inputs.sources.get(key) != "default"}


def _read_typed(query: QueryDict, asked: Asked, choice: PlanChoice) -> None:
    asked.form = InputsForm(query, plan=choice.plan)
    if asked.form.is_valid():
        _take(asked.form.given, asked, choice)


def _read_document(text: str, asked: Asked, choice: PlanChoice) -> None:
    values = _parsed(text, asked)
    known = {key: value for key, value in values.items() if key in choice.plan.contract.by_key}
    asked.form = InputsForm(as_form_data(known, choice.plan.contract), plan=choice.plan)
    asked.form.full_clean()
    if "inputs" not in asked.problems:
        _take(values, asked, choice)


def _parsed(text: str, asked: Asked) -> dict[str, Any]:
    try:
        values = parse_strictly(text) if len(text) <= LONGEST_DOCUMENT else None
    except ValueError:
        values = None
    # Kept as a golden lead, PostgreSQL could not store a null character.
    if not isinstance(values, dict) or "\\u0000" in json.dumps(values):
        asked.problems["inputs"] = "The inputs in this address can’t be read. Fill them in here instead."
        return {}
    return values


def _take(values: Mapping[str, object], asked: Asked, choice: PlanChoice) -> None:
    """Values that are as the stored decision had them keep their source."""
    try:
        inputs = inputs_by_hand(values, choice.plan.contract)
    except InputsInvalid as invalid:
        _tell(invalid, asked)
        return
    stored = Inputs.from_document(asked.origin.inputs) if asked.origin else Inputs(values={})
    kept = {
        key: stored.sources[key]
        for key, value in _known(stored).items()
        if key in inputs.sources and inputs.values[key] == value
    }
    asked.inputs = replace(inputs, sources={**inputs.sources, **kept})


def _tell(invalid: InputsInvalid, asked: Asked) -> None:
    unknown = []
    for key, texts in invalid.fields.items():
        if asked.form is not None and key in asked.form.fields:
            if not asked.form.has_error(key):
                asked.form.add_error(key, [f"{text[:1].upper()}{text[1:]}." for text in texts])
        else:
            unknown.append(key[:40])
    if unknown:
        asked.problems["inputs"] = f"This plan has no input {', '.join(unknown[:5])}."
