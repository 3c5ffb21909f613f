"""Sales ops' and reps' tasks about leads, each in at most six pages, by keyboard too; axe finds nothing on any."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from leads.models import Lead, Person
from routing.contract import inputs_by_hand
from routing.models import Absence, Assignment, Queue, Rep, Standing
from routing.selectors import active_plan, shares_of
from routing.services.publish_plan import publish_plan
from routing.services.route_lead import Arrival, route_leads
from tests.browser.chrome import PHONE, is_wider_than_its_window
from tests.browser.workbench.hands import MOST_LOADS, Hands, both_ways, by_keyboard, by_mouse, loads_of

# Where these leads go, and a queue of another continent.
USUAL, ELSEWHERE = "emea-small-business", "amer-small-business"
TURNS = 8
# Each of two hundred moves is a transaction of its own.
WORK_MS = 120_000
pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]


def send(n: int, country: str = "DE", now: datetime | None = None) -> list[Lead]:
    """Of one company size, so that all go to the same queue."""
    now, active = now or timezone.now(), active_plan()
    people = Person.objects.bulk_create(
        Person(email=f"jo{i}@{country.lower()}-buyer.example", full_name=f"Jo {country} {i}", created_at=now)
        for i in range(n)
    )
    leads = Lead.objects.bulk_create(Lead(person=person, created_at=now) for person in people)
    inputs = inputs_by_hand({"country": country, "employees": 20, "intent": "demo"}, active.plan.contract)
    route_leads(arrivals=[Arrival(lead, uuid4(), inputs) for lead in leads], active=active, now=now)
    return leads


def counts() -> dict[tuple[str, str], int]:
    return {(row.ledger.key, row.rep.key): row.count for row in Standing.objects.select_related("ledger", "rep")}


def taken(before: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Who has how many more than before."""
    return {key: n - before.get(key, 0) for key, n in counts().items() if n != before.get(key, 0)}


def furthest_from_its_share(queue: str) -> float:
    return max(abs(share.difference) for share in shares_of(queue, active_plan().plan))


def owner_of(leads: list[Lead]) -> Rep:
    return Assignment.objects.live().select_related("rep").get(lead=leads[0]).rep


def gets_none_while_away_only(rep: Rep, absence: Absence) -> None:
    """Of as many leads as give everybody of the queue a turn."""
    minute = timedelta(minutes=1)
    moments = (absence.starts_at - minute, absence.starts_at, absence.ends_at - minute, absence.ends_at)
    got = [
        Assignment.objects.filter(lead__in=send(TURNS, country, now=moment), rep=rep).exists()
        for country, moment in zip(("AT", "CH", "FR", "NL"), moments, strict=True)
    ]
    assert got == [True, False, False, True]


@pytest.fixture
def rep_page(new_page, live_server, example_company) -> Callable[[Rep], Page]:
    """Signed in as the rep, on a phone."""

    def opened(rep: Rep) -> Page:
        user = User.objects.create_user("rep", is_staff=True)
        user.groups.add(Group.objects.get(name="Rep"))
        Rep.objects.filter(pk=rep.pk).update(user=user)
        client = Client()
        client.force_login(user)
        page = new_page(viewport=PHONE)
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        return page

    return opened


@both_ways
def test_why_a_lead_went_to_berlin_is_found_on_its_page(admin_page, loads, barriers, hands: Hands):
    Queue.objects.filter(key=USUAL).update(name="Berlin")
    publish_plan(now=timezone.now())
    send(1)
    page = admin_page
    page.goto("/admin/leads/lead/")
    assert barriers(page) == []
    hands.fill(page.get_by_placeholder("E-mail, name, company or domain"), "jo0@de-buyer")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=jo0"))
    assert barriers(page) == []
    hands.press(page.get_by_role("link", name="Jo DE 0"))
    why = page.get_by_role("region", name="Why this owner?")
    expect(why).to_contain_text("Berlin")
    expect(why).to_contain_text("Territory: EMEA › DACH")
    expect(why).to_contain_text("it was")
    expect(page.get_by_role("region", name="What happened")).to_contain_text("Decided")
    assert barriers(page) == []
    assert len(loads) <= MOST_LOADS


@pytest.mark.parametrize(("hands", "n"), [(by_mouse, 60), (by_keyboard, 200)], ids=["by_mouse", "by_keyboard"])
def test_wrongly_routed_leads_of_many_pages_go_back_and_the_counts_stay_fair(
    admin_page, loads, barriers, hands: Hands, n: int
):
    before = counts()
    send(n)
    routed, owners = counts(), dict(Assignment.objects.live().values_list("lead", "rep"))
    page = admin_page
    page.set_default_navigation_timeout(WORK_MS)
    page.goto(f"/admin/leads/lead/?queue={USUAL}")
    hands.press(page.locator("#action-toggle"))
    hands.press(page.get_by_role("link", name=f"Select all {n} leads"))
    assert barriers(page) == []
    hands.choose(page.locator("select[name=action]"), "Move to another owner")
    hands.press(page.get_by_role("button", name="Run", exact=True))
    expect(page.get_by_role("heading", name=f"Who has these {n} leads now")).to_be_visible()
    assert barriers(page) == []
    hands.press(page.get_by_label("To a queue, each to the next in turn"))
    hands.choose(page.get_by_label("Queue", exact=True), Queue.objects.get(key=ELSEWHERE).name)
    hands.press(page.get_by_role("button", name="Show who would have how many"))
    expect(page.get_by_role("heading", name=f"{n} of {n} leads would move")).to_be_visible()
    assert barriers(page) == []
    hands.fill(page.get_by_label("Reason"), "They are America's")
    hands.press(page.get_by_role("button", name=f"Move {n} leads"))
    done = page.get_by_role("heading", name=f"{n} leads moved, 0 left as they were")
    expect(done).to_be_visible(timeout=WORK_MS)
    assert barriers(page) == []
    assert {ledger for ledger, _ in taken(before)} == {ELSEWHERE}
    assert furthest_from_its_share(ELSEWHERE) <= 1
    batch = page.url
    hands.press(page.get_by_role("button", name="Move exactly these back"))
    page.wait_for_url(lambda address: address != batch)
    expect(done).to_be_visible(timeout=WORK_MS)
    assert barriers(page) == []
    assert dict(Assignment.objects.live().values_list("lead", "rep")) == owners
    assert {key: n for key, n in counts().items() if n} == {key: n for key, n in routed.items() if n}
    assert furthest_from_its_share(USUAL) <= 1
    assert len(loads) <= MOST_LOADS


def test_a_rep_accepts_one_lead_and_declines_another_on_a_phone(rep_page, barriers):
    send(6)
    live = Assignment.objects.live()
    rep = live.select_related("rep").latest("pk").rep
    first, *_ = live.filter(rep=rep).order_by("pk")
    page = rep_page(rep)
    page.goto("/admin/my/leads/")
    expect(page.get_by_role("heading", name="Waiting for you")).to_be_visible()
    assert barriers(page) == []
    assert not is_wider_than_its_window(page)
    by_keyboard.press(page.get_by_role("button", name=f"Accept {first.lead.person}"))
    expect(page.get_by_role("region", name="What is known")).to_be_visible()
    assert Assignment.objects.get(pk=first.pk).clock_stopped_by == "accepted"
    other = send(1, "AT")[0]
    Assignment.objects.live().filter(lead=other).update(rep=rep)
    page.goto(f"/admin/my/leads/{other.pk}/")
    assert barriers(page) == []
    assert not is_wider_than_its_window(page)
    by_keyboard.press(page.get_by_text("Decline it"))
    by_keyboard.fill(page.get_by_label("Why don't you take it?"), "I don't speak the language")
    by_keyboard.press(page.get_by_role("button", name="Decline", exact=True))
    expect(page.get_by_text("goes to")).to_be_visible()
    held = Assignment.objects.live().get(lead=other)
    assert (held.rep_id != rep.pk, held.note) == (True, "I don't speak the language")


@both_ways
def test_a_rep_sets_leave_for_next_week_and_gets_no_leads_meanwhile(rep_page, barriers, hands: Hands):
    rep = owner_of(send(1))
    page = rep_page(rep)
    loads = loads_of(page)
    page.goto("/admin/my/absences/")
    assert barriers(page) == []
    assert not is_wider_than_its_window(page)
    first = timezone.localdate() + timedelta(days=7)
    hands.fill(page.get_by_label("First day"), f"{first}")
    hands.fill(page.get_by_label("Last day"), f"{first + timedelta(days=4)}")
    hands.fill(page.get_by_label("Reason (optional)"), "Holiday")
    hands.press(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_role("region", name="Coming")).to_contain_text("Holiday")
    absence = Absence.objects.get(rep=rep)
    assert absence.ends_at - absence.starts_at > timedelta(days=4, hours=22)
    assert barriers(page) == []
    gets_none_while_away_only(rep, absence)
    assert len(loads) <= MOST_LOADS


@both_ways
def test_sales_ops_set_leave_on_the_reps_page(admin_page, example_company, loads, barriers, hands: Hands):
    rep = owner_of(send(1))
    page = admin_page
    page.goto("/admin/routing/rep/")
    assert barriers(page) == []
    hands.press(page.get_by_role("link", name=rep.name, exact=True))
    hands.press(page.locator("a.add-row", has_text="Add another Absence"))
    first = timezone.localdate() + timedelta(days=7)
    for field, day in (("first_day", first), ("last_day", first + timedelta(days=4))):
        hands.fill(page.locator(f"#id_absences-0-{field}"), f"{day}")
    assert barriers(page) == []
    hands.press(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert barriers(page) == []
    gets_none_while_away_only(rep, Absence.objects.get(rep=rep))
    assert len(loads) <= MOST_LOADS


def test_the_leads_page_and_the_merge_page_fit_a_phone(admin_page, barriers):
    lead, other = send(2)
    page = admin_page
    page.set_viewport_size(PHONE)
    for address in (
        f"/admin/leads/lead/{lead.pk}/change/",
        f"/admin/workbench/leads/{lead.pk}/merge/?other={other.pk}",
    ):
        page.goto(address)
        assert not is_wider_than_its_window(page), address
        assert barriers(page) == [], address
