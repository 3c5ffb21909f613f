"""Shadow's page: a file becomes a job, its result says how often both agree and why they differ."""

from io import BytesIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from foundation.jobs import run_job
from foundation.models import Job
from foundation.roles import Role
from routing.models import Assignment

pytestmark = pytest.mark.django_db
PAGE = reverse("pipeline_pages:shadow")
TEXT = "Email,Country,Owner\na@a.de,DE,=Cyd\nb@b.fr,FR,Cyd\nnone,FR,Cyd\n"


def signed_in(role: Role) -> Client:
    user = User.objects.create_user(role.name.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ops(plan) -> Client:
    return signed_in(Role.SALES_OPS)


def begin(client: Client, text: str | bytes = TEXT, **more):
    content = text.encode() if isinstance(text, str) else text
    given = {"plan": "active", "starts": "present", "columns": "", **more}
    return client.post(PAGE, {"file": SimpleUploadedFile("export.csv", content), **given})


def finished(client: Client, **more) -> Job:
    begin(client, **more)
    job = Job.objects.get()
    assert run_job(job_id=job.pk)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST, Role.REP])
def test_others_than_sales_ops_are_refused(plan, role):
    client = signed_in(role)
    assert client.get(PAGE).status_code == 403
    assert begin(client).status_code == 403


def test_a_file_becomes_a_job_whose_page_shows_the_result(ops):
    job = finished(ops)
    told = ops.get(reverse("foundation_pages:job", args=[job.pk])).content.decode()
    assert "2 leads decided with plan 1" in told
    assert "Line 4: this is no e-mail address." in told
    assert "=Cyd: 1 lead" in told


def test_the_file_is_gone_and_no_lead_came(ops):
    job = finished(ops)
    assert (job.file, Assignment.objects.count()) == (None, 0)


def test_differences_download_without_formulas(ops):
    job = finished(ops)
    told = ops.get(reverse("pipeline_pages:shadow_differences", args=[job.pk])).content.decode()
    assert told.splitlines()[1].split(",")[2] == "'=Cyd"


def test_the_draft_may_decide(ops):
    assert finished(ops, plan="draft").result["plan"] == "the draft"


def test_columns_may_be_named(ops):
    job = finished(ops, text=TEXT.replace("Owner", "Whom"), columns="Whom = owner")
    assert job.result["leads"] == 2


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("", {}),
        ("Email\na@a.de\n", {}),
        (TEXT, {"columns": "nonsense"}),
        (TEXT, {"plan": "other"}),
        (TEXT, {"columns": "Owner = nothing"}),
        (b"PK\x03\x04broken", {}),
    ],
)
def test_what_can_not_be_read_is_told_at_once(ops, text, more):
    assert begin(ops, text, **more).status_code == 422
    assert not Job.objects.exists()


def test_the_request_reads_no_rows(ops, monkeypatch):
    monkeypatch.setattr("routing.transfer.tables._table", lambda *given: pytest.fail("read"))
    assert begin(ops).status_code == 302


def test_a_large_workbook_is_told_of_by_the_job(ops, monkeypatch):
    monkeypatch.setattr("routing.transfer.tables.GLANCE", 0)
    book, out = Workbook(), BytesIO()
    book.active.append(["Email"])
    book.save(out)
    job = finished(ops, text=out.getvalue())
    assert (job.state, job.error[:14]) == ("failed", "No column says")


def test_without_a_plan_it_says_so(db):
    response = begin(signed_in(Role.SALES_OPS))
    assert "No routing plan has been published yet." in response.content.decode()


def test_differences_of_what_is_no_shadow_run_are_not_found(ops):
    missing = reverse("pipeline_pages:shadow_differences", args=["00000000-0000-0000-0000-000000000000"])
    assert ops.get(missing).status_code == 404


def test_the_page_asks_for_little(ops, django_assert_max_num_queries):
    finished(ops)
    with django_assert_max_num_queries(20):
        assert "export.csv" in ops.get(PAGE).content.decode()
