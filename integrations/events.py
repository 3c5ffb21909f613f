"""The events that go outward. docs/webhooks.md describes each; a test sees to it."""

from collections.abc import Mapping

EVENT_TYPES: Mapping[str, str] = {
    "forms.quarantine": "Submissions that look like spam wait for somebody to look at them.",
    "lead.assigned": "A lead got an owner.",
    "lead.kept": "A known lead came back and stays with its owner.",
    "lead.overdue": "A lead was not accepted in time and nobody can take it over.",
    "lead.reassigned": "A lead has another owner.",
    "lead.reminder": "A lead is about to be due and was not accepted yet.",
    "lead.parked": "Nobody could take the lead; it waits in the named queue.",
    "routing.alert": "An alert rule has something to say: it begins, lasts, or is over.",
    "webhook.test": "Sent by hand from the admin, to try an endpoint.",
}
