"""Two leads that are one: everything of the one goes over to the other, and so does its person."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from foundation.audit import record
from leads.errors import LeadRefused
from leads.models import Lead, Observation, Person
from pipeline.models import Run
from routing.credit import Answer, Outcome
from routing.models import Assignment, Decision
from routing.services.credit_outcome import credit_outcome
from routing.services.hand_over import MERGED, OWNER, ledgers_of
from routing.services.ledger import counted_in, lock_ledgers


@dataclass(frozen=True)
class Merge:
    """What a merge does, to show before and to report after. Numbers are rows of the lead that goes."""

    keep: Lead
    goes: Lead
    owner: Assignment | None
    loses: Assignment | None
    submissions: int
    observations: int
    decisions: int
    joins_people: bool
    gives_credit_back: bool = False

    @property
    def was_closed(self) -> bool:
        """Whether the lead that stays is opened by it."""
        return self.keep.status == Lead.Status.CLOSED and self.goes.status == Lead.Status.OPEN


def plan_merge(*, keep: Lead, goes: Lead) -> Merge:
    """Reads only. Raises LeadRefused where the two can't be merged; trying again helps once that has changed."""
    _refuse_what_makes_no_sense(keep, goes)
    holds, loses = _holder(keep), _holder(goes)
    joins = keep.person_id != goes.person_id
    observations = Observation.objects.filter(person=goes.person_id).count() if joins else 0
    return Merge(
        keep=keep,
        goes=goes,
        owner=holds or loses,
        loses=loses if holds else None,
        submissions=Run.objects.filter(lead=goes).count(),
        observations=observations,
        decisions=Decision.objects.filter(lead=goes).count(),
        joins_people=joins,
        gives_credit_back=bool(holds and loses and counted_in(holds) and counted_in(loses)),
    )


@transaction.atomic
def merge_leads(*, keep: Lead, goes: Lead, user: User | None, now: datetime) -> Merge:
    """`goes` is closed and points to `keep`, which has its submissions, observations, decisions and assignments.

    Where both had an owner, that of `keep` stays, and the other's credit is given back as a duplicate, if both counted
    and the queue says so. Where only `goes` had one, they keep it. Raises LeadRefused, and then nothing has changed.
    """
    _lock(keep, goes)
    merge = plan_merge(keep=_fresh(keep), goes=_fresh(goes))
    back = _end_the_other(merge, now)
    _hand_on(merge, now)
    if merge.joins_people:
        _join(merge.keep.person, merge.goes.person)
    _close(merge, now)
    _tell(merge, back, user, now)
    return merge


def _lock(keep: Lead, goes: Lead) -> None:
    """Leads, and people with all their addresses, in the order of ids: whoever locks several of them does it so, and
    nobody ever waits in a circle."""
    leads = list(Lead.objects.select_for_update(no_key=True).filter(pk__in=[keep.pk, goes.pk]).order_by("pk"))
    people = {lead.person_id for lead in leads}
    rows = Person.objects.filter(Q(pk__in=people) | Q(merged_into__in=people))
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _fresh(lead: Lead) -> Lead:
    return Lead.objects.select_related("person", "company").get(pk=lead.pk)


def _holder(lead: Lead) -> Assignment | None:
    return Assignment.objects.live().filter(lead=lead, role=OWNER).select_related("rep", "decision").first()


def _refuse_what_makes_no_sense(keep: Lead, goes: Lead) -> None:
    if keep.pk == goes.pk:
        raise LeadRefused("A lead can't be merged into itself.")
    for lead in (keep, goes):
        if lead.merged_into_id is not None:
            raise LeadRefused(f"Lead {lead.pk} was merged into lead {lead.merged_into_id} already.")
        if lead.person.erased_at is not None:
            raise LeadRefused(f"The person of lead {lead.pk} was erased.")
    if Run.objects.unfinished().filter(lead__in=[keep.pk, goes.pk]).exists():
        raise LeadRefused("A submission of one of them is still on its way. Try again in a minute.")
    _refuse_two_open(keep, goes)


def _refuse_two_open(keep: Lead, goes: Lead) -> None:
    """Both people's other leads will be one person's, of which at most one may be open."""
    people = {keep.person_id, goes.person_id}
    others = Lead.objects.filter(person__in=people, status=Lead.Status.OPEN).exclude(pk__in=[keep.pk, goes.pk])
    open_others = list(others.order_by("pk").values_list("pk", flat=True))
    becomes_open = Lead.Status.OPEN in (keep.status, goes.status)
    if len(open_others) + becomes_open > 1:
        raise LeadRefused(f"The same person also has the open lead {open_others[0]}. Merge or close that one first.")


def _end_the_other(merge: Merge, now: datetime) -> Answer | None:
    """At most one may hold a lead, and a lead counts once."""
    if merge.loses is None:
        return None
    back = None
    if merge.owner is not None and merge.gives_credit_back:
        ledgers = ledgers_of(merge.owner) | ledgers_of(merge.loses)
        lock_ledgers(ledgers)
        back = credit_outcome(assignment=merge.loses, outcome=Outcome.DUPLICATE, now=now)
    ended = max(now, merge.loses.created_at)
    Assignment.objects.live().filter(pk=merge.loses.pk).update(ended_at=ended, ended_reason=MERGED)
    return back


def _hand_on(merge: Merge, now: datetime) -> None:
    _end_other_roles(merge, now)
    Run.objects.filter(lead=merge.goes).update(lead=merge.keep)
    Decision.objects.filter(lead=merge.goes).update(lead=merge.keep)
    Assignment.objects.filter(lead=merge.goes).update(lead=merge.keep)


def _end_other_roles(merge: Merge, now: datetime) -> None:
    """An SDR's or a host's: of two in one role, that of the lead that stays."""
    taken = Assignment.objects.live().filter(lead=merge.keep).values_list("role", flat=True)
    doubled = Assignment.objects.live().filter(lead=merge.goes, role__in=list(taken))
    for assignment in doubled:
        assignment.ended_at, assignment.ended_reason = max(now, assignment.created_at), MERGED
        assignment.save(update_fields=["ended_at", "ended_reason"])


def _join(person: Person, other: Person) -> None:
    """`other` stays as an address of `person`: who writes from it is known, and erasing one erases both."""
    Observation.objects.filter(person=other).update(person=person)
    Run.objects.filter(person=other).update(person=person)
    Person.objects.filter(merged_into=other).update(merged_into=person)
    Person.objects.filter(pk=other.pk).update(merged_into=person)
    if not person.full_name and other.full_name:
        Person.objects.filter(pk=person.pk).update(full_name=other.full_name)
    if person.company_id is None and other.company_id is not None:
        Person.objects.filter(pk=person.pk).update(company=other.company_id)


def _close(merge: Merge, now: datetime) -> None:
    """The one that goes is closed first: a person may have but one open lead."""
    Lead.objects.filter(pk=merge.goes.pk).update(
        person=merge.keep.person_id,
        status=Lead.Status.CLOSED,
        closed_at=merge.goes.closed_at or now,
        closed_because=Lead.Closing.MERGED,
        merged_into=merge.keep.pk,
    )
    Lead.objects.filter(merged_into=merge.goes.pk).update(merged_into=merge.keep.pk)
    kept: dict[str, object] = {"company": merge.keep.company_id or merge.goes.company_id}
    if merge.was_closed:
        kept |= {"status": Lead.Status.OPEN, "closed_at": None, "closed_because": ""}
    Lead.objects.filter(pk=merge.keep.pk).update(**kept)
    # All others of that person, too; of an open one nothing stands in the way by now.
    Lead.objects.filter(person=merge.goes.person_id).update(person=merge.keep.person_id)


def _tell(merge: Merge, back: Answer | None, user: User | None, now: datetime) -> None:
    moved = f"{merge.submissions} submissions, {merge.observations} observations, {merge.decisions} decisions"
    credit = {None: "", Answer.GIVEN_BACK: "; credit given back"}.get(back, "; credit not given back")
    record(
        "merged",
        now=now,
        user=user,
        about=merge.keep,
        label=f"Lead {merge.keep.pk}",
        changes={"merged lead": [merge.goes.pk, merge.keep.pk]},
        note=f"Lead {merge.goes.pk} into lead {merge.keep.pk}: {moved}{credit}",
    )
