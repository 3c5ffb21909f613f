"""The pages of spreadsheets in and out: who may, what is told, and that nothing hostile breaks them."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from foundation.jobs import run_job
from foundation.models import AuditEntry, Job
from foundation.roles import Role
from routing.models import ImportFile, NamedAccount, NamedAccountList
from tests.routing.factories import RepFactory, RuleFactory, queue_with

pytestmark = pytest.mark.django_db
IMPORT = reverse("routing_pages:import")


@pytest.fixture
def sign_in(client, django_user_model):
    def as_role(role: Role):
        user = django_user_model.objects.create_user(role.name, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return client

    return as_role


@pytest.fixture
def ops(sign_in):
    queue = queue_with("dach", "ann")
    NamedAccountList.objects.create(key="key", name="Key accounts", queue=queue)
    return sign_in(Role.SALES_OPS)


def upload(client, text: str | bytes, **more):
    content = text if isinstance(text, bytes) else text.encode()
    data = {"kind": "accounts", "list": "key", "file": SimpleUploadedFile("a.csv", content), **more}
    return client.post(IMPORT, data)


def checked(client, text: str | bytes, **more) -> str:
    """The address of the page that shows what the file would change."""
    address = upload(client, text, **more)["Location"]
    run_all()
    return address


def run_all() -> None:
    for job in Job.objects.filter(ended_at=None):
        run_job(job_id=job.pk)


def digest() -> str:
    return Job.objects.order_by("-created_at").first().result["digest"]


def test_a_file_is_shown_then_applied(ops):
    address = checked(ops, "domain,owner\na.example,ann\nb.example,nobody\n")
    page = ops.get(address).content.decode()
    assert "2 rows: 1 new, 0 changed, 0 unchanged, 1 bad" in page
    assert "There is no rep “nobody”." in page
    ops.post(f"{address}apply/", {"digest": digest()})
    run_all()
    assert "1 new, 0 changed, 0 unchanged, 1 bad left out." in ops.get(address).content.decode()
    assert NamedAccount.objects.get().domain == "a.example"


def test_each_kind_of_row_has_its_own_page(ops):
    address = checked(ops, "domain\n" + "".join(f"a{i}.example\n" for i in range(60)))
    assert "a59.example" not in ops.get(f"{address}?show=new").content.decode()
    assert "a59.example" in ops.get(f"{address}?show=new&page=2").content.decode()
    assert ops.get(f"{address}?show=nonsense&page=-1").status_code == 200


def test_unknown_columns_are_asked_for_and_mapped(ops):
    address = checked(ops, "A,B\na.example,x\n")
    assert "No column is recognised as Domain" in ops.get(address).content.decode()
    ops.post(f"{address}check/", {"column-0": "domain", "list": "key"})
    run_all()
    assert "1 new" in ops.get(address).content.decode()


def test_two_columns_cannot_be_the_same(ops):
    address = checked(ops, "A,B\na.example,x\n")
    page = ops.post(f"{address}check/", {"column-0": "domain", "column-1": "domain"}, follow=True)
    assert "Two columns can&#x27;t both be Domain." in page.content.decode()


def test_an_application_that_is_refused_says_so_above_the_check(ops):
    address = checked(ops, "domain\na.example\nnonsense\n")
    ops.post(f"{address}apply/", {"digest": digest(), "only_if_good": "on"})
    run_all()
    assert "Not imported. Bad rows: 1;" in ops.get(address).content.decode()


@pytest.mark.parametrize("sent", ["", "x", "a\x00", "0" * 64])
def test_a_digest_that_fits_nothing_applies_nothing(ops, sent):
    address = checked(ops, "domain\na.example\n")
    ops.post(f"{address}apply/", {"digest": sent})
    run_all()
    assert "has changed since the file was checked" in ops.get(address).content.decode()
    assert not NamedAccount.objects.exists()


def test_a_file_is_applied_once(ops):
    address = checked(ops, "domain\na.example\n")
    ops.post(f"{address}apply/", {"digest": digest()})
    run_all()
    page = ops.post(f"{address}apply/", {"digest": "x"}, follow=True)
    assert "imported already" in page.content.decode()


def test_bad_rows_are_downloaded_as_csv(ops):
    address = checked(ops, "domain\na.example\n=1+1\n")
    got = ops.get(f"{address}bad-rows/")
    assert got["Content-Type"].startswith("text/csv")
    assert "'=1+1," in got.content.decode("utf-8-sig")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"kind": "nonsense"}, "Choose what the file holds."),
        ({"file": ""}, "Choose a file."),
        ({"file": SimpleUploadedFile("a.csv", b"\n")}, "The file is empty."),
        ({"list": "nope"}, "Choose a list that is there."),
        ({"list": "a\x00b"}, "Choose a list that is there."),
        ({"file": SimpleUploadedFile("a.csv", b"a" * (20 * 1024 * 1024 + 1))}, "larger than 20 MB"),
    ],
)
def test_what_cannot_be_begun_is_told_in_the_form(ops, more, words):
    page = upload(ops, "domain\n", **more)
    assert page.status_code == 422
    assert words in page.content.decode()
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize("content", [b"PK\x03\x04nonsense", b"\x00\x01\x02", b'"', b"\xff\xfe", b"a\x00\nb"])
def test_hostile_files_are_told_and_store_nothing(ops, content):
    address = upload(ops, content)["Location"]
    run_all()
    assert ops.get(address).status_code == 200
    assert not NamedAccount.objects.exists()


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST, Role.REP])
def test_only_who_may_edit_the_working_copy_imports(ops, sign_in, role):
    address = checked(ops, "domain\na.example\n")
    client = sign_in(role)
    assert upload(client, "domain\na.example\n").status_code == 403
    assert client.get(address).status_code in (403, 404)
    for action in ("check", "apply"):
        assert client.post(f"{address}{action}/", {"digest": digest()}).status_code in (403, 404)
    assert client.get(f"{address}bad-rows/").status_code in (403, 404)


def test_who_may_only_see_exports_but_is_offered_no_form(sign_in):
    client = sign_in(Role.ANALYST)
    page = client.get(IMPORT).content.decode()
    assert "Choose a file" not in page
    assert "accounts.xlsx" in page


def test_who_is_not_signed_in_is_sent_to_sign_in(client):
    assert client.get(IMPORT).status_code == 302
    assert client.get(reverse("routing_pages:export", args=["rules", "csv"])).status_code == 302


@pytest.mark.parametrize("address", ["", "check/", "apply/", "bad-rows/"])
def test_files_that_are_not_there_are_not_found(ops, address):
    base = f"{IMPORT}{uuid4()}/"
    answer = ops.get(base + address) if address in ("", "bad-rows/") else ops.post(base + address)
    assert answer.status_code == 404


def test_a_change_needs_a_post(ops):
    address = checked(ops, "domain\na.example\n")
    assert ops.get(f"{address}apply/").status_code == 405


def test_the_page_shows_what_new_rows_hold_and_which_encoding_was_guessed(ops):
    address = checked(ops, b"domain,company_name\na.example,K\xf6ln\n")
    page = ops.get(f"{address}?show=new").content.decode()
    assert "read as Windows-1252" in page
    assert "<strong>Company name</strong>: Köln" in page


def test_the_page_of_a_check_takes_few_queries_however_many_rows(ops, django_assert_max_num_queries):
    address = checked(ops, "domain\n" + "".join(f"a{i}.example\n" for i in range(500)))
    with django_assert_max_num_queries(12):
        ops.get(f"{address}?show=new")


def test_the_template_is_a_file_that_can_be_imported(ops):
    RepFactory(key="ann-2")
    text = ops.get(reverse("routing_pages:import_template", args=["accounts"])).content.decode()
    assert text.splitlines()[0] == "\ufeffdomain,company_name,list,owner"


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_rows_are_exported(ops, format_):
    RuleFactory(key="big", name="=cmd()", queue__key="q")
    got = ops.get(reverse("routing_pages:export", args=["rules", format_]))
    content = got.getvalue()
    assert f'filename="rules.{format_}"' in got["Content-Disposition"]
    assert (b"'=cmd()" in content) is (format_ == "csv")


def test_who_took_rows_out_is_audited(ops):
    rules = [RuleFactory(key=key) for key in ("a", "b")]
    ops.get(reverse("routing_pages:export", args=["rules", "xlsx"]))
    ops.post(reverse("admin:routing_rule_changelist"), {"action": "export_as_csv", "_selected_action": [rules[0].pk]})
    entries = AuditEntry.objects.filter(action="exported").order_by("id")
    assert [(entry.kind, entry.note) for entry in entries] == [
        ("routing.rule", "2 rows as XLSX"),
        ("routing.rule", "1 row as CSV"),
    ]
    assert all(entry.who for entry in entries)


@pytest.mark.parametrize("address", ["nonsense.csv", "rules.pdf"])
def test_there_is_nothing_else_to_export(ops, address):
    assert ops.get(f"/admin/workbench/export/{address}").status_code == 404


@pytest.mark.parametrize("action", ["export_as_csv", "export_as_xlsx"])
def test_chosen_rows_of_a_list_are_exported(ops, action):
    kept, _ = RuleFactory(key="kept"), RuleFactory(key="left")
    got = ops.post(reverse("admin:routing_rule_changelist"), {"action": action, "_selected_action": [kept.pk]})
    content = got.getvalue()
    if action == "export_as_csv":
        assert b"kept," in content
        assert b"left," not in content
    else:
        assert content.startswith(b"PK")


def test_all_rows_of_a_list_are_exported_when_all_are_chosen(ops):
    rules = [RuleFactory(key=f"r{i}") for i in range(3)]
    sent = {"action": "export_as_csv", "_selected_action": [rules[0].pk], "select_across": "1", "index": "0"}
    got = ops.post(reverse("admin:routing_rule_changelist"), sent)
    assert len(got.getvalue().decode().splitlines()) == 4


def test_lists_lead_to_the_import_of_their_kind(ops):
    page = ops.get(f"{IMPORT}?kind=rules").content.decode()
    assert '<option value="rules" selected>' in page
