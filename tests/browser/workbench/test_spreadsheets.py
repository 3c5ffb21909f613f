"""Carving named accounts out of a spreadsheet, and moving a Salesforce rule file in: in a browser, by keyboard too."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from foundation.jobs import run_job
from foundation.models import Job
from routing.models import NamedAccount, NamedAccountList, Queue, Rule
from tests.browser.chrome import PHONE, is_wider_than_its_window
from tests.routing.assignment_rules.rules import entry, xml_of

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]
ACCOUNTS, BAD = 5_000, 40
IMPORT = reverse("routing_pages:import")
RULES = reverse("routing_pages:import_assignment_rules")


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


def chosen(page: Page, address: str, label: str, name: str, content: bytes) -> None:
    page.goto(address)
    page.get_by_label(label, exact=True).set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})


def test_five_thousand_accounts_are_carved_from_a_sheet_with_forty_bad_rows(admin_page, key_accounts, barriers):
    chosen(admin_page, IMPORT, "File", "accounts.csv", spreadsheet())
    assert barriers(admin_page) == []
    admin_page.get_by_label("List of rows that name none").select_option("Carved accounts")
    admin_page.get_by_role("button", name="See what it would change").press("Enter")
    expect(admin_page.get_by_role("status").first).to_contain_text("4960 new, 0 changed, 0 unchanged, 40 bad")
    expect(admin_page.get_by_text("There is no rep “left@seller.example”.").first).to_be_visible()
    assert barriers(admin_page) == []
    with admin_page.expect_download() as downloading:
        admin_page.get_by_role("link", name="Download the 40 bad rows").press("Enter")
    assert downloading.value.path().read_text().count("There is no rep") == BAD
    admin_page.get_by_role("button", name="Import 4960 rows").press("Enter")
    expect(admin_page.get_by_role("heading", name="Named accounts: imported")).to_be_visible()
    assert NamedAccount.objects.filter(list=key_accounts).count() == ACCOUNTS - BAD
    assert barriers(admin_page) == []
    no_wider_than_a_phone(admin_page)


def test_a_salesforce_rule_file_is_read_helped_and_applied(admin_page, key_accounts, barriers):
    queue = Queue.objects.order_by("pk").first()
    content = xml_of(
        entry("Country equals Germany,Austria", to=queue.name),
        entry("Segment__c equals SMB", to="SMB_Team"),
        entry(to=queue.name, more="<formula>TRUE</formula>"),
    )
    chosen(admin_page, RULES, "File", "Lead.assignmentRules-meta.xml", content)
    assert barriers(admin_page) == []
    admin_page.get_by_role("button", name="See what it becomes").press("Enter")
    expect(admin_page.get_by_text("3 entries: 1 new, 0 changed, 0 unchanged, 2 left out.")).to_be_visible()
    assert barriers(admin_page) == []
    admin_page.get_by_label("Lead.Segment__c is the input").select_option("Use case")
    admin_page.get_by_label("Make queues and reps that aren't known here").press("Space")
    admin_page.get_by_role("button", name="Read it so").press("Enter")
    expect(admin_page.get_by_text("3 entries: 2 new, 0 changed, 0 unchanged, 1 left out.")).to_be_visible()
    admin_page.get_by_role("button", name="Apply to the working copy").press("Enter")
    expect(admin_page.get_by_text("2 rules are new and 0 changed in the working copy")).to_be_visible()
    assert list(Rule.objects.order_by("-position").values_list("key", flat=True)[:2]) == [
        "sf-standard-2",
        "sf-standard-1",
    ]
    no_wider_than_a_phone(admin_page)


def test_the_progress_of_a_file_is_shown_until_its_rows_are(admin_page, key_accounts, monkeypatch, barriers):
    monkeypatch.setattr("foundation.jobs.wake", lambda job_id: None)
    chosen(admin_page, IMPORT, "File", "accounts.csv", b"domain\nslow.example\n")
    admin_page.get_by_role("button", name="See what it would change").click()
    expect(admin_page.get_by_role("status").first).to_have_text("Waiting for a worker.")
    assert barriers(admin_page) == []
    run_job(job_id=Job.objects.get().pk)
    expect(admin_page.get_by_role("heading", name="Row by row")).to_be_visible()
