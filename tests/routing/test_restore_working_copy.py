"""After a roll-back the working copy can be made equal to the plan that is back."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User

from foundation.models import AuditEntry
from routing.errors import RestoreRefused
from routing.models import (
    Absence,
    AlertRule,
    ContractInput,
    Member,
    NamedAccount,
    NamedAccountList,
    Plan,
    Queue,
    Rep,
    Rule,
    Territory,
)
from routing.models.draft import DraftRevision
from routing.plan_document import plan_hash
from routing.services.compile_plan import compile_plan
from routing.services.publish_plan import has_unpublished_changes, publish_plan
from routing.services.restore_working_copy import restore_working_copy
from tests.routing.factories import (
    NOW,
    LeadFactory,
    MemberFactory,
    QueueFactory,
    RepFactory,
    RuleFactory,
    TerritoryFactory,
    queue_with,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    """All that a plan can hold."""
    desk = queue_with("desk", "cyd", is_default=True)
    sellers = queue_with("sellers", "ada", "ben", fallback=desk, manager=Rep.objects.get(key="cyd"), shared_count="all")
    Member.objects.filter(rep__key="ada").update(cap_day=4, priority=2, condition={"country": "DE"})
    accounts = NamedAccountList.objects.create(key="named", name="Named", queue=sellers)
    NamedAccount.objects.create(list=accounts, domain="acme.example", owner=Rep.objects.get(key="ada"))
    NamedAccount.objects.create(list=accounts, domain="zeta.example", company_name="Zeta")
    emea = TerritoryFactory(key="emea", countries=["DE", "FR"], position=1)
    dach = TerritoryFactory(
        key="dach", parent=emea, postal_areas=["DE 80..86"], position=2, tie_break=3, valid_from=date(2026, 1, 1)
    )
    TerritoryFactory(key="named", position=3).account_lists.add(accounts)
    RuleFactory(
        key="big", condition={"employees": {"$exists": True, "$gte": 200}}, territory=dach, queue=sellers, position=1
    )
    RuleFactory(key="all", condition={}, queue=None, owner=Rep.objects.get(key="cyd"), position=2)
    return publish_plan(now=NOW)


def restored_hash(plan: Plan) -> str:
    restore_working_copy(plan=plan, now=NOW)
    return plan_hash(compile_plan())


def test_what_is_equal_already_is_left_alone(plan):
    before = Rule.history.count() + Queue.history.count() + Territory.history.count() + Rep.history.count()
    result = restore_working_copy(plan=plan, now=NOW)
    assert (result.added, result.changed, result.removed) == (0, 0, 0)
    assert Rule.history.count() + Queue.history.count() + Territory.history.count() + Rep.history.count() == before


def test_all_is_one_revision_of_the_draft(plan, django_assert_max_num_queries):
    rules = [RuleFactory(queue=Queue.objects.get(key="desk"), position=number) for number in range(3, 33)]
    later = publish_plan(now=NOW)
    Rule.objects.filter(pk__in=[rule.pk for rule in rules]).update(name="Renamed")
    before = DraftRevision.objects.get().number
    with django_assert_max_num_queries(130):
        assert restore_working_copy(plan=later, now=NOW).changed == 30
    assert DraftRevision.objects.get().number == before + 1


def test_alert_rules_of_what_goes_are_named(plan):
    south = TerritoryFactory(key="south", condition={"country": "IT"})
    for name, watched in (("South", {"territory": south}), ("New", {"queue": queue_with("new", "eve")}), ("All", {})):
        AlertRule.objects.create(key=name.lower(), name=name, kind="parked", **watched)
    restored = restore_working_copy(plan=plan, now=NOW)
    assert restored.alert_rules == ("New", "South")
    assert not AlertRule.objects.filter(name__in=restored.alert_rules).exists()
    assert AuditEntry.objects.get(action="working copy restored").changes["alert rules"] == [["New", "South"], []]


def change_a_little() -> None:
    Rule.objects.filter(key="big").update(name="Large", position=9, territory=None)
    Queue.objects.filter(key="sellers").update(fallback=None, manager=None, counts=["test"])
    Member.objects.filter(rep__key="ada").update(weight=7, cap_day=None, condition={})
    ContractInput.objects.filter(key="employees").update(default=5, position=99)
    Territory.objects.filter(key="dach").update(parent=None, valid_from=None, tie_break=0, position=0)
    NamedAccount.objects.filter(domain="acme.example").update(owner=None, company_name="Acme")
    Rep.objects.filter(key="ben").update(name="Benjamin", time_zone="Europe/Berlin")


def remove_much() -> None:
    Rule.objects.all().delete()
    NamedAccount.objects.all().delete()
    Territory.objects.filter(key="dach").delete()
    Territory.objects.filter(key="named").delete()
    NamedAccountList.objects.all().delete()
    Queue.objects.filter(key="sellers").delete()
    ContractInput.objects.filter(key="employees").delete()


def add_much() -> None:
    extra = QueueFactory(key="extra", fallback=Queue.objects.get(key="desk"))
    Queue.objects.filter(key="sellers").update(fallback=extra)
    MemberFactory(queue=extra, rep=Rep.objects.get(key="ada"))
    MemberFactory(queue=Queue.objects.get(key="desk"), rep=Rep.objects.get(key="ada"))
    parent = TerritoryFactory(key="world", queue=extra)
    Territory.objects.filter(key="emea").update(parent=parent)
    RuleFactory(key="first", queue=extra, territory=TerritoryFactory(key="part", parent=parent), condition={})
    more = NamedAccountList.objects.create(key="more", name="More", queue=extra)
    NamedAccount.objects.create(list=more, domain="new.example")
    NamedAccount.objects.filter(domain="zeta.example").update(list=more)
    ContractInput.objects.create(key="tier", label="Tier", type="string")


def another_default() -> None:
    Queue.objects.filter(key="desk").update(is_default=False)
    Queue.objects.filter(key="sellers").update(is_default=True, fallback=None)


@pytest.mark.parametrize("change", [change_a_little, remove_much, add_much, another_default])
def test_whatever_was_changed_the_working_copy_is_the_plan_again(plan, change):
    change()
    assert has_unpublished_changes()
    assert restored_hash(plan) == plan.hash
    assert not has_unpublished_changes()


def test_criteria_stay_where_they_come_to_the_same(plan):
    Territory.objects.filter(key="emea").update(name="Renamed")
    restore_working_copy(plan=plan, now=NOW)
    emea, named = Territory.objects.get(key="emea"), Territory.objects.get(key="named")
    assert (emea.countries, emea.condition) == (["DE", "FR"], {})
    assert [each.key for each in named.account_lists.all()] == ["named"]


def test_criteria_that_have_changed_become_one_condition(plan):
    Territory.objects.filter(key="emea").update(countries=["DE"], employees_min=5)
    restore_working_copy(plan=plan, now=NOW)
    emea = Territory.objects.get(key="emea")
    assert (emea.countries, emea.employees_min) == ([], None)
    assert emea.condition == {"country": {"$in": ["DE", "FR"]}}


def test_rows_are_kept_with_what_no_plan_holds(plan):
    user = User.objects.create_user("ada")
    Rep.objects.filter(key="ada").update(user=user, active=False, name="Changed")
    Absence.objects.create(rep=Rep.objects.get(key="ada"), starts_at=NOW, ends_at=NOW + timedelta(days=1))
    Member.objects.filter(rep__key="ben").update(paused=True, weight=9)
    ids = dict(Rep.objects.values_list("key", "pk")), dict(Rule.objects.values_list("key", "pk"))
    restore_working_copy(plan=plan, now=NOW)
    ada = Rep.objects.get(key="ada")
    assert (ada.user, ada.active, ada.name, ada.absences.count()) == (user, False, "Ada", 1)
    assert Member.objects.get(rep__key="ben").paused
    assert ids == (dict(Rep.objects.values_list("key", "pk")), dict(Rule.objects.values_list("key", "pk")))


def test_who_joined_since_stays_as_a_member_of_nothing(plan):
    MemberFactory(queue=Queue.objects.get(key="desk"), rep=RepFactory(key="dan"))
    assert restore_working_copy(plan=plan, now=NOW).staying == ("Dan",)
    assert Rep.objects.filter(key="dan", active=True).exists()
    assert not Member.objects.filter(rep__key="dan").exists()


def test_who_was_deleted_is_back_but_inactive(plan):
    Member.objects.filter(rep__key="ben").delete()
    Rep.objects.filter(key="ben").delete()
    assert restore_working_copy(plan=plan, now=NOW).back == ("Ben",)
    assert not Rep.objects.get(key="ben").active


def test_addresses_that_were_swapped_are_swapped_back(plan):
    Rep.objects.filter(key="ada").update(email="x@seller.example")
    Rep.objects.filter(key="ben").update(email="ada@seller.example")
    Rep.objects.filter(key="ada").update(email="ben@seller.example")
    assert restored_hash(plan) == plan.hash


def test_an_address_that_somebody_else_has_by_now_changes_nothing(plan):
    Rep.objects.filter(key="ada").update(email="x@seller.example")
    RepFactory(key="new", email="ada@seller.example")
    Rule.objects.filter(key="big").update(name="Large")
    with pytest.raises(RestoreRefused, match="e-mail"):
        restore_working_copy(plan=plan, now=NOW)
    assert Rule.objects.get(key="big").name == "Large"


def test_leads_and_plans_stay_as_they_are(plan):
    LeadFactory()
    Rule.objects.filter(key="big").update(name="Large")
    second = publish_plan(now=NOW)
    restore_working_copy(plan=plan, now=NOW)
    assert list(Plan.objects.filter(is_active=True)) == [second]
    assert has_unpublished_changes()
