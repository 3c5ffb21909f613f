"""docs/webhooks.md can't rot: every event with its payload, the schedule, and code that verifies."""

import json
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest

from integrations.events import EVENT_TYPES
from integrations.webhooks.schedule import DELAYS, MAX_ATTEMPTS
from integrations.webhooks.signing import new_secret, signed_headers
from pipeline.sources import SubmissionFacts
from pipeline.stages import deliver
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### ([a-z.]+)\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL))
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600}


def code(language: str, text: str = PAGE) -> str:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[0]


def example(event_type: str) -> dict:
    return json.loads(code("json", SECTIONS[event_type]))


def emitted_types() -> set[str]:
    """What the code names as the first argument of `emit`, or as the type of an event."""
    rooms = [
        path for path in ROOT.glob("*/**/*.py") if path.relative_to(ROOT).parts[0] not in {".venv", "tests", "var"}
    ]
    named = {
        found
        for path in rooms
        for found in re.findall(r"(?:\bemit\(|\btype=)\s*\"([a-z_]+\.[a-z_.]+)\"", path.read_text(encoding="utf-8"))
    }
    return named | set(deliver.EVENT_TYPES.values())


def shape(value: object) -> object:
    """Keys only; what may be absent in one case (owner, attributes) isn't looked into."""
    if not isinstance(value, dict):
        return None
    return {key: shape(inner) if key == "contact" else None for key, inner in value.items()}


def test_every_event_that_is_emitted_can_be_asked_for():
    assert emitted_types() == set(EVENT_TYPES)


def test_every_event_is_documented_with_what_it_means():
    assert set(SECTIONS) == set(EVENT_TYPES)
    assert [name for name, meaning in EVENT_TYPES.items() if meaning not in SECTIONS[name]] == []


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_an_example_is_a_whole_body(event_type):
    body = example(event_type)
    assert (set(body), body["type"]) == ({"type", "timestamp", "data"}, event_type)
    assert datetime.fromisoformat(body["timestamp"]).tzinfo


@pytest.mark.parametrize("event_type", deliver.EVENT_TYPES.values())
def test_an_example_holds_what_is_really_sent(event_type):
    facts = SubmissionFacts(uuid4(), "visitor", "ann@acme.example", "Ann", None, {}, {}, None, datetime.now(UTC))
    decision = SimpleNamespace(rep=None, queue_key="", territory_key="", rule_key="", reason="", inputs={"values": {}})
    run = SimpleNamespace(submission_id=facts.submission_id, lead_id=1, origin="visitor")
    assert shape(example(event_type)["data"]) == shape(deliver._payload(run, facts, decision))


def test_the_schedule_is_the_documented_one():
    rows = re.findall(r"^\| (\d+) \| (\d+) (seconds|minutes|hours) \|$", PAGE, re.MULTILINE)
    waits = [int(amount) * UNITS[unit] for _, amount, unit in rows]
    assert waits == [delay.total_seconds() for delay in DELAYS]
    assert f"| {MAX_ATTEMPTS} | given up" in PAGE


@pytest.fixture
def signed() -> tuple[str, dict[str, str], str]:
    secret, body = new_secret(), '{"name":"Zoë"}'
    return secret, signed_headers(secret=secret, message_id="msg_1", body=body, now=datetime.now(UTC)), body


def test_the_python_of_the_page_verifies_what_we_sign(signed):
    secret, headers, body = signed
    page: dict = {}
    exec(code("python"), page)
    assert page["is_genuine"](secret, headers, body.encode())
    assert not page["is_genuine"](secret, headers, b"{}")
    assert not page["is_genuine"](secret, {**headers, "webhook-timestamp": str(int(time.time()) - 600)}, body.encode())


@pytest.mark.skipif(not shutil.which("node"), reason="no Node here")
def test_the_javascript_of_the_page_verifies_what_we_sign(signed):
    secret, headers, body = signed
    stale = {**headers, "webhook-timestamp": str(int(time.time()) - 600)}
    cases = [[secret, headers, body], [secret, headers, "{}"], [secret, stale, body]]
    run = "console.log(JSON.stringify(cases.map(([s, h, b]) => isGenuine(s, h, Buffer.from(b)))))"
    script = f"{code('javascript')}\nconst cases = {json.dumps(cases)};\n{run}"
    done = subprocess.run(["node", "-"], input=script, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == [True, False, False]
