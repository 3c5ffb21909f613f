"""Print what the active plan would decide for given inputs. Writes nothing."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from foundation.errors import SwitchyardError
from foundation.strict_json import parse_strictly
from routing.contract import inputs_by_hand
from routing.selectors import active_plan
from routing.services.route_lead import preview


class Command(BaseCommand):
    help = "Print the decision for given inputs with its trace; write nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--inputs", required=True, help='a JSON object, such as {"country": "DE", "employees": 800}'
        )
        parser.add_argument("--seed", default="preview", help="decides equal claims")

    def handle(self, *args: Any, **options: Any) -> None:
        values = _read_object(options["inputs"])
        try:
            active = active_plan()
            inputs = inputs_by_hand(values, active.plan.contract)
        except SwitchyardError as error:
            details = "".join(f"\n  {name}: {' '.join(texts)}" for name, texts in error.fields.items())
            raise CommandError(f"{error.message}{details}") from error
        chain, resolution = preview(active.plan, inputs, now=timezone.now(), seed=options["seed"])
        plan = active.plan
        owner = plan.reps[resolution.rep_key] if resolution.rep_key else None
        decision = {
            "outcome": "assigned" if owner else "parked",
            "owner": {"name": owner.name, "email": owner.email} if owner else None,
            "queue": resolution.queue_key or None,
            "reason": resolution.reason,
            "territory": chain.territory,
            "rule": chain.rule,
            "plan": {"number": active.number, "hash": plan.hash},
            "inputs": inputs.as_document(),
            "trace": chain.trace_document(),
            "pools": [pool.as_document() for pool in resolution.pools],
        }
        self.stdout.write(json.dumps(decision, indent=2, ensure_ascii=False))


def _read_object(text: str) -> dict[str, object]:
    try:
        values = parse_strictly(text)
    except ValueError as error:
        raise CommandError(f"--inputs is not valid JSON: {error}") from error
    if not isinstance(values, dict):
        raise CommandError("--inputs must be a JSON object")
    return values
