"""The events that go outward. docs/webhooks.md describes each; a test sees to it."""

from collections.abc import Mapping

EVENT_TYPES: Mapping[str, str] = {
    "lead.assigned": "A lead got an owner.",
    "lead.kept": "A known lead came back and stays with its owner.",
    "lead.parked": "Nobody could take the lead; it waits in the named queue.",
    "webhook.test": "Sent by hand from the admin, to try an endpoint.",
}
