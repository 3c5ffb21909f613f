"""What is tried on some leads, waits for a second person, or was put back: reads, for all pages that say so."""

from routing.models import Proposal, Rollout

MOST_PROPOSALS = 20


def running_rollout() -> Rollout | None:
    running = Rollout.objects.filter(state=Rollout.State.RUNNING).select_related("plan", "base")
    return running.defer("plan__document", "base__document").first()


def open_proposals() -> list[Proposal]:
    waiting = Proposal.objects.filter(state=Proposal.State.OPEN).defer("document")
    return list(waiting.select_related("proposed_by")[:MOST_PROPOSALS])
