"""The forms of the working copy: no JSON to write, nothing stored that isn't right."""

import pytest
from django.urls import reverse

from routing.models import ContractInput, GoldenLead, Member, Queue, Rep, Rule, Territory
from tests.routing.factories import QueueFactory, RepFactory, RuleFactory, TerritoryFactory, queue_with

pytestmark = pytest.mark.django_db


def add(client, model: str, **given: object):
    return client.post(reverse(f"admin:routing_{model}_add"), given)


def territory(**given: object) -> dict[str, object]:
    return {"name": "South", "key": "south", "position": 0, "tie_break": 0, **given}


def test_a_territory_is_typed_in_names_lines_and_ranges(admin_client):
    given = {"countries": "Germany\nAustria", "regions": "US-CA; Oregon", "postal_areas": "de 80, DE 81..86"}
    add(admin_client, "territory", **territory(**given, industries="Retail", working_hours="Mon-Tue 9-17"))
    made = Territory.objects.get()
    assert (made.countries, made.regions, made.postal_areas) == (
        ["DE", "AT"],
        ["US-CA", "US-OR"],
        ["DE 80", "DE 81..86"],
    )
    assert (made.industries, made.working_hours) == (["retail"], {"mon": ["09:00-17:00"], "tue": ["09:00-17:00"]})
    assert made.condition == {}


def test_a_wrong_line_is_named_and_nothing_is_stored(admin_client):
    answer = add(admin_client, "territory", **territory(countries="DE\nGermny", postal_areas="80331"))
    errors = answer.context["adminform"].form.errors
    assert errors["countries"] == ["Line 2: “Germny” is not known."]
    assert errors["postal_areas"][0].startswith("Line 1: '80331' is not a postal area")
    assert not Territory.objects.exists()
    assert "Germny" in answer.content.decode()


def test_what_was_stored_is_shown_a_line_each(admin_client):
    made = TerritoryFactory(countries=["DE", "AT"], working_hours={"mon": ["09:00-17:00"]})
    form = admin_client.get(reverse("admin:routing_territory_change", args=[made.pk])).context["adminform"].form
    assert (form["countries"].value(), form["working_hours"].value()) == ("DE\nAT", "Mon 09:00-17:00")


def test_territories_say_where_with_all_their_criteria(admin_client):
    TerritoryFactory(countries=["DE"], employees_min=100, condition={"language": "de"})
    page = admin_client.get(reverse("admin:routing_territory_changelist")).content.decode()
    assert "Germany; at least 100 employees; Language is de" in page


def test_the_condition_box_names_the_address_that_builds_it(admin_client):
    page = admin_client.get(reverse("admin:routing_rule_add")).content.decode()
    assert 'data-condition-builder="/admin/workbench/conditions/preview/"' in page
    assert "foundation/workbench/condition-builder.js" in page


def rule(**given: object) -> dict[str, object]:
    return {"name": "New", "key": "new", "condition": "{}", "queue": QueueFactory(key="desk").pk, **given}


@pytest.mark.parametrize(
    ("place", "order"), [("", "a b new"), ("first", "new a b"), ("a", "a new b"), ("b", "a b new")]
)
def test_a_new_rule_is_last_or_where_one_says(admin_client, place, order):
    RuleFactory(key="a", position=0), RuleFactory(key="b", position=1)
    add(admin_client, "rule", **rule(place=place))
    assert " ".join(Rule.objects.order_by("position", "id").values_list("key", flat=True)) == order


def test_a_rule_that_is_saved_stays_where_it_is(admin_client):
    first, _ = RuleFactory(key="a", position=0), RuleFactory(key="b", position=1)
    given = rule(key="a", name="Renamed")
    admin_client.post(reverse("admin:routing_rule_change", args=[first.pk]), given)
    first.refresh_from_db()
    assert (first.name, first.position) == ("Renamed", 0)


def test_a_rule_can_be_moved_to_the_end(admin_client):
    first, _ = RuleFactory(key="a", position=0), RuleFactory(key="b", position=1)
    form = admin_client.get(reverse("admin:routing_rule_change", args=[first.pk])).context["adminform"].form
    assert form.fields["place"].widget.offered() == [("first", "First"), ("b", "Last")]
    admin_client.post(reverse("admin:routing_rule_change", args=[first.pk]), rule(key="a", place="b"))
    assert list(Rule.objects.order_by("position", "id").values_list("key", flat=True)) == ["b", "a"]


@pytest.mark.parametrize("place", ["gone", "9" * 99, "\x00"])
def test_a_place_that_there_is_none_of_is_refused(admin_client, place):
    assert add(admin_client, "rule", **rule(place=place)).context["adminform"].form.errors["place"]
    assert not Rule.objects.exists()


@pytest.mark.parametrize("name", ["Two\nlines", "Two\rlines", "Tab\there"])
def test_a_name_of_several_lines_is_refused(admin_client, name):
    assert add(admin_client, "rule", **rule(name=name)).context["adminform"].form.errors["name"]
    assert not Rule.objects.exists()


MEMBERS = {f"members-{name}": number for name, number in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))}


def queue(**given: object) -> dict[str, object]:
    numbers = {"remind_min": 0, "stagger_min": 10, "disqualify_cap_month": 0}
    return {"name": "Desk", "key": "desk", "working_hours": "ignore", **numbers, **MEMBERS, **given}


def test_what_a_queue_counts_is_ticked(admin_client):
    add(
        admin_client,
        "queue",
        **queue(counts=["owned", "test"], gives_back=["duplicate"], disqualify_reasons="student\nspam"),
    )
    made = Queue.objects.get()
    assert (made.counts, made.gives_back, made.disqualify_reasons) == (
        ["owned", "test"],
        ["duplicate"],
        ["student", "spam"],
    )


def test_nothing_else_can_be_ticked(admin_client):
    assert add(admin_client, "queue", **queue(counts=["stolen"])).context["adminform"].form.errors["counts"]


def new_rep(**given: object) -> dict[str, object]:
    rows = {f"{table}-{n}_FORMS": 0 for table in ("memberships", "absences") for n in ("TOTAL", "INITIAL")}
    return {"name": "Ada", "key": "ada", "email": "ada@seller.example", "time_zone": "UTC", **rows, **given}


def test_a_rep_has_a_zone_from_the_list_and_hours_by_day(admin_client):
    add(admin_client, "rep", **new_rep(time_zone="Europe/Berlin", working_hours="Mon-Fri 09:00-17:00"))
    made = Rep.objects.get()
    assert (made.time_zone, made.working_hours["fri"]) == ("Europe/Berlin", ["09:00-17:00"])


def test_a_rep_is_put_into_queues_where_they_are_added(admin_client):
    queue = QueueFactory()
    member = {"queue": queue.pk, "weight": 2, "priority": 0, "condition": "{}"}
    rows = {f"memberships-0-{name}": value for name, value in member.items()}
    add(admin_client, "rep", **new_rep(working_hours="{}", **{"memberships-TOTAL_FORMS": 1, **rows}))
    made = Member.objects.get()
    assert (made.rep.key, made.queue, made.weight) == ("ada", queue, 2)


def test_an_unknown_zone_is_refused_and_shown_again(admin_client):
    answer = add(admin_client, "rep", name="Ada", key="ada", email="ada@seller.example", time_zone="Mars/Base")
    assert "there is no time zone" in answer.context["adminform"].form.errors["time_zone"][0]
    assert '<option value="Mars/Base" selected>' in answer.content.decode()


def test_choices_of_an_input_are_typed_a_line_each(admin_client):
    given = {"key": "tier", "label": "Tier", "type": "string", "position": 90}
    add(admin_client, "contractinput", **given, choices="gold = Gold\nsilver = Silver", default="gold")
    made = ContractInput.objects.get(key="tier")
    assert (made.choices, made.default) == ({"gold": "Gold", "silver": "Silver"}, "gold")


def test_a_golden_lead_is_typed_input_by_input(admin_client):
    queue_with("sellers", "ada")
    given = {"name": "German", "inputs_country": "DE", "inputs_employees": "1,200", "enabled": "on"}
    add(admin_client, "goldenlead", **given, expected_queue="sellers")
    made = GoldenLead.objects.get()
    assert (made.inputs, made.expected_queue) == ({"country": "DE", "employees": 1200}, "sellers")


def test_what_a_golden_lead_expects_is_chosen_from_what_there_is(admin_client):
    queue_with("sellers", "ada"), RepFactory(key="ben")
    page = admin_client.get(reverse("admin:routing_goldenlead_add")).content.decode()
    assert '<option value="sellers">Sellers (sellers)</option>' in page
    assert '<option value="ben">Ben (ben)</option>' in page


def test_saving_a_golden_lead_unchanged_changes_nothing(admin_client):
    queue_with("sellers", "ada")
    made = GoldenLead.objects.create(name="Old", inputs={"country": "DE", "gone": 1}, expected_queue="sellers")
    address = reverse("admin:routing_goldenlead_change", args=[made.pk])
    form = admin_client.get(address).context["adminform"].form
    texts = dict(
        zip(
            [f"inputs{name}" for name in form.fields["inputs"].widget.widgets_names],
            form.fields["inputs"].widget.decompress(form["inputs"].value()),
            strict=True,
        )
    )
    admin_client.post(address, {"name": "Old", "expected_queue": "sellers", "enabled": "on", **texts})
    made.refresh_from_db()
    assert made.inputs == {"country": "DE", "gone": 1}
