"""Close a lead and open it again, with what the clock must know of it."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from leads.errors import LeadRefused
from leads.models import Lead
from leads.services.close_lead import close_lead
from pipeline.models import Run
from routing.models import Assignment
from routing.services.accept_lead import stop_clock


@transaction.atomic
def settle_lead(*, lead: Lead, because: str, user: User | None, now: datetime) -> Lead:
    """Closed; its owner keeps it, and nobody is asked any more to accept it in time. Raises LeadRefused, and then
    nothing has changed; also while a submission is on its way, which would give the closed lead an owner and a clock.
    """
    closed = close_lead(lead=lead, because=because, user=user, now=now)
    if Run.objects.unfinished().filter(lead=lead).exists():
        raise LeadRefused("A submission of this lead is still on its way. Try again in a minute.")
    stop_clock(lead=closed, kind=Assignment.ClockStop.STATUS_CHANGE, now=now)
    return closed
