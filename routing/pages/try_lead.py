"""Try a lead: who would get it, why, who is next, and what one changed input would do. Nothing is written by trying."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from foundation.admin_pages import acting, admin_page, render_page
from foundation.widgets import Menu
from leads.errors import EmailInvalid
from leads.identity import normalise_email
from leads.models import Company, Lead, Person
from leads.selectors import who_are
from routing.engine import find
from routing.errors import GoldenLeadRefused
from routing.explain import REASONS, known, persons, questions
from routing.models import Rule, Territory
from routing.pages.inputs_form import PREFIX
from routing.pages.plan_choice import PlanChoice, offered_plans
from routing.pages.seats import Asking, pool_panel
from routing.pages.trying import Asked, read_question, rollout_in_words
from routing.plan import Plan
from routing.services.save_golden_lead import save_golden_lead
from routing.trial_words import decided_by, difference_in_words, outcome_in_words
from routing.trials import Trial
from routing.what_if import WhatIf

FOUND = 10
# A search for a part of a name looks through so many leads, and one for a domain through so many companies.
LATEST = 20_000
COMPANIES = PEOPLE = 100
LONGEST_SEARCH = 200
TEMPLATE = "workbench/try/page.html"


@admin_page("routing.view_plan")
@require_http_methods(["GET", "HEAD", "POST"])
def try_page(request: HttpRequest) -> HttpResponse:
    asked = read_question(request)
    if request.method == "POST":
        return _save(request, asked)
    return _page(request, asked, _golden_form(request, asked))


def _page(request: HttpRequest, asked: Asked, golden: "GoldenForm | None", status: int = 200) -> HttpResponse:
    results = _results(asked)
    return render_page(
        request,
        TEMPLATE,
        title="Try a lead",
        status=status,
        asked=asked,
        plans=offered_plans(),
        zone=timezone.get_current_timezone_name(),
        prefix=PREFIX,
        found=_leads_found(request),
        latest=LATEST,
        search=request.GET.get("q", "")[:LONGEST_SEARCH],
        may_search=_may_search(request),
        results=results,
        difference=_difference(results),
        rollout=rollout_in_words(asked),
        what_if=_what_if(asked, results[0].trial) if results else None,
        golden=golden,
        links=_links(request, results),
        query=request.GET.urlencode(),
    )


@dataclass(frozen=True)
class Result:
    """One plan's answer, ready to be shown."""

    choice: PlanChoice
    trial: Trial

    @property
    def reason(self) -> str:
        return REASONS.get(self.trial.reason, self.trial.reason)

    @property
    def queue(self) -> str:
        queue = self.trial.plan.queues.get(self.trial.queue_key)
        return queue.name if queue else ""

    @property
    def territory(self) -> str:
        """From the outermost on."""
        lineage = self.trial.plan.lineage(self.trial.chain.territory)
        return " › ".join(each.name for each in reversed(lineage))

    @property
    def decided_by(self) -> str:
        return decided_by(self.trial)

    @property
    def known(self) -> list[str]:
        return known(self.trial, self.trial.plan)

    @property
    def questions(self) -> list[tuple[str, list[str]]]:
        """In order; what was passed over in a row is kept together, so that a long row can be folded."""
        asked = questions(self.trial, self.trial.plan)
        runs = groupby(asked, key=lambda question: question[0])
        return [(outcome, [sentence for _, sentence in run]) for outcome, run in runs]

    @property
    def persons(self) -> list[str]:
        return persons(self.trial, self.trial.plan)

    @property
    def pools(self) -> list[Asking]:
        trial = self.trial
        return [
            pool_panel(key, trial.plan, trial.seats(key), trial.turns(key), chosen=trial.resolution.rep_key)
            for key in trial.queues
        ]

    @property
    def missing(self) -> list[str]:
        contract = self.trial.plan.contract.by_key
        return [contract[key].label or key for key in self.trial.given.missing]


def _results(asked: Asked) -> list[Result]:
    if asked.choice is None or not asked.can_be_tried:
        return []
    chosen = [asked.choice, *([asked.other] if asked.other else [])]
    return [Result(choice, asked.trial(choice)) for choice in chosen]


def _difference(results: list[Result]) -> str:
    if len(results) < 2:
        return ""
    first, second = results
    return difference_in_words(first.trial, second.trial, (first.choice.name, second.choice.name))


def _links(request: HttpRequest, results: list[Result]) -> list[tuple[str, str]]:
    """The first result's rule and territory, to be opened and changed: title and address."""
    if not results:
        return []
    chain = results[0].trial.chain
    found = []
    if chain.rule and request.user.has_perm("routing.view_rule"):
        found += _link(Rule.objects.filter(key=chain.rule), "Open the rule", "admin:routing_rule_change")
    if chain.territory and request.user.has_perm("routing.view_territory"):
        territories = Territory.objects.filter(key=chain.territory)
        found += _link(territories, "Open the territory", "admin:routing_territory_change")
    return found


def _link(rows: "QuerySet[Any]", title: str, page: str) -> list[tuple[str, str]]:
    return [(title, reverse(page, args=[pk])) for pk in rows.values_list("pk", flat=True)]


@dataclass(frozen=True)
class ChangedRow:
    """If `label` `text`, then `outcome`; `without` names inputs that contradict the change."""

    label: str
    text: str
    without: str
    outcome: str
    address: str


@dataclass(frozen=True)
class ChangedRows:
    rows: list[ChangedRow]
    tried: int
    left_out: str


def _what_if(asked: Asked, trial: Trial) -> ChangedRows:
    found = trial.what_if()
    return ChangedRows(list(_changed_rows(asked, trial.plan, found)), found.tried, _left_out(trial.plan, found))


def _changed_rows(asked: Asked, plan: Plan, found: WhatIf) -> Iterator[ChangedRow]:
    for each in found.alternatives:
        yield ChangedRow(
            label=_label(plan, each.key),
            text=each.text,
            without=", ".join(_label(plan, key) for key in each.dropped),
            outcome=outcome_in_words(each.outcome, plan),
            address=asked.address(each.given),
        )


def _left_out(plan: Plan, found: WhatIf) -> str:
    return ", ".join(f"{count:,} of {_label(plan, key)}" for key, count in found.left_out.items())


def _label(plan: Plan, key: str) -> str:
    return plan.contract.by_key[key].label or key


def _may_search(request: HttpRequest) -> bool:
    return request.user.has_perms(["leads.view_lead", "routing.view_decision"])


def _leads_found(request: HttpRequest) -> list[Lead] | None:
    """None where nothing was searched for."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    if not text:
        return None
    if not _may_search(request):
        raise PermissionDenied
    leads = _named(text).filter(person__erased_at__isnull=True)
    return list(leads.select_related("person", "company").order_by("-id")[:FOUND])


def _named(text: str) -> "QuerySet[Lead]":
    """By the beginning of the e-mail address or of a domain, both of which have an index; also by a part of a name,
    among the latest leads only, so that a search costs the same however many there are."""
    if "@" in text:
        return Lead.objects.filter(person__in=_people(text))
    if "." in text and " " not in text:
        companies = Company.objects.filter(domain__startswith=text.lower()).order_by("domain")
        found = list(companies.values_list("pk", flat=True)[:COMPANIES])
        return Lead.objects.filter(Q(company__in=found) | Q(person__in=_people(text)))
    last = Lead.objects.order_by("-id").values_list("pk", flat=True).first() or 0
    in_names = (
        Q(person__full_name__icontains=text) | Q(company__name__icontains=text) | Q(company__domain__icontains=text)
    )
    return Lead.objects.filter(Q(in_names, pk__gt=last - LATEST) | Q(person__in=_people(text)))


def _people(text: str) -> list[int]:
    """Whose address begins so."""
    begins = Person.objects.filter(Q(email__startswith=text.lower()) | Q(email=_normalised(text)))
    return list(who_are(begins.order_by("email")[:PEOPLE]))


def _normalised(email: str) -> str:
    try:
        return normalise_email(email)
    except EmailInvalid:
        return email


class GoldenForm(forms.Form):
    """What must come out, from what came out; the choices are those of the plan."""

    name = forms.CharField(max_length=120, label="Name")
    queue = forms.ChoiceField(required=False, label="Queue", widget=Menu)
    territory = forms.ChoiceField(required=False, label="Territory", widget=Menu)
    owner = forms.ChoiceField(required=False, label="Owner", widget=Menu)

    def __init__(self, data: Any, *, plan: Plan, initial: dict[str, str]) -> None:
        super().__init__(data, initial=initial, prefix="golden")
        for name, holders in (
            ("queue", plan.queues.values()),
            ("territory", plan.territories),
            ("owner", plan.reps.values()),
        ):
            field = self.fields[name]
            named = sorted(((each.key, each.name) for each in holders), key=lambda choice: choice[1].casefold())
            field.choices = [("", "doesn’t matter"), *named]  # type: ignore[attr-defined]


def _golden_form(request: HttpRequest, asked: Asked, data: Any = None) -> GoldenForm | None:
    """Prefilled with the first target, which alone counts: who is away today must not block a plan."""
    if asked.inputs is None or asked.choice is None or not asked.can_be_tried:
        return None
    if not request.user.has_perm("routing.add_goldenlead"):
        return None
    chain = find(asked.choice.plan, asked.inputs, asked.now)
    first = chain.steps[0]
    initial = {
        "queue": first.key if first.kind == "queue" else "",
        "owner": first.key if first.kind == "owner" else "",
        "territory": chain.territory or "",
    }
    return GoldenForm(data, plan=asked.choice.plan, initial=initial)


def _save(request: HttpRequest, asked: Asked) -> HttpResponse:
    if not request.user.has_perm("routing.add_goldenlead"):
        raise PermissionDenied
    form = _golden_form(request, asked, request.POST)
    if form is None:
        messages.error(request, "Not saved: these inputs can’t be tried as they are.")
        return _page(request, asked, None, status=400)
    if not form.is_valid() or not _saved(request, asked, form):
        return _page(request, asked, form, status=422)
    # The top, where it says so: without a fragment a browser keeps the form's, and the form is empty again.
    return redirect(f"{reverse('routing_pages:try')}?{request.GET.urlencode()}#top")


def _saved(request: HttpRequest, asked: Asked, form: GoldenForm) -> bool:
    """False, with the form saying why."""
    user = acting(request)
    try:
        golden = save_golden_lead(**form.cleaned_data, inputs=asked.given, user=user)
    except GoldenLeadRefused as refused:
        for name, texts in refused.fields.items():
            form.add_error(name if name in form.fields else None, list(texts))
        if not refused.fields:
            form.add_error(None, refused.message)
        return False
    listed = reverse("admin:routing_goldenlead_changelist")
    messages.success(
        request,
        format_html(
            "“{}” is a golden lead now: no plan is published that decides it otherwise. <a href='{}'>All of them</a>",
            golden.name,
            listed,
        ),
    )
    return True
