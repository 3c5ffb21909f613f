"""Carving named accounts out of a spreadsheet, and moving a Salesforce rule file in: in a browser, by keyboard too."""

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from foundation.jobs import run_job
from foundation.models import Job
from routing.models import NamedAccount, NamedAccountList, Queue, Rule
from tests.browser.chrome import PHONE, is_wider_than_its_window
from tests.browser.workbench.hands import MOST_LOADS, Hands, both_ways, by_mouse
from tests.routing.assignment_rules.rules import entry, xml_of

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]
ACCOUNTS, BAD = 5_000, 40
IMPORT = reverse("routing_pages:import")


@pytest.fixture
def key_accounts(example_company) -> NamedAccountList:
    return NamedAccountList.objects.create(key="carved", name="Carved accounts", queue=Queue.objects.first())


def spreadsheet() -> bytes:
    """As people keep it: semicolons, web addresses, owners of whom some have left."""
    every = ACCOUNTS // BAD
    rows = [
        f"https://www.carved-{i}.example/;Company {i};{'left@seller.example' if i % every == 0 else ''}"
        for i in range(ACCOUNTS)
    ]
    return "\n".join(["Website;Account Name;Account Owner", *rows]).encode("cp1252")


def no_wider_than_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    assert not is_wider_than_its_window(page)


def chosen(page: Page, hands: Hands, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    hands.attach(page.get_by_label("File", exact=True), path)


def do(page: Page, hands: Hands, name: str) -> None:
    hands.press(page.get_by_role("button", name=name))


@both_ways
def test_five_thousand_accounts_are_carved_from_a_sheet_with_forty_bad_rows(
    admin_page, loads, key_accounts, barriers, tmp_path, hands: Hands
):
    admin_page.goto(IMPORT)
    assert barriers(admin_page) == []
    chosen(admin_page, hands, tmp_path / "accounts.csv", spreadsheet())
    hands.choose(admin_page.get_by_label("List of rows that name none"), "Carved accounts")
    do(admin_page, hands, "See what it would change")
    expect(admin_page.get_by_role("status").first).to_contain_text("4960 new, 0 changed, 0 unchanged, 40 bad")
    expect(admin_page.get_by_text("There is no rep “left@seller.example”.").first).to_be_visible()
    assert barriers(admin_page) == []
    with admin_page.expect_download() as downloading:
        hands.press(admin_page.get_by_role("link", name="Download the 40 bad rows"))
    assert downloading.value.path().read_text().count("There is no rep") == BAD
    do(admin_page, hands, "Import 4960 rows")
    expect(admin_page.get_by_role("heading", name="Named accounts: imported")).to_be_visible()
    assert NamedAccount.objects.filter(list=key_accounts).count() == ACCOUNTS - BAD
    assert barriers(admin_page) == []
    assert len(loads) <= MOST_LOADS
    no_wider_than_a_phone(admin_page)


@both_ways
def test_a_salesforce_rule_file_is_read_helped_and_applied(
    admin_page, loads, key_accounts, barriers, tmp_path, hands: Hands
):
    queue = Queue.objects.order_by("pk").first()
    content = xml_of(
        entry("Country equals Germany,Austria", to=queue.name),
        entry("Segment__c equals SMB", to="SMB_Team"),
        entry(to=queue.name, more="<formula>TRUE</formula>"),
    )
    admin_page.goto(IMPORT)
    assert barriers(admin_page) == []
    hands.press(admin_page.get_by_role("link", name="Import lead assignment rules"))
    expect(admin_page.get_by_role("button", name="See what it becomes")).to_be_visible()
    assert barriers(admin_page) == []
    chosen(admin_page, hands, tmp_path / "Lead.assignmentRules-meta.xml", content)
    do(admin_page, hands, "See what it becomes")
    expect(admin_page.get_by_text("3 entries: 1 new, 0 changed, 0 unchanged, 2 left out.")).to_be_visible()
    assert barriers(admin_page) == []
    hands.choose(admin_page.get_by_label("Lead.Segment__c is the input"), "Use case")
    hands.press(admin_page.get_by_label("Make queues and reps that aren't known here"))
    do(admin_page, hands, "Read it so")
    expect(admin_page.get_by_text("3 entries: 2 new, 0 changed, 0 unchanged, 1 left out.")).to_be_visible()
    assert barriers(admin_page) == []
    do(admin_page, hands, "Apply to the working copy")
    expect(admin_page.get_by_text("2 rules are new and 0 changed in the working copy")).to_be_visible()
    assert barriers(admin_page) == []
    assert list(Rule.objects.order_by("-position").values_list("key", flat=True)[:2]) == [
        "sf-standard-2",
        "sf-standard-1",
    ]
    assert len(loads) <= MOST_LOADS
    no_wider_than_a_phone(admin_page)


def test_the_progress_of_a_file_is_shown_until_its_rows_are(admin_page, key_accounts, monkeypatch, barriers, tmp_path):
    monkeypatch.setattr("foundation.jobs.wake", lambda job_id: None)
    admin_page.goto(IMPORT)
    chosen(admin_page, by_mouse, tmp_path / "accounts.csv", b"domain\nslow.example\n")
    do(admin_page, by_mouse, "See what it would change")
    expect(admin_page.get_by_role("status").first).to_have_text("Waiting for a worker.")
    assert barriers(admin_page) == []
    run_job(job_id=Job.objects.get().pk)
    expect(admin_page.get_by_role("heading", name="Row by row")).to_be_visible()
