"""Territories: from criteria to a condition, and which one a lead is in."""

from datetime import UTC, date, datetime, timedelta

import pytest

from conditions import parse
from routing.contract import inputs_by_hand
from routing.draft import draft_plan
from routing.engine import Chain, TraceEntry, match
from routing.models import NamedAccount, NamedAccountList
from routing.plan_document import parse_plan
from routing.services.compile_plan import working_contract
from routing.territories import Criteria, PostalAreaInvalid, parse_postal_area, territory_condition
from tests.routing.documents import plan_document
from tests.routing.factories import NOW, TerritoryFactory, queue_with


def inside(criteria: Criteria, **lead: object) -> bool:
    return parse(territory_condition(criteria)).matches(lead)


def areas(*texts: str) -> Criteria:
    return Criteria(postal_areas=tuple(map(parse_postal_area, texts)))


def test_without_criteria_everybody_is_inside():
    assert territory_condition(Criteria()) == {}
    assert inside(Criteria())


@pytest.mark.parametrize(
    ("lead", "held"),
    [
        ({"country": "DE"}, True),
        ({"country": "US", "region": "US-CA"}, True),
        ({"country": "AT", "postal_code": "6020"}, True),
        ({"country": "AT", "postal_code": "1010"}, False),
        ({"country": "US", "region": "US-NV"}, False),
        ({}, False),
    ],
)
def test_the_geography_is_a_union(lead, held):
    criteria = Criteria(countries=("DE",), regions=("US-CA",), postal_areas=(parse_postal_area("AT 6"),))
    assert inside(criteria, **lead) is held


@pytest.mark.parametrize(
    ("lead", "held"),
    [
        ({"country": "DE", "employees": 200, "industry": "retail"}, True),
        ({"country": "FR", "employees": 200, "industry": "retail"}, False),
        ({"country": "DE", "employees": 10, "industry": "retail"}, False),
        ({"country": "DE", "employees": 200, "industry": "mining"}, False),
    ],
)
def test_everything_else_narrows_it(lead, held):
    criteria = Criteria(countries=("DE",), employees=(100, 999), industries=("retail",))
    assert inside(criteria, **lead) is held


@pytest.mark.parametrize(("employees", "held"), [(99, False), (100, True), (999, True), (1000, False), (None, False)])
def test_a_range_holds_both_its_ends_and_needs_a_value(employees, held):
    lead = {} if employees is None else {"employees": employees}
    assert inside(Criteria(employees=(100, 999)), **lead) is held


def test_a_range_may_be_open():
    assert inside(Criteria(revenue=(1_000_000, None)), revenue=5_000_000_000)
    assert not inside(Criteria(revenue=(None, 1_000_000)), revenue=5_000_000_000)


def test_a_free_condition_must_hold_too():
    criteria = Criteria(countries=("DE",), condition={"language": "de"})
    assert inside(criteria, country="DE", language="de")
    assert not inside(criteria, country="DE", language="en")


@pytest.mark.parametrize(
    ("area", "country", "code", "held"),
    [
        ("DE 80", "DE", "80331", True),
        ("DE 80", "DE", "81925", False),
        ("DE 80", "FR", "80000", False),
        ("DE 80..86", "DE", "80331", True),
        ("DE 80..86", "DE", "86999", True),
        ("DE 80..86", "DE", "87435", False),
        ("DE 01", "DE", "01067", True),
        ("US 94110", "US", "94110", True),
        ("US 94110", "US", "94110-1234", True),
        ("US 94110", "US", "94111", False),
        ("US 941..943", "US", "94305", True),
        ("GB SW1A", "GB", "SW1A 1AA", True),
        ("GB SW1A", "GB", "SW1 1AA", False),
        ("GB E1", "GB", "EC1A 1BB", False),
        ("GB SW1..SW9", "GB", "SW19 5AE", True),
        ("GB SW1..SW9", "GB", "TW1 1AA", False),
        ("GB Z", "GB", "ZE1 0AA", True),
        ("CA K1A", "CA", "K1A 0B1", True),
        ("NL 1012 AB", "NL", "1012 AB", True),
    ],
)
def test_postal_codes_are_taken_by_prefix_or_range(area, country, code, held):
    assert inside(areas(area), country=country, postal_code=code) is held


def test_a_lead_without_postal_code_is_in_no_postal_area():
    assert not inside(areas("DE 80"), country="DE")


def test_a_postal_area_may_be_written_carelessly():
    assert parse_postal_area("  de   80..86 ") == parse_postal_area("DE 80..86")


@pytest.mark.parametrize("text", ["", "80", "DE", "DEU 80", "DE 80-..", "DE 80..", "DE 86..80", "DE ä", "GB SW9..SW1"])
def test_what_is_no_postal_area_is_refused_with_what_was_written(text):
    with pytest.raises(PostalAreaInvalid, match=f"^{text!r}".replace(".", r"\.")):
        parse_postal_area(text)


def test_a_territory_of_an_empty_account_list_holds_nobody():
    assert not inside(Criteria(account_domains=[]), company_domain="acme.example")


# Which one a lead is in


def decide(*territories: dict, now: datetime = NOW, **values: object) -> Chain:
    plan = parse_plan(plan_document(territories=list(territories), rules=[]))
    return match(plan, inputs_by_hand({"country": "DE", **values}, plan.contract), now)


def territory(key: str, parent: str | None = None, **fields: object) -> dict:
    return {"key": key, "name": key.upper(), "parent": parent, "condition": {}, "queue": "small", **fields}


def traced(chain: Chain) -> TraceEntry:
    return next(entry for entry in chain.trace if entry.stage == "territory")


def test_the_deepest_territory_that_holds_is_the_one():
    assert decide(territory("world"), territory("dach", "world"), territory("emea")).territory == "dach"


def test_a_territory_holds_only_where_its_ancestors_do():
    assert decide(territory("us", condition={"country": "US"}), territory("big", "us")).territory is None


def test_a_territory_without_a_target_takes_its_ancestors():
    chain = decide(territory("emea", queue="big"), territory("dach", "emea", queue=None))
    assert (chain.territory, chain.steps[0].key, chain.reason) == ("dach", "big", "territory")


def test_the_higher_tie_break_wins_and_the_trace_says_so():
    chain = decide(territory("a"), territory("b", tie_break=1))
    assert (chain.territory, traced(chain).note) == ("b", "before A by its tie-break")


def test_without_a_tie_break_the_order_decides_and_the_trace_says_so():
    chain = decide(territory("a"), territory("b"), territory("c"))
    assert (chain.territory, traced(chain).note) == ("a", "before B, C by its place in the order")


def test_a_tie_break_means_nothing_between_depths():
    assert decide(territory("a", tie_break=9), territory("b"), territory("c", "b")).territory == "c"


def test_the_trace_names_the_way_down_and_what_held():
    found = traced(decide(territory("emea"), territory("dach", "emea", condition={"country": "DE"})))
    assert (found.name, found.clauses[0]["held"]) == ("EMEA › DACH", True)


def test_a_lead_in_no_territory_is_said_so():
    assert traced(decide(territory("us", condition={"country": "US"}))).note == "the lead falls in no territory"


@pytest.mark.parametrize(
    ("day", "held"), [("2026-02-28", False), ("2026-03-01", True), ("2026-03-31", True), ("2026-04-01", False)]
)
def test_a_territory_holds_from_its_first_to_its_last_day(day, held):
    noon = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(hours=12)
    chain = decide(territory("spring", valid_from="2026-03-01", valid_to="2026-03-31"), now=noon)
    assert (chain.territory == "spring") is held


def test_days_begin_at_midnight_in_utc():
    last_minute = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
    limited = territory("spring", valid_to="2026-03-31")
    assert decide(limited, now=last_minute).territory == "spring"
    assert decide(limited, now=last_minute + timedelta(minutes=1)).territory is None


def test_below_a_territory_that_is_over_nothing_holds():
    assert decide(territory("old", valid_to="2026-01-31"), territory("child", "old")).territory is None


# From the working copy


@pytest.fixture
def desk(db):
    return queue_with("desk", "cyd", is_default=True)


def test_criteria_of_the_working_copy_become_one_condition(desk):
    TerritoryFactory(key="south", countries=["AT"], postal_areas=["DE 80..86"], employees_min=100, queue=desk)
    condition = draft_plan().territory_by_key["south"].condition
    assert condition.matches({"country": "DE", "postal_code": "80331", "employees": 100})
    assert not condition.matches({"country": "DE", "postal_code": "20095", "employees": 100})


def test_a_territory_of_named_accounts_holds_those_on_all_its_lists(desk):
    lists = [NamedAccountList.objects.create(key=key, name=key, queue=desk) for key in ("banks", "shops", "others")]
    for accounts, domain in zip(lists, ("bank.example", "shop.example", "other.example"), strict=True):
        NamedAccount.objects.create(list=accounts, domain=domain)
    TerritoryFactory(key="named", queue=desk).account_lists.set(lists[:2])
    condition = draft_plan().territory_by_key["named"].condition
    domains = ("bank.example", "shop.example", "other.example")
    assert [condition.matches({"company_domain": domain}) for domain in domains] == [True, True, False]


def test_every_criterion_is_an_input_of_the_contract(db):
    criteria = {"country", "region", "postal_code", "employees", "revenue", "industry", "company_domain"}
    assert criteria <= working_contract().by_key.keys()


@pytest.mark.parametrize("text", ["GB SW1..SW10", "DE 80..FR 86", "DE 80-86", "US 941-943", "DE 8..86"])
def test_an_area_that_would_mean_something_else_is_refused(text):
    with pytest.raises(PostalAreaInvalid):
        parse_postal_area(text)


@pytest.mark.parametrize("text", ["JP 100-0001", "PL 00-950", "BR 01001-000", "US 94110-1234", "GB SW1..SW9"])
def test_codes_with_dashes_and_letters_are_taken(text):
    assert parse_postal_area(text)
