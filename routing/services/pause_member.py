"""Pause a member of a queue, or let it go on. Takes effect with the next lead, whatever plan is live."""

from django.contrib.auth.models import User
from django.db import transaction

from routing.models import Member


@transaction.atomic
def pause_member(*, member: Member, paused: bool, user: User | None) -> bool:
    """False, and nothing written, where the member is so already."""
    locked = Member.objects.select_for_update().get(pk=member.pk)
    if locked.paused == paused:
        return False
    locked.paused = paused
    locked._history_user = user  # type: ignore[attr-defined]  # read by simple_history
    locked.save(update_fields=["paused"])
    return True
