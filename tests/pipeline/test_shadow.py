"""A shadow run decides as live routing would, compares, explains each kind of difference, and leaves no trace."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from enrichment.models import Dataset, DatasetRecord
from leads.models import Observation
from pipeline.errors import ColumnsUnclear
from pipeline.shadow.comparison import OTHER, PARKED, SAME, TURN, UNKNOWN, UNOWNED, Comparison
from pipeline.shadow.incumbent import columns_of, named_columns, owner_named, read_rows, time_of
from pipeline.shadow.run import Options, shadow
from pipeline.shadow.summary import summary
from routing.contract import Inputs
from routing.draft import draft_plan
from routing.models import Absence, Assignment, Member, Rep, Standing
from routing.selectors import active_plan
from routing.services.route_lead import route_lead
from routing.transfer.tables import read_table
from tests.routing.factories import CompanyFactory, LeadFactory, PersonFactory, RepFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HEAD = "Email,Country,Owner\n"


def run(text: str, *columns: str, **options) -> tuple[Comparison, list]:
    plan = active_plan().plan
    table = read_table(text.encode())
    found = columns_of(table.columns, plan.contract, named_columns(columns))
    rows: list = []
    reading = read_rows(table, found, plan)
    comparison = shadow(reading, plan, Options(**options), now=NOW, tell=lambda done, total: None, keep=rows.append)
    return comparison, rows


def kinds(text: str, *columns: str, **options) -> list[str]:
    return [row.kind for row in run(text, *columns, **options)[1]]


# `plan`: Germany goes to the sellers ada and ben, the rest to the desk, where cyd is.


def test_the_same_owner_agrees(plan):
    assert kinds(f"{HEAD}a@acme.de,Germany,ada@seller.example\nb@b.fr,FR,Cyd") == [SAME, SAME]


@pytest.mark.parametrize(
    ("owner", "kind"),
    [("Ben", TURN), ("cyd", OTHER), ("Somebody Else", UNKNOWN), ("", UNOWNED)],
)
def test_each_kind_of_difference_is_told_apart(plan, owner, kind):
    assert kinds(f"{HEAD}a@acme.de,Germany,{owner}") == [kind]


def test_a_lead_that_nobody_could_take_is_a_kind_of_its_own(plan):
    Member.objects.update(paused=True)
    assert kinds(f"{HEAD}a@acme.de,Germany,Ada") == [PARKED]


def test_another_queue_of_today_is_no_matter_of_turns(plan):
    assert kinds("Email,Country,Owner,Queue\na@acme.de,DE,Ben,Desk") == [OTHER]


def test_turns_are_carried_forward(plan):
    _, rows = run(f"{HEAD}a@a.de,DE,x\nb@b.de,DE,x\nc@c.de,DE,x\nd@d.de,DE,x")
    assert sorted(row.ours for row in rows) == ["Ada", "Ada", "Ben", "Ben"]


def test_it_decides_as_live_routing_would(plan):
    text = HEAD + "".join(f"p{n}@c{n}.de,DE,x\n" for n in range(9))
    _, rows = run(text)
    live = []
    for n in range(9):
        lead = LeadFactory()
        inputs = Inputs(values={"country": "DE"}, sources={})
        decision = route_lead(
            lead=lead, submission_id=UUID(int=n), inputs=inputs, active=active_plan(), now=NOW + timedelta(seconds=n)
        )
        live.append(decision.rep.name)
    assert sorted(row.ours for row in rows) == sorted(live)


def test_counts_begin_as_they_stand_or_with_none(plan):
    Standing.objects.filter(rep__key="ada").update(shortfall=-(10**12))
    text = f"{HEAD}a@a.de,DE,x"
    assert run(text)[1][0].ours == "Ben"
    Standing.objects.filter(rep__key="ben").update(shortfall=-3 * 10**12)
    assert run(text)[1][0].ours == "Ada"
    Standing.objects.update(shortfall=0)
    expected = run(text, from_present=False)[1][0].ours
    Standing.objects.filter(rep__key=expected.lower()).update(shortfall=-9 * 10**12)
    assert run(text, from_present=False)[1][0].ours == expected


def test_who_is_inactive_paused_or_absent_gets_nothing(plan):
    Rep.objects.filter(key="ada").update(active=False)
    assert run(f"{HEAD}a@a.de,DE,x\nb@b.de,DE,x")[1][1].ours == "Ben"
    Rep.objects.update(active=True)
    Absence.objects.create(rep=Rep.objects.get(key="ben"), starts_at=NOW, ends_at=NOW + timedelta(days=9))
    rows = run("Email,Country,Owner,Created\na@a.de,DE,x,2026-03-03\nb@b.de,DE,x,2026-03-04")[1]
    assert [row.ours for row in rows] == ["Ada", "Ada"]


def test_rows_are_decided_in_the_order_of_their_times(plan):
    rows = run("Email,Country,Owner,Created\na@a.de,DE,x,2026-03-04\nb@b.de,DE,x,2026-03-03")[1]
    assert [row.line for row in rows] == [3, 2]


def test_a_person_who_comes_again_keeps_the_owner(plan):
    _, rows = run(f"{HEAD}a@a.de,DE,x\nA@a.de,DE,x")
    assert rows[0].ours == rows[1].ours
    assert rows[1].reason == "existing_owner"


def test_what_is_missing_is_looked_up_in_datasets(plan):
    dataset = Dataset.objects.create(key="d", name="D", created_at=NOW)
    DatasetRecord.objects.create(dataset=dataset, domain="acme.com", attributes={"country": "DE"})
    assert run("Email,Owner\na@acme.com,x")[1][0].queue == "Sellers"


def test_the_country_is_inferred_from_the_address(plan):
    assert run("Email,Owner\na@acme.de,x")[1][0].queue == "Sellers"


def test_what_is_known_here_is_used_only_if_asked(plan):
    person = PersonFactory(email="a@acme.com", company=CompanyFactory(domain="acme.com"))
    Observation.objects.create(
        person=person, attribute="country", value="DE", source="answer", personal=False, observed_at=NOW
    )
    text = "Email,Owner\na@acme.com,x"
    assert run(text)[1][0].queue == "Desk"
    assert run(text, use_stored=True)[1][0].queue == "Sellers"


def test_what_is_known_of_a_person_is_known_by_every_address_that_was_merged(plan):
    person = PersonFactory(email="a@first.com")
    PersonFactory(email="a@acme.com", merged_into=person)
    Observation.objects.create(
        person=person, attribute="country", value="DE", source="answer", personal=False, observed_at=NOW
    )
    assert run("Email,Owner\na@acme.com,x\na@first.com,x", use_stored=True)[1][0].queue == "Sellers"


def test_differences_are_grouped_and_the_biggest_comes_first(plan):
    text = HEAD + "".join(f"p{n}@c{n}.fr,FR,Ada\n" for n in range(3)) + "x@x.de,DE,Cyd\nq@q.de,DE,Ben\nr@r.de,DE,Ben\n"
    comparison, _ = run(text)
    told = [(group.theirs, group.ours, found.count) for group, found in comparison.biggest()]
    assert told[0] == ("Sellers", "Desk", 3)
    assert {each[:2] for each in told} == {("Sellers", "Desk"), ("Desk", "Sellers"), ("Sellers", "Sellers")}


def test_each_group_is_explained_by_a_lead(plan):
    comparison, _ = run(f"{HEAD}a@a.de,DE,Cyd")
    ((_, found),) = comparison.biggest()
    assert found.example["sentences"][0] == "Today's tool chose Cyd, who is in “Desk” here."
    assert "Rule “german” applies: Country is Germany — here Germany." in found.example["sentences"]
    assert found.example["inputs"]["country"] == "DE"


def test_a_turn_is_explained_as_a_turn(plan):
    comparison, _ = run(f"{HEAD}a@a.de,DE,Ben")
    ((_, found),) = comparison.biggest()
    assert found.example["sentences"][0].endswith("who is in “Sellers” too: only whose turn it was differs.")


def test_the_result_holds_no_name_and_no_address_of_a_lead(plan):
    text = "Email,Country,Owner,Full name\njane.roe@acme.de,DE,Cyd,Jane Roe\nbroken@,DE,Cyd,Jane Roe\n"
    table = read_table(text.encode())
    columns = columns_of(table.columns, active_plan().plan.contract)
    reading = read_rows(table, columns, active_plan().plan)
    comparison, rows = run(text)
    told = json.dumps(summary(comparison, reading, columns, plan_name="plan 1", rows=rows)).lower()
    assert "jane" not in told
    assert "broken@" not in told
    assert "acme.de" in told


def test_nothing_is_written(plan):
    def counts() -> dict[str, int]:
        return {model._meta.label: model._default_manager.count() for model in apps.get_models()}

    before, standings = counts(), list(Standing.objects.order_by("pk").values())
    run(f"{HEAD}a@a.de,DE,Cyd\nb@b.fr,FR,Ada", use_stored=True)
    assert (counts(), list(Standing.objects.order_by("pk").values())) == (before, standings)
    assert not Assignment.objects.exists()


def test_no_statement_writes(plan):
    statements: list[str] = []

    def note(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        run(f"{HEAD}a@a.de,DE,Cyd\nb@b.fr,FR,Ada", use_stored=True)
    assert statements
    assert {sql.split()[0] for sql in statements} == {"SELECT"}


def test_queries_do_not_grow_with_the_rows(plan, django_assert_max_num_queries):
    text = HEAD + "".join(f"p{n}@acme.de,DE,Ada\n" for n in range(300))
    with django_assert_max_num_queries(12):
        run(text, use_stored=True)


class TestColumns:
    def test_headers_of_other_tools_are_known(self, plan):
        headers = ["Lead Owner", "Create Date", "State/Province", "Zip Code", "Number of Employees", "Website", "Fax"]
        found = columns_of(headers, active_plan().plan.contract)
        assert set(found.places) == {"owner", "time", "region", "postal_code", "employees", "company_domain"}
        assert found.unused == ["Fax"]

    def test_headers_are_compared_by_their_words_without_accents(self, plan):
        named = named_columns(["courriel prive = email"])
        found = columns_of(["Courriel privé", "Owner"], active_plan().plan.contract, named)
        assert found.used == {"email": "Courriel privé", "owner": "Owner"}

    def test_columns_may_be_named_by_hand(self, plan):
        found = columns_of(["A", "B = C"], active_plan().plan.contract, named_columns(["A = country", "B = C = owner"]))
        assert found.used == {"country": "A", "owner": "B = C"}

    @pytest.mark.parametrize("line", ["A = nonsense", "Z = owner", "owner", "= owner"])
    def test_names_that_fit_nothing_are_refused(self, plan, line):
        with pytest.raises(ColumnsUnclear):
            columns_of(["A"], active_plan().plan.contract, named_columns([line]))

    def test_a_file_without_owners_is_refused(self, plan):
        with pytest.raises(ColumnsUnclear):
            columns_of(["Email"], active_plan().plan.contract)


class TestRows:
    def read(self, text: str):
        plan = active_plan().plan
        table = read_table(text.encode())
        return read_rows(table, columns_of(table.columns, plan.contract), plan)

    def test_bad_rows_are_told_with_their_line(self, plan):
        reading = self.read("Email,Owner,Created\nno address,x,\na@a.de,x,soon\n,x,\nb@b.de,x,2026-03-01")
        assert [(bad.line, bad.why.split(";")[0]) for bad in reading.bad] == [
            (2, "this is no e-mail address"),
            (3, "the time isn't understood"),
            (4, "nothing is known of the lead"),
        ]
        assert len(reading.rows) == 1

    def test_values_become_what_routing_decides_on(self, plan):
        text = 'Country,Employees,Industry,Website,Owner\nUK,"1,200",Financial services,https://www.Acme.co.uk/a,x'
        assert self.read(text).rows[0].values == {
            "country": "GB",
            "employees": 1200,
            "industry": "financial_services",
            "company_domain": "acme.co.uk",
        }

    def test_what_is_not_understood_is_counted(self, plan):
        reading = self.read("Country,Employees,Owner\nAtlantis,10k,x\nDE,5,x")
        assert reading.unread == {"country": 1, "employees": 1}

    def test_owners_with_one_name_are_nobody_in_particular(self, plan):
        RepFactory(key="ada-2", name="Ada")
        assert owner_named("Ada", draft_plan()) is None
        assert owner_named("ada", draft_plan()) == "ada"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-03-31", "2026-03-31T00:00"),
        ("2026-03-31T10:00+02:00", "2026-03-31T08:00"),
        ("03/31/2026 2:05 PM", "2026-03-31T14:05"),
        ("31.03.2026 14:05", "2026-03-31T14:05"),
        ("yesterday", None),
        ("9999999999-01-01", None),
        ("0001-01-01T00:00+14:00", None),
        ("9999-12-31T23:59-12:00", None),
        ("1999-12-31", None),
        ("01/01/0001", None),
    ],
)
def test_times_are_read_in_usual_ways(text, told):
    found = time_of(text)
    assert (found and found.isoformat()[:16]) == told


class TestCommand:
    def call(self, tmp_path, text: str, *options: str) -> str:
        (tmp_path / "a.csv").write_text(text)
        out = StringIO()
        call_command("shadow", str(tmp_path / "a.csv"), *options, stdout=out)
        return out.getvalue()

    def test_it_tells_and_writes_the_differences(self, plan, tmp_path):
        told = self.call(tmp_path, f"{HEAD}a@a.de,DE,Cyd\nb@b.fr,FR,Cyd", "--out", str(tmp_path / "out.csv"))
        assert "The same owner: 1 of 2 (50.0 %)." in told
        assert (tmp_path / "out.csv").read_text().splitlines()[1].startswith("2,Another queue or owner,Cyd,Ada,Sellers")

    @pytest.mark.parametrize("text", ["", "%PDF-1.7\n", "x" * 140_000, '"' + "x" * 140_000 + '"', "\0"])
    def test_what_is_no_table_is_refused(self, plan, tmp_path, text):
        with pytest.raises(CommandError):
            self.call(tmp_path, text)

    @pytest.mark.parametrize("cell", ["x" * 140_000, '"' + "x" * 140_000 + '"', "a\0b"])
    def test_a_cell_that_nobody_means_is_a_bad_row(self, plan, tmp_path, cell):
        assert "0 of 0" in self.call(tmp_path, f"{HEAD}{cell},DE,Cyd\n")

    def test_it_says_what_is_wrong_with_the_file(self, plan, tmp_path):
        with pytest.raises(CommandError, match="No column says"):
            self.call(tmp_path, "Email\na@a.de\n")
