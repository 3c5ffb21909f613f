"""A queue's page and the overview of all queues: shares, turns, absences, pausing."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from foundation.models import AuditEntry
from foundation.roles import Role
from leads.models import Lead
from routing.models import Absence, Ledger, LedgerEntry, Member, Plan, Queue, Rep, Standing
from routing.services.publish_plan import publish_plan
from tests.routing.cast import signed_in
from tests.routing.clocked import change_member, sellers, send
from tests.routing.factories import MemberFactory, RepFactory, queue_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _company():
    """Ada and Ben sell everything; the desk takes what they can't."""
    sellers("ada", "ben", now=timezone.now(), name="Sellers")


def shown(client: Client, key: str = "sellers", status: int = 200, **query: str) -> str:
    answer = client.get(reverse("routing_pages:queue", args=[key]), query)
    assert answer.status_code == status
    return " ".join(unescape(answer.content.decode()).split())


def listed(client: Client, **query: str) -> str:
    answer = client.get(reverse("routing_pages:queues"), query)
    assert answer.status_code == 200
    return " ".join(unescape(answer.content.decode()).split())


def cell(page: str, label: str) -> list[str]:
    """The column's texts, row by row."""
    found = re.findall(rf'<td data-label="{label}"[^>]*>(.*?)</td>', page)
    return [re.sub("<[^>]+>", "", text) for text in found]


def leads(count: int) -> None:
    for _ in range(count):
        send(timezone.now())


def pause(client: Client, status: int = 302, **form: str) -> None:
    assert client.post(reverse("routing_pages:pause", args=["sellers"]), form).status_code == status


def is_paused(rep: str = "ada") -> bool:
    return Member.objects.get(rep__key=rep, queue__key="sellers").paused


def test_counts_stand_beside_the_exact_share(admin_client):
    leads(3)
    page = shown(admin_client)
    assert '<td data-label="Exact share" class="sy-number">1.50</td>' in page
    assert "0.50 leads" in page
    assert "everybody is within one lead." in page


def test_who_was_away_has_no_share_of_what_came_then(admin_client):
    Member.objects.filter(rep__key="ada").update(paused=True)
    leads(4)
    page = shown(admin_client)
    assert "Everybody has had exactly the share." in page


def test_a_queue_without_leads_says_so(admin_client):
    assert "No lead has come through this queue yet." in shown(admin_client)


def test_the_next_five_are_told_in_order(admin_client):
    change_member("ada", weight=4)
    order = shown(admin_client).split('<ol class="sy-queue-turns">')[1].split("</ol>")[0]
    assert order.count("Ada") == 4
    assert order.count("Ben") == 1


def test_a_cap_tells_what_is_left_of_it(admin_client):
    change_member("ada", cap_day=1)
    change_member("ben", cap_day=5)
    leads(3)
    page = shown(admin_client)
    assert "0 of 1 left this day" in page
    assert "has as many leads as a day allows" in page
    assert "3 of 5 left this day" in page


def test_calibration_is_told_beside_the_count(admin_client):
    leads(4)
    MemberFactory(queue=Queue.objects.get(key="sellers"), rep=RepFactory(key="eva"))
    publish_plan(now=timezone.now())
    assert "2 by calibration" in shown(admin_client)


def test_a_member_with_a_condition_says_which_leads_it_takes(admin_client):
    change_member("ada", condition={"country": "AT"})
    page = shown(admin_client)
    assert "only where Country is Austria" in page
    assert "waits for such leads" in page


def test_weights_of_the_working_copy_are_told_where_they_differ(admin_client):
    Member.objects.filter(rep__key="ada").update(weight=7)
    assert "7 in the working copy" in shown(admin_client)


def test_who_joins_with_the_next_plan_is_named(admin_client):
    MemberFactory(queue=Queue.objects.get(key="sellers"), rep=RepFactory(key="eva"), weight=3)
    assert "In the working copy, not published yet: Eva (weight 3)." in shown(admin_client)


def test_absences_are_a_calendar_and_a_list_in_the_members_zone(admin_client):
    Rep.objects.filter(key="ada").update(time_zone="Asia/Tokyo")
    publish_plan(now=timezone.now())
    start = timezone.now() + timedelta(days=2)
    Absence.objects.create(rep=Rep.objects.get(key="ada"), starts_at=start, ends_at=start + timedelta(days=3))
    page = shown(admin_client)
    assert page.count('<span class="sy-hidden">away</span>') == 2
    assert "(Asia/Tokyo)" in page


def test_without_absences_the_calendar_says_so(admin_client):
    assert "Nobody is away in these four weeks." in shown(admin_client)


def test_clock_manager_and_fallbacks_are_told(admin_client):
    page = shown(admin_client)
    assert "To be accepted within 60 minutes of business time; a reminder goes out 15 minutes before." in page
    assert "<dt>Manager</dt><dd>Mia</dd>" in page
    assert f'<a href="{reverse("routing_pages:queue", args=["desk"])}">Desk</a>' in page


def test_a_shared_count_names_the_other_queue(admin_client):
    Queue.objects.filter(key__in=["sellers", "desk"]).update(shared_count="all")
    publish_plan(now=timezone.now())
    assert "Shared with" in shown(admin_client)


def test_the_latest_decisions_lead_to_the_lead_and_to_another_try(admin_client):
    held = send(timezone.now())
    page = shown(admin_client)
    assert reverse("admin:leads_lead_change", args=[held.lead_id]) in page
    assert f"{reverse('routing_pages:try')}?decision={held.decision_id}" in page


def test_an_unpublished_queue_is_shown_as_the_working_copy_has_it(admin_client):
    queue_with("new", "eva", name="New one")
    assert "This is the queue as the working copy has it." in shown(admin_client, "new")


def test_a_queue_that_is_gone_is_shown_as_the_last_plan_had_it(admin_client):
    queue_with("old", "eva", name="Old one")
    publish_plan(now=timezone.now())
    Queue.objects.get(key="old").members.all().delete()
    Queue.objects.get(key="old").delete()
    publish_plan(now=timezone.now())
    page = shown(admin_client, "old")
    assert "This is the queue as plan 2 has it, which is not the active plan." in page
    assert "taken out in the working copy" in page


@pytest.mark.parametrize(
    ("key", "query"),
    [("never", {}), ("sellers", {"plan": "77"}), ("never", {"plan": "active"}), ("sellers", {"plan": "9" * 19})],
)
def test_what_no_plan_has_is_404_in_words(admin_client, key, query):
    assert "All queues" in shown(admin_client, key, 404, **query)


def test_before_the_first_plan_the_working_copy_is_shown(admin_client):
    Plan.objects.update(is_active=False)
    assert "This is the queue as the working copy has it." in shown(admin_client)


# Pausing


def test_a_member_is_paused_and_goes_on_by_the_same_button(admin_client, admin_user):
    pause(admin_client, rep="ada", paused="yes")
    assert is_paused()
    assert 'aria-label="Let Ada go on"' in shown(admin_client)
    pause(admin_client, rep="ada", paused="no")
    assert not is_paused()
    latest = Member.history.filter(rep__key="ada").latest()
    assert latest.history_user == admin_user


def test_pausing_leaves_an_entry_in_the_audit(admin_client, admin_user):
    pause(admin_client, rep="ada", paused="yes")
    entry = AuditEntry.objects.get(kind="routing.member", user=admin_user)
    assert entry.changes["paused"] == [False, True]


def test_pausing_twice_changes_nothing(admin_client):
    pause(admin_client, rep="ada", paused="yes")
    entries = Member.history.count()
    pause(admin_client, rep="ada", paused="yes")
    assert Member.history.count() == entries


@pytest.mark.parametrize(
    "form",
    [{"rep": "nobody", "paused": "yes"}, {"rep": "a\0b", "paused": "yes"}, {"rep": "ada", "paused": "perhaps"}, {}],
)
def test_an_odd_pause_changes_nothing(admin_client, form):
    pause(admin_client, **form)
    assert not Member.objects.filter(paused=True).exists()


def test_pausing_needs_a_post(admin_client):
    assert admin_client.get(reverse("routing_pages:pause", args=["sellers"])).status_code == 405


# All queues


def test_the_overview_tells_received_fairness_and_who_is_next(admin_client):
    leads(3)
    page = listed(admin_client)
    assert cell(page, "7 days") == ["0", "0", "3"]
    assert '<td data-label="Largest difference" class="sy-number">0.50</td>' in page
    assert '<td data-label="Falls back to">Desk</td>' in page


def test_leads_of_another_week_count_for_the_month_only(admin_client):
    send(timezone.now() - timedelta(days=10))
    page = listed(admin_client)
    assert (cell(page, "7 days")[-1], cell(page, "30 days")[-1]) == ("0", "1")


def test_numbers_lead_to_the_rows_behind_them(admin_client):
    leads(3)
    number = re.search(r'data-label="7 days"[^>]*><a href="([^"]+queue_key=sellers[^"]+)">3<', listed(admin_client))
    assert admin_client.get(unescape(number[1])).context["cl"].result_count == 3
    count = re.search(r'data-label="Received"[^>]*><div><a href="([^"]+)">2<', shown(admin_client))
    assert admin_client.get(unescape(count[1])).context["cl"].result_count == 2


def test_who_may_not_see_the_rows_sees_the_numbers_alone():
    leads(1)
    client = signed_in(None)
    User.objects.get(username="nobody").user_permissions.add(Permission.objects.get(codename="view_queue"))
    assert "created_at__gt" not in listed(client)
    assert "rep__id__exact" not in shown(client)


def test_queues_are_found_by_name_and_by_member(admin_client):
    assert "1 queue for “sell”" in listed(admin_client, q="sell")
    assert "1 queue for “ben”" in listed(admin_client, q="ben")
    assert "No queue is found" in listed(admin_client, q="zzz")


def test_a_queue_that_nobody_can_serve_is_told(admin_client):
    Member.objects.filter(queue__key="sellers").update(paused=True)
    assert "2, 0 can take a lead" in listed(admin_client)


def test_without_any_queue_the_overview_says_what_to_do(admin_client):
    for model in (LedgerEntry, Standing, Ledger, Member):
        model.objects.all().delete()
    Plan.objects.all().delete()
    from routing.models import Rule

    Rule.objects.all().delete()
    Queue.objects.update(fallback=None)
    Queue.objects.all().delete()
    assert "There is no queue yet" in listed(admin_client)


# Rights and cost


@pytest.mark.parametrize(
    ("role", "sees", "pauses"),
    [
        (Role.SALES_OPS, 200, 302),
        (Role.MARKETER, 200, 403),
        (Role.ANALYST, 200, 403),
        (Role.REP, 403, 403),
        (None, 403, 403),
    ],
)
def test_who_may_see_and_who_may_pause(role, sees, pauses):
    client = signed_in(role)
    shown(client, status=sees)
    assert client.get(reverse("routing_pages:queues")).status_code == sees
    pause(client, pauses, rep="ada", paused="yes")
    assert is_paused() is (pauses == 302)


def test_who_may_not_pause_sees_no_button():
    assert "Pause Ada" not in shown(signed_in(Role.ANALYST))


def test_who_may_not_see_leads_sees_no_decisions():
    lead = Lead.objects.get(pk=send(timezone.now()).lead_id)
    page = shown(signed_in(Role.MARKETER))
    assert str(lead.person) not in page
    assert "Latest decisions" not in page


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_queries_do_not_grow_with_queues_members_and_leads(admin_client):
    addresses = [reverse("routing_pages:queues"), reverse("routing_pages:queue", args=["sellers"])]
    leads(1)
    [queries(admin_client, address) for address in addresses]
    before = [queries(admin_client, address) for address in addresses]
    for number in range(5):
        queue_with(f"more-{number}", f"eva-{number}", f"kim-{number}")
        MemberFactory(queue=Queue.objects.get(key="sellers"), rep=RepFactory(key=f"lou-{number}"))
    publish_plan(now=timezone.now())
    leads(5)
    [queries(admin_client, address) for address in addresses]
    assert [queries(admin_client, address) for address in addresses] == before
    assert max(before) <= 20
