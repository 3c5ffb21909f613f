"""What is exported and imported again changes nothing, whatever people have written."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.models import Absence, Member, NamedAccount, NamedAccountList, Queue, Rep, Rule, Territory
from routing.transfer.export_rows import as_csv, as_xlsx, rows_of, template_rows
from routing.transfer.import_rows import ImportChoices, look
from routing.transfer.kinds import KINDS, guessed
from tests.routing.factories import MemberFactory, QueueFactory, RepFactory, RuleFactory, TerritoryFactory

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 9, 30, 1, 123456, tzinfo=UTC)
# What people type into a form: trimmed, and without signs that no sheet can hold.
TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn", "Co"]), max_size=30).map(
    lambda text: " ".join(text.split()).strip("\xa0\ufeff ")
)
FILES = {
    "csv": lambda kind: "".join(as_csv(rows_of(kind))).encode(),
    "xlsx": lambda kind: as_xlsx(rows_of(kind), kind.title),
}


def quiet(done: int, total: int, note: str) -> None: ...


def read_again(kind_key: str, format_: str) -> SimpleNamespace:
    kind = KINDS[kind_key]
    looked = look(kind, FILES[format_](kind), ImportChoices(), quiet)
    return SimpleNamespace(rows=len(looked.table.rows), counts=+looked.report.counts, told=looked.report.shown)


@pytest.fixture
def full() -> None:
    """Each field of each kind holds something."""
    ann, queue = RepFactory(key="ann", name="Ann"), QueueFactory(key="dach")
    accounts = NamedAccountList.objects.create(key="key", name="Key", queue=queue)
    NamedAccount.objects.create(domain="xn--bcher-kva.example", list=accounts, company_name='=A "B", C', owner=ann)
    whole = TerritoryFactory(key="whole", name="Whole", position=3)
    part = TerritoryFactory(
        key="part",
        name="-Part",
        parent=whole,
        countries=["DE", "AT"],
        regions=["US-CA"],
        postal_areas=["DE 80", "GB SW1..SW9"],
        employees_min=0,
        employees_max=10**12,
        revenue_min=1,
        revenue_max=2,
        industries=["retail"],
        condition={"use_case": {"$in": ["a;b", "c"]}},
        valid_from=START.date(),
        valid_to=START.date(),
        tie_break=-3,
        time_zone="Europe/Berlin",
        working_hours={"mon": ["09:00-12:00"]},
        owner=ann,
    )
    part.account_lists.add(accounts)
    RuleFactory(key="a", name="+A", condition={"country": "DE"}, territory=part, queue=queue, position=7)
    MemberFactory(queue=queue, rep=ann, weight=0, priority=-2, cap_day=1, cap_week=2, cap_month=3, paused=True)
    Absence.objects.create(rep=ann, starts_at=START, ends_at=START + timedelta(days=3), reason="@home")


@pytest.mark.parametrize("format_", FILES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_field_comes_back_as_it_was(full, kind, format_):
    again = read_again(kind, format_)
    assert again.counts == {"unchanged": again.rows}
    assert again.rows > 0


@pytest.mark.parametrize("domain", ["eu.acme.example", "www.acme.example", "Acme.example", "acme"])
def test_whatever_a_form_takes_for_a_domain_comes_back_and_is_not_removed(domain):
    accounts = NamedAccountList.objects.create(key="key", name="Key", owner=RepFactory())
    NamedAccount.objects.create(domain=domain, list=accounts)
    kind = KINDS["accounts"]
    looked = look(kind, FILES["csv"](kind), ImportChoices(), quiet)
    assert (+looked.report.counts, looked.report.removed) == ({"unchanged": 1}, [])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXT, min_size=1, max_size=6))
@pytest.mark.parametrize("format_", FILES)
def test_whatever_a_company_is_called_it_comes_back(format_, names):
    accounts, _ = NamedAccountList.objects.get_or_create(key="key", defaults={"name": "Key", "owner": RepFactory()})
    NamedAccount.objects.all().delete()
    NamedAccount.objects.bulk_create(
        NamedAccount(domain=f"c{i}.example", list=accounts, company_name=name) for i, name in enumerate(names)
    )
    again = read_again("accounts", format_)
    assert again.counts == {"unchanged": len(names)}, again.told


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_table_is_exported_as_its_header(kind):
    for model in (Rule, Territory, NamedAccount, Member, Absence):
        model.objects.all().delete()
    assert len(list(rows_of(KINDS[kind]))) == 1


@pytest.mark.parametrize("kind", KINDS.values())
def test_the_template_names_every_column_by_a_name_that_is_understood(kind):
    header, _ = template_rows(kind)
    assert guessed(kind, header) == {name: place for place, name in enumerate(header)}
    assert guessed(kind, [column.label for column in kind.columns]) == guessed(kind, header)


def test_exports_take_few_queries_however_many_rows(full, django_assert_max_num_queries):
    queue, rep = Queue.objects.get(), Rep.objects.get()
    Rule.objects.bulk_create(Rule(key=f"r{i}", name=f"R{i}", queue=queue) for i in range(300))
    accounts = NamedAccountList.objects.get()
    NamedAccount.objects.bulk_create(NamedAccount(domain=f"d{i}.example", list=accounts, owner=rep) for i in range(300))
    for kind in ("rules", "accounts", "territories"):
        with django_assert_max_num_queries(8):
            list(rows_of(KINDS[kind]))
