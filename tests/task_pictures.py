"""Walks through the tasks of docs/sales-ops.md on a running demo, and photographs each where it is decided.

What one task leaves behind the next finds, as in a real installation; so they come in this order.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import Browser, Page

from tests.browser.chrome import DESKTOP, PHONE
from tests.routing.assignment_rules.rules import entry, xml_of

Take = Callable[[Page, str], None]
PLAN, PUBLISH = "/admin/workbench/plan/", "/admin/workbench/publish/"


def photograph_tasks(browser: Browser, address: str, password: str, take: Take) -> None:
    page = _signed_in(browser, address, password)
    for task in (
        a_new_rep,
        a_leave,
        a_split,
        a_carving,
        a_shadowed_rule,
        a_changed_input,
        what_would_be_published,
        yesterdays_plan,
        leads_moved_back,
        a_salesforce_file,
        another_installation,
    ):
        task(page, take)
    phone = browser.new_context(viewport=PHONE, base_url=address, storage_state=page.context.storage_state()).new_page()
    phone.goto(PLAN)
    take(phone, "task-plan-phone")


def _signed_in(browser: Browser, address: str, password: str) -> Page:
    page = browser.new_context(viewport=DESKTOP, base_url=address).new_page()
    page.goto("/admin/login/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", password)
    page.click("[type=submit]")
    page.wait_for_url(f"{address}/admin/")
    return page


def _choose(page: Page, field: str, text: str) -> None:
    """From a searched list."""
    page.locator(f"{field} .select2-selection").click()
    page.keyboard.type(text)
    page.locator(".select2-results__option--highlighted", has_text=text).click()


def _open(page: Page, model: str, name: str) -> None:
    page.goto(f"/admin/routing/{model}/")
    page.get_by_role("link", name=name, exact=True).first.click()


def _upload(page: Page, label: str, name: str, content: bytes) -> None:
    page.get_by_label(label, exact=True).set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})


def a_new_rep(page: Page, take: Take) -> None:
    page.goto("/admin/routing/rep/add/")
    page.get_by_label("Name").first.fill("Nia Example")
    page.locator("#id_email").fill("nia.example@tallyfern.example")
    page.locator("a.add-row", has_text="Add another Queue").click()
    _choose(page, "#id_memberships-0-queue + .select2", "EMEA enterprise")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(f"{PLAN}?view=differences")
    page.get_by_text("Nia Example").first.wait_for()
    take(page, "task-new-rep")


def a_leave(page: Page, take: Take) -> None:
    monday = date.today() + timedelta(days=7 - date.today().weekday())
    _open(page, "rep", "Jonas Weber")
    page.locator("a.add-row", has_text="Add another Absence").click()
    for field, day in (("first_day", monday), ("last_day", monday + timedelta(days=4))):
        page.locator(f"#id_absences-0-{field}").fill(f"{day:%Y-%m-%d}")
    page.locator("#id_absences-0-reason").fill("Leave")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/admin/workbench/queues/emea-enterprise/")
    page.get_by_role("heading", name="Who is away").scroll_into_view_if_needed()
    take(page, "task-leave")


def a_split(page: Page, take: Take) -> None:
    page.goto("/admin/workbench/territories/dach/split/")
    page.get_by_label("Range to cut").fill("DE")
    page.get_by_label("The second half begins at").fill("5")
    page.get_by_label("First half: name").fill("North Germany")
    page.get_by_label("Second half: name").fill("South Germany")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Split DACH").wait_for()
    take(page, "task-split")
    page.get_by_role("button", name="Split DACH").click()


def a_carving(page: Page, take: Take) -> None:
    owners = dict.fromkeys(range(0, 5000, 125), "left@seller.example")
    rows = [f"https://www.carved-{i}.example/;Company {i};{owners.get(i, '')}" for i in range(5000)]
    page.goto("/admin/workbench/import/")
    _upload(page, "File", "accounts.csv", "\n".join(["Website;Account Name;Account Owner", *rows]).encode())
    page.get_by_label("List of rows that name none").select_option(index=1)
    page.get_by_role("button", name="See what it would change").click()
    page.get_by_text("4960 new").wait_for(timeout=120_000)
    take(page, "task-carve")


def a_shadowed_rule(page: Page, take: Take) -> None:
    page.goto(PLAN)
    page.get_by_role("link", name="Add rule after this (EMEA small business)", exact=True).click()
    page.get_by_label("Name").first.fill("Everyone else")
    _choose(page, "#id_queue + .select2", "EMEA enterprise")
    take(page, "task-condition")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(PLAN)
    page.locator(".plan-finding", has_text="“Everyone else” of EMEA never decides").first.wait_for(timeout=120_000)
    take(page, "task-shadowed")


def a_changed_input(page: Page, take: Take) -> None:
    page.goto("/admin/workbench/try/?in-country=DE&in-employees=800")
    page.locator("#answer").scroll_into_view_if_needed()
    take(page, "task-try")


def what_would_be_published(page: Page, take: Take) -> None:
    page.goto(PUBLISH)
    page.get_by_text(
        re.compile("would have come out otherwise|would have gone otherwise|come out the same")
    ).first.wait_for(timeout=120_000)
    take(page, "task-publish")
    page.get_by_label("What changes, and why").fill("Nia joins; Germany in two halves")
    page.get_by_role("button", name="Publish", exact=True).click()


def yesterdays_plan(page: Page, take: Take) -> None:
    page.goto(PUBLISH)
    page.get_by_role("link", name="Roll back to plan 1").click()
    page.get_by_role("button", name="Put Plan 1 back").wait_for()
    page.wait_for_timeout(3000)
    take(page, "task-roll-back")


def leads_moved_back(page: Page, take: Take) -> None:
    page.goto("/admin/leads/lead/")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("move_many")
    page.get_by_role("button", name="Run").or_(page.get_by_role("button", name="Go")).first.click()
    page.get_by_label("To a queue, each to the next in turn").check()
    page.get_by_label("Queue", exact=True).select_option("amer-small-business")
    page.get_by_role("button", name="Show who would have how many").click()
    page.get_by_role("heading", name=re.compile("leads would move")).wait_for()
    take(page, "task-move")


def a_salesforce_file(page: Page, take: Take) -> None:
    content = xml_of(
        entry("Country equals Germany,Austria", "NumberOfEmployees greaterOrEqual 200", to="EMEA enterprise"),
        entry("Segment__c equals SMB", to="SMB_Team"),
        entry(to="Inbound desk", more="<formula>ISPICKVAL(Rating, 'Hot')</formula>"),
    )
    page.goto("/admin/workbench/import-assignment-rules/")
    _upload(page, "File", "Lead.assignmentRules-meta.xml", content)
    page.get_by_role("button", name="See what it becomes").click()
    page.get_by_text(re.compile("3 entries")).wait_for()
    take(page, "task-salesforce")


def another_installation(page: Page, take: Take) -> None:
    page.goto("/admin/workbench/configuration/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the configuration").click()
    text = (
        download.value.path().read_text().replace("maya-torres:\n        weight: 2", "maya-torres:\n        weight: 5")
    )
    _upload(page, "File", "trial.yaml", text.encode())
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_text("weight: 2 → 5").wait_for()
    take(page, "task-configuration")
