"""How long do sales ops' pages take on a full installation? `python -m benchmarks.workbench`

PostgreSQL with 200,000 leads, 5,000 named accounts and 1,000 rules, each page asked for by a sales ops person through
Django's test client: all of it but the network and the browser. The working copy differs from the active plan, as it
does while somebody works on it. The peer is Django's own list of the same 200,000 leads without anything of ours.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.databases import CHILD, set_up
from benchmarks.multiply import multiply
from tests.servers import postgres_server

ROUNDS = 7
SENT, COPIES = 200, 999
ACCOUNTS, RULES, TERRITORIES, QUEUES, MEMBERS = 5_000, 1_000, 40, 20, 6
COUNTRIES = ["DE", "FR", "GB", "US", "SE", "PL", "IT", "ES", "BR", "IN", "JP", "AU", "NL", "BE", "CH", "AT"]
AIM_MS, AIM_QUERIES = 300, 20
AIM_OF_TRYING_MS = 150


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, postgres_server() as url:
        environment = {**os.environ, "DATA_DIR": folder, "DATABASE_URL": url}
        command = [sys.executable, "-m", "benchmarks.workbench", CHILD]
        return subprocess.run(command, env=environment, check=False).returncode


def measure() -> int:
    """The number of pages beyond their aim."""
    set_up()
    started = time.perf_counter()
    fill()
    print(f"  filled in {time.perf_counter() - started:.0f} s")
    user, client = sales_ops()
    asked = list(pages(user))
    beyond = sum(report(name, *visit(lambda address=address: client.get(address))) for name, address in asked)
    print(f"  {len(asked)} pages, {beyond} of them beyond their aim")
    return beyond


def visit(ask: Callable[[], Any]) -> tuple[int, list[float], int]:
    """Status, milliseconds of each round but the first, queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        status = ask().status_code
        queries = len(captured)
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        ask()
        times.append((time.perf_counter() - started) * 1000)
    return status, times, queries


def report(name: str, status: int, times: list[float], queries: int) -> bool:
    median = statistics.median(times)
    assert status == 200, (name, status)
    aim_ms = AIM_OF_TRYING_MS if "try" in name.split() else AIM_MS
    is_slow = median > aim_ms or queries > AIM_QUERIES
    mark = "  <-- beyond" if is_slow else ""
    print(f"  {name:46} {status}  {median:7.1f} ms  ({min(times):.0f} to {max(times):.0f})  {queries:3} queries{mark}")
    return is_slow


def sales_ops() -> tuple[Any, Any]:
    """The person and a client signed in as them."""
    from django.contrib.auth.models import Group, User
    from django.test import Client

    user = User.objects.create_user("ops", is_staff=True)
    user.groups.add(Group.objects.get(name="Sales ops"))
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return user, client


def pages(user: Any) -> Iterator[tuple[str, str]]:
    """What a sales ops person opens: (name, address)."""
    from django.contrib import admin
    from django.urls import reverse

    from leads.models import Lead
    from routing.models import Decision, Queue, Rule, Territory

    yield "home", reverse("admin:index")
    for model in sorted(admin.site._registry, key=lambda each: each._meta.label):
        if user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
            yield (
                f"list of {model._meta.verbose_name_plural}",
                reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"),
            )
    yield "leads, searched by e-mail", f"{reverse('admin:leads_lead_changelist')}?q=77-jo13%40"
    yield "leads, searched by nothing there is", f"{reverse('admin:leads_lead_changelist')}?q=zzzzqq"
    for model in (Lead, Rule, Territory, Queue, Decision):
        row = model._default_manager.order_by("-pk").first()
        if row is not None:
            yield (
                f"a {model._meta.verbose_name}",
                reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk]),
            )
    yield from workbench_pages()


def workbench_pages() -> Iterator[tuple[str, str]]:
    from django.urls import reverse

    from leads.models import Lead
    from routing.models import Decision

    decision, lead = Decision.objects.latest("pk"), Lead.objects.latest("pk")
    for name in ("plan", "publish", "try", "queues", "import", "import_assignment_rules", "rollouts"):
        yield f"workbench: {name}", reverse(f"routing_pages:{name}")
    yield "workbench: plan, both sides", f"{reverse('routing_pages:plan')}?view=both"
    yield "workbench: a queue", reverse("routing_pages:queue", args=["q1"])
    yield "workbench: try a past lead", f"{reverse('routing_pages:try')}?decision={decision.pk}"
    yield "workbench: split a territory", reverse("routing_pages:split_territory", args=["t1"])
    yield "workbench: roll back", reverse("routing_pages:rollback", args=[1])
    for name in ("shadow", "moves"):
        yield f"workbench: {name}", reverse(f"pipeline_pages:{name}")
    for name in ("reassign", "merge"):
        yield f"workbench: {name} a lead", reverse(f"pipeline_pages:{name}", args=[lead.pk])
    yield "workbench: switch", reverse("config_pages:switch")


def fill() -> None:
    """A working copy of that size, published twice; leads that came the usual way, many times over; then an edit."""
    from django.utils import timezone

    from routing.models import Rule
    from routing.services.publish_plan import publish_plan

    chance = random.Random(5)
    _queues()
    _territories_and_rules(chance)
    _accounts()
    publish_plan(now=timezone.now())
    Rule.objects.filter(key="r400").update(condition={"employees": {"$gte": 66}})
    publish_plan(now=timezone.now())
    _leads(chance)
    Rule.objects.filter(key="r500").update(condition={"employees": {"$gte": 77}})


def _queues() -> None:
    from routing.models import Member, Queue, Rep

    reps = Rep.objects.bulk_create(
        Rep(key=f"b{i}", name=f"Bench Rep {i}", email=f"b{i}@seller.example") for i in range(QUEUES * MEMBERS)
    )
    queues = Queue.objects.bulk_create(Queue(key=f"q{i}", name=f"Queue {i}") for i in range(QUEUES))
    Member.objects.bulk_create(
        Member(queue=queue, rep=reps[i * MEMBERS + j], weight=j + 1)
        for i, queue in enumerate(queues)
        for j in range(MEMBERS)
    )


def _territories_and_rules(chance: random.Random) -> None:
    from routing.models import GoldenLead, Queue, Rule, Territory

    GoldenLead.objects.all().delete()
    Rule.objects.all().delete()
    Territory.objects.update(parent=None)
    Territory.objects.all().delete()
    queues = list(Queue.objects.filter(key__startswith="q"))
    territories = Territory.objects.bulk_create(
        Territory(key=f"t{i}", name=f"Territory {i}", countries=[COUNTRIES[i % len(COUNTRIES)]], position=i)
        for i in range(TERRITORIES)
    )
    Rule.objects.bulk_create(
        Rule(
            key=f"r{i}",
            name=f"Rule {i}",
            territory=territories[i % TERRITORIES],
            condition={
                "employees": {"$gte": chance.randrange(5_000)},
                "industry": chance.choice(["software", "retail"]),
            },
            queue=chance.choice(queues),
            position=i,
        )
        for i in range(RULES)
    )


def _accounts() -> None:
    from routing.models import NamedAccount, NamedAccountList, Queue

    accounts = NamedAccountList.objects.create(key="carved", name="Carved", queue=Queue.objects.get(key="q1"))
    NamedAccount.objects.bulk_create(
        NamedAccount(list=accounts, domain=f"account-{i}.example", company_name=f"Account {i}") for i in range(ACCOUNTS)
    )


def _leads(chance: random.Random) -> None:
    from django.utils import timezone

    from forms_engine.selectors import form_by_slug
    from forms_engine.services.submit import submit
    from pipeline.models import Run
    from pipeline.services.advance_run import advance_run

    form = form_by_slug("demo")
    for i in range(SENT):
        submit(
            form=form,
            version=None,
            raw_answers={
                "email": f"jo{i}@company-{i}.com",
                "full_name": f"Jo Example {i}",
                "country": chance.choice(COUNTRIES),
            },
            context={},
            origin="server",
            deliver=False,
            now=timezone.now(),
            wake_worker=False,
        )
    for run in Run.objects.values_list("id", flat=True):
        advance_run(run_id=run)
    _deliveries()
    multiply(COPIES)


def _deliveries() -> None:
    """As if a CRM had heard of each lead."""
    from django.utils import timezone

    from foundation.models import OutboxEvent
    from integrations.models import Delivery, WebhookEndpoint

    now = timezone.now()
    crm = WebhookEndpoint.objects.create(name="CRM", url="https://crm.example/hook", enabled=False)
    Delivery.objects.bulk_create(
        Delivery(
            endpoint=crm,
            event=event,
            message_id=f"msg_{event.pk}",
            status=Delivery.Status.DELIVERED,
            attempts_made=1,
            next_attempt_at=now,
            created_at=now,
            finished_at=now,
        )
        for event in OutboxEvent.objects.all()
    )


if __name__ == "__main__":
    sys.exit(bool(measure()) if CHILD in sys.argv else main())
