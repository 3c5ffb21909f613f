"""Sales ops' and reps' tasks about leads, each in at most six pages, by keyboard too; axe finds nothing on any."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from leads.models import Lead, Person
from routing.contract import inputs_by_hand
from routing.models import Absence, Assignment, Rep, Standing
from routing.selectors import active_plan
from routing.services.route_lead import Arrival, route_leads
from tests.browser.chrome import PHONE, is_wider_than_its_window
from tests.browser.workbench.hands import press

# A queue of another continent.
ELSEWHERE = "amer-small-business"
# Each of two hundred moves is a transaction of its own.
WORK_MS = 120_000
pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]


def send(n: int, country: str = "DE") -> list[Lead]:
    now, active = timezone.now(), active_plan()
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


def test_why_a_lead_went_where_it_went_is_found_in_two_pages(admin_page, barriers):
    (lead,) = send(1)
    page = admin_page
    page.goto("/admin/leads/lead/")
    page.get_by_placeholder("E-mail, name, company or domain").fill("jo0@de-buyer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Jo DE 0")).to_be_visible()
    assert barriers(page) == []
    press(page, "Jo DE 0", "link")
    why = page.get_by_role("region", name="Why this owner?")
    expect(why).to_contain_text("Territory: EMEA › DACH")
    expect(why).to_contain_text("it was")
    expect(page.get_by_role("region", name="What happened")).to_contain_text("Decided")
    assert barriers(page) == []
    assert f"/admin/leads/lead/{lead.pk}/change/" in page.url


def test_two_hundred_wrongly_routed_leads_go_back_and_the_counts_stay_fair(admin_page, barriers):
    before = counts()
    leads = send(200)
    held = Assignment.objects.live().filter(lead=leads[0]).get()
    routed, owners = counts(), dict(Assignment.objects.live().values_list("lead", "rep"))
    page = admin_page
    page.goto(f"/admin/leads/lead/?queue={held.queue_key}")  # 1
    page.locator("#action-toggle").check()
    select_all = page.get_by_text("Select all 200 leads")
    if select_all.count():
        select_all.click()
    page.locator("select[name=action]").select_option("move_many")
    page.get_by_role("button", name="Run").or_(page.get_by_role("button", name="Go")).first.click()  # 2
    expect(page.get_by_role("heading", name="Who has these 200 leads now")).to_be_visible()
    assert barriers(page) == []
    page.get_by_label("To a queue, each to the next in turn").check()
    page.get_by_label("Queue", exact=True).select_option(ELSEWHERE)
    press(page, "Show who would have how many")  # 3
    expect(page.get_by_role("heading", name="200 of 200 leads would move")).to_be_visible()
    assert barriers(page) == []
    page.get_by_label("Reason").fill("They are America's")
    page.set_default_navigation_timeout(WORK_MS)
    press(page, "Move 200 leads")  # 4
    expect(page.get_by_role("heading", name="200 leads moved, 0 left as they were")).to_be_visible(timeout=WORK_MS)
    assert barriers(page) == []
    assert {ledger for ledger, _ in taken(before)} == {ELSEWHERE}
    press(page, "Move exactly these back")  # 5
    expect(page.get_by_role("heading", name="200 leads moved, 0 left as they were")).to_be_visible(timeout=WORK_MS)
    assert dict(Assignment.objects.live().values_list("lead", "rep")) == owners
    assert {key: n for key, n in counts().items() if n} == {key: n for key, n in routed.items() if n}


def test_a_rep_accepts_one_lead_and_declines_another_on_a_phone(rep_page, barriers):
    send(6)
    live = Assignment.objects.live().select_related("rep")
    rep = live.filter(rep__assignments__isnull=False).latest("pk").rep
    first, *_ = live.filter(rep=rep).order_by("pk")
    page = rep_page(rep)
    page.goto("/admin/my/leads/")  # 1
    expect(page.get_by_role("heading", name="Waiting for you")).to_be_visible()
    assert barriers(page) == []
    assert not is_wider_than_its_window(page)
    press(page, f"Accept {first.lead.person}")  # 2
    expect(page.get_by_role("region", name="What is known")).to_be_visible()
    assert Assignment.objects.get(pk=first.pk).clock_stopped_by == "accepted"
    other = send(1, "AT")[0]
    Assignment.objects.live().filter(lead=other).update(rep=rep)
    page.goto(f"/admin/my/leads/{other.pk}/")  # 3
    assert barriers(page) == []
    assert not is_wider_than_its_window(page)
    page.get_by_text("Decline it").click()
    page.get_by_label("Why don't you take it?").fill("I don't speak the language")
    press(page, "Decline")  # 4
    expect(page.get_by_text("goes to")).to_be_visible()
    held = Assignment.objects.live().get(lead=other)
    assert (held.rep_id != rep.pk, held.note) == (True, "I don't speak the language")


def test_a_rep_sets_leave_for_next_week_and_gets_no_leads_meanwhile(rep_page, barriers):
    rep = Rep.objects.filter(active=True).first()
    page = rep_page(rep)
    page.goto("/admin/my/absences/")  # 1
    assert barriers(page) == []
    assert not is_wider_than_its_window(page)
    first = timezone.localdate() + timedelta(days=7)
    page.get_by_label("First day").fill(f"{first}")
    page.get_by_label("Last day").fill(f"{first + timedelta(days=4)}")
    page.get_by_label("Reason (optional)").fill("Holiday")
    press(page, "Save")  # 2
    expect(page.get_by_role("region", name="Coming")).to_contain_text("Holiday")
    absence = Absence.objects.get(rep=rep)
    assert absence.ends_at - absence.starts_at > timedelta(days=4, hours=22)
    assert barriers(page) == []


def test_sales_ops_set_leave_on_the_reps_page(admin_page, example_company):
    rep = Rep.objects.filter(active=True).first()
    page = admin_page
    page.goto(reverse("admin:routing_rep_change", args=[rep.pk]))  # 1
    page.get_by_role("link", name="Add another Absence").or_(
        page.get_by_role("button", name="Add another Absence")
    ).first.click()
    first = timezone.localdate() + timedelta(days=7)
    for field, day in (("first_day", first), ("last_day", first + timedelta(days=4))):
        page.locator(f"#id_absences-0-{field}").fill(f"{day}")
    page.get_by_role("button", name="Save", exact=True).click()  # 2
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert Absence.objects.filter(rep=rep).exists()


def test_the_leads_page_and_the_move_page_fit_a_phone(admin_page, barriers):
    (lead,) = send(1)
    page = admin_page
    page.set_viewport_size(PHONE)
    for address in (f"/admin/leads/lead/{lead.pk}/change/", f"/admin/workbench/leads/{lead.pk}/merge/?other=1"):
        page.goto(address)
        assert not is_wider_than_its_window(page), address
        assert barriers(page) == [], address
