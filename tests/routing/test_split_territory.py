"""A territory is split in two along postal codes."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from conditions import parse
from foundation.models import AuditEntry
from foundation.roles import Role
from routing.draft import draft_plan
from routing.models import Queue, Territory
from routing.services.publish_plan import publish_plan
from routing.splitting import SplitInvalid, Tally, cut, overlap, parse_areas, tally
from tests.routing.clocked import WEEK, send
from tests.routing.factories import NOW, TerritoryFactory, queue_with


def areas(text: str):
    return parse_areas(text)


# Cutting


@pytest.mark.parametrize(
    ("area", "at", "halves"),
    [
        ("DE 80..86", "83", ("DE 80..82", "DE 83..86")),
        ("de 80..86", "8350", ("DE 8000..8349", "DE 8350..8699")),
        ("DE 8", "85", ("DE 80..84", "DE 85..89")),
        ("DE", "5", ("DE 0..4", "DE 5..9")),
        ("US 94110..94119", "94115", ("US 94110..94114", "US 94115..94119")),
        ("FR 00..09", "01", ("FR 00", "FR 01..09")),
        ("SE", "123", ("SE 000..122", "SE 123..999")),
        ("PL 00..99", "50", ("PL 00..49", "PL 50..99")),
    ],
)
def test_a_range_is_cut_at_a_code(area, at, halves):
    assert tuple(map(str, cut(area, at))) == halves


@pytest.mark.parametrize(
    ("area", "at", "why"),
    [
        ("DE 80..86", "80", "doesn't cut"),
        ("DE 80..86", "87", "doesn't cut"),
        ("DE 80..86", "", "Only postal codes of digits"),
        ("GB SW1..SW9", "SW5", "Only postal codes of digits"),
        ("DE 80..86", "٨٣", "Only postal codes of digits"),
        ("nowhere", "1", "or a country such as DE"),
        ("SE", "12350", "SE can be cut within their first 3 digits"),
        ("SE 123 00..123 99", "123 50", "SE can be cut within their first 3 digits"),
        ("US", "941101234", "US can be cut within their first 5 digits"),
        ("DE", "1" * 13, "DE can be cut within their first 12 digits"),
    ],
)
def test_what_cannot_be_cut_is_refused_with_words(area, at, why):
    with pytest.raises(SplitInvalid, match=why):
        cut(area, at)


CODES = st.integers(0, 99999).map(lambda number: f"{number:05}")


@given(st.integers(10, 98), st.integers(10, 98), st.integers(0, 9999), CODES)
def test_each_code_of_a_cut_range_is_in_one_half(one, other, point, code):
    low, high = sorted((one, other))
    try:
        halves = cut(f"DE {low}..{high}", str(point))
    except SplitInvalid:
        return
    inside = low <= int(code[:2]) <= high
    held = [parse(half.condition()).matches({"country": "DE", "postal_code": code}) for half in halves]
    assert sum(held) == inside
    assert overlap(halves[:1], halves[1:]) is None


@pytest.mark.parametrize("code", ["123 60", "12360"])
def test_however_a_code_is_written_it_is_in_the_same_half(code):
    first, second = cut("SE", "123")
    assert tally([first], [second], [("SE", code, 1)]) == Tally(0, 1, 0, 0)


def test_areas_are_pasted_in_lines_or_with_commas():
    assert [str(area) for area in areas("DE 80\nDE 81..86, at 10;DE 80")] == ["DE 80", "DE 81..86", "AT 10"]


def test_a_line_that_is_no_area_is_named():
    with pytest.raises(SplitInvalid, match="Line 2: 'nowhere at all'"):
        areas("DE 80\nnowhere at all")


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("DE 80..82", "DE 83..86", False),
        ("DE 80..83", "DE 83..86", True),
        ("DE 8", "DE 83", True),
        ("DE 83", "AT 83", False),
        ("DE 1, DE 80..89", "DE 20..30, DE 85", True),
    ],
)
def test_halves_that_share_codes_are_found(one, other, shared):
    assert (overlap(areas(one), areas(other)) is not None) is shared
    assert (overlap(areas(other), areas(one)) is not None) is shared


def test_past_leads_are_counted_by_half():
    leads = [("DE", "80331", 3), ("DE", "85000", 2), ("AT", "80331", 1), ("DE", None, 4), ("DE", 80331, 1)]
    assert tally(areas("DE 80..82"), areas("DE 83..86"), leads) == Tally(3, 2, 2, 4)


# The page

FORM = {
    "how": "cut",
    "area": "DE 80..86",
    "at": "83",
    "first_name": "Munich west",
    "second_name": "Munich east",
}


@pytest.fixture
def munich(db) -> Territory:
    queue = queue_with("desk", "cyd", is_default=True)
    territory = TerritoryFactory(key="munich", name="Munich", postal_areas=["DE 80..86"], queue=queue)
    publish_plan(now=NOW)
    return territory


def client_of(role: Role) -> Client:
    user = User.objects.create_user(f"some {role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ops(db) -> Client:
    return client_of(Role.SALES_OPS)


PAGE = "/admin/workbench/territories/munich/split/"


def post(client: Client, do: str = "split", **changes: object):
    return client.post(PAGE, {**FORM, "do": do, **changes}, follow=True)


def test_the_form_offers_the_territorys_range(ops, munich):
    assert 'value="DE 80..86"' in ops.get(PAGE).content.decode()


def test_a_preview_counts_past_leads_and_makes_nothing(ops, munich):
    for code in ("80331", "85000", "85001", None):
        send(timezone.now(), values={"country": "DE", **({"postal_code": code} if code else {})})
    shown = post(ops, do="preview")
    assert shown.context["tally"] == Tally(first=1, second=2, neither=0, unknown=0)
    assert Territory.objects.count() == 1


def test_splitting_makes_two_territories_within_it(ops, munich):
    big = queue_with("big", "ada")
    answer = post(ops, second_queue=big.pk)
    assert "Munich is split into Munich west and Munich east" in answer.content.decode()
    found = {
        each.key: (each.parent.key, each.postal_areas, each.queue) for each in Territory.objects.filter(parent=munich)
    }
    assert found["munich-west"] == ("munich", ["DE 80..82"], None)
    assert found["munich-east"] == ("munich", ["DE 83..86"], big)
    assert AuditEntry.objects.get(action="split").label == "Munich"
    assert {"munich-west", "munich-east"} <= draft_plan().territory_by_key.keys()


def test_both_halves_have_the_customers_hours_of_the_whole(ops, munich):
    hours = {"time_zone": "Europe/Berlin", "working_hours": WEEK}
    Territory.objects.filter(pk=munich.pk).update(**hours)
    assert "customers&#x27; hours, Europe/Berlin" in post(ops, do="preview").content.decode().replace("'", "&#x27;")
    post(ops)
    halves = Territory.objects.filter(parent=munich)
    assert list(halves.values("time_zone", "working_hours")) == [hours, hours]


def test_areas_can_be_listed(ops, munich):
    post(ops, how="areas", first_areas="DE 80\nDE 82", second_areas="DE 81, DE 83..86")
    assert Territory.objects.get(key="munich-east").postal_areas == ["DE 81", "DE 83..86"]


def test_a_taken_key_gets_a_number(ops, munich):
    TerritoryFactory(key="munich-west")
    post(ops)
    assert Territory.objects.filter(key="munich-west-2", name="Munich west").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"at": ""}, "Say this to cut a range."),
        ({"at": "99"}, "cut DE 80..86 in two"),
        ({"how": "areas", "first_areas": "DE 80..83", "second_areas": "DE 83"}, "Both halves have codes of DE 83"),
        ({"how": "areas", "first_areas": "DE 80", "second_areas": "Munich"}, "Line 1"),
        ({"how": "areas", "first_areas": "DE 80"}, "List at least one area."),
        ({"how": "magic"}, "Select a valid choice"),
        ({"first_name": ""}, "This field is required"),
        ({"first_queue": "x"}, "Select a valid choice"),
        ({"first_name": "\x00"}, "Null characters are not allowed"),
    ],
)
def test_what_does_not_hold_together_is_told_in_the_form_and_makes_nothing(ops, munich, changes, message):
    answer = post(ops, **changes)
    assert (answer.status_code, Territory.objects.count()) == (400, 1)
    assert message in answer.content.decode()


def test_a_half_has_a_queue_or_an_owner(ops, munich):
    queue = Queue.objects.get()
    answer = post(ops, first_queue=queue.pk, first_owner=queue.members.get().rep_id)
    assert "Choose a queue or an owner, not both." in answer.content.decode()


@pytest.mark.parametrize("role", [Role.ANALYST, Role.MARKETER, Role.REP])
def test_who_may_not_edit_territories_may_not_split(munich, role):
    client = client_of(role)
    assert client.get(PAGE).status_code == 403
    assert post(client).status_code == 403
    assert Territory.objects.count() == 1


def test_a_territory_that_is_not_there_is_not_found(ops):
    assert ops.get(PAGE).status_code == 404


def test_the_territorys_form_leads_to_the_split(ops, munich):
    assert ops.get(f"/admin/routing/territory/{munich.pk}/split/").url == PAGE
    assert ops.get("/admin/routing/territory/999999/split/").status_code == 404
