"""Switching from another tool: queues, members and counts, and a matching table, looked at and then applied whole."""

import re
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from config.errors import TableUnclear
from config.pages.switching import MOST_LINES
from config.switching.switch import MATCHING, QUEUES, rehearse_switch, switch
from foundation.models import AuditEntry
from foundation.roles import Role
from routing.balancing import UNIT
from routing.contract import Inputs
from routing.draft import draft_plan
from routing.models import ContractInput, Ledger, LedgerEntry, Member, Queue, Rep, Rule, Standing
from routing.selectors import active_plan
from routing.services.publish_plan import publish_plan
from routing.services.route_lead import route_lead
from tests.routing.factories import LeadFactory, RuleFactory, TerritoryFactory, queue_with

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _sellers():
    queue_with("desk", "cyd", is_default=True)
    queue_with("sellers", "ada", "ben")


def queues(*lines: str, head: str = "Queue,Member,Weight,Leads"):
    return switch("\n".join([head, *lines]).encode(), QUEUES, now=NOW)


def table(*lines: str, head: str = "Country,Employees,Owner"):
    return switch("\n".join([head, *lines]).encode(), MATCHING, now=NOW)


def route_some(number: int) -> None:
    """Leads that the sellers get, in turn."""
    if not Rule.objects.exists():
        RuleFactory(queue=Queue.objects.get(key="sellers"))
    publish_plan(now=NOW)
    for _ in range(number):
        inputs = Inputs(values={"country": "DE"})
        route_lead(lead=LeadFactory(), submission_id=uuid4(), inputs=inputs, active=active_plan(), now=NOW)


def why(found) -> list[str]:
    return [each.why for each in found.reading.bad]


class TestQueues:
    def test_members_get_the_weights_of_the_file(self):
        queues("Sellers,ada@seller.example,3,")
        assert dict(Member.objects.filter(queue__key="sellers").values_list("rep__key", "weight")) == {
            "ada": 3,
            "ben": 1,
        }

    def test_queues_and_reps_that_are_not_there_are_made(self):
        queues("Big Düsseldorf,zoe@seller.example,2,", head="Queue,Email,Weight,Leads")
        member = Member.objects.get(queue__key="big-dusseldorf")
        assert (member.rep.email, member.weight) == ("zoe@seller.example", 2)

    def test_counts_carry_fairness_on(self):
        queues("Sellers,ada@seller.example,,10", "Sellers,ben@seller.example,,4")
        standings = {each.rep.key: each for each in Standing.objects.select_related("rep")}
        assert (standings["ada"].count, standings["ben"].count) == (10, 4)
        assert (standings["ada"].shortfall, standings["ben"].shortfall) == (-3 * UNIT, 3 * UNIT)

    def test_a_standings_count_stays_the_sum_of_its_entries(self):
        queues("Sellers,ada@seller.example,,10")
        queues("Sellers,ada@seller.example,,7")
        entries = LedgerEntry.objects.filter(rep__key="ada")
        assert sum(entries.values_list("credit", flat=True)) == Standing.objects.get(rep__key="ada").count == 7
        assert set(entries.values_list("reason", flat=True)) == {"calibration"}

    def test_shares_that_do_not_come_out_even_are_kept_exactly(self):
        queues("Sellers,ada@seller.example,2,1", "Sellers,ben@seller.example,1,0")
        due = [(each.shortfall + each.count * UNIT) * each.base + each.remainder for each in Standing.objects.all()]
        assert sum(due) == 3 * UNIT

    def test_queues_that_share_a_count_add_up(self):
        Queue.objects.update(shared_count="all")
        queue_with("third", "ada", shared_count="all")
        queues("sellers,ada,,3", "third,ada,,4")
        assert Standing.objects.get(rep__key="ada").count == 7
        assert Ledger.objects.get().key == "all"

    def test_again_changes_nothing(self):
        queues("Sellers,ada@seller.example,3,10", "New,zoe@seller.example,,2")
        assert queues("Sellers,ada@seller.example,3,10", "New,zoe@seller.example,,2").is_empty

    def test_again_takes_no_lead_back_that_came_meanwhile(self):
        counts = "Sellers,ada@seller.example,,10", "Sellers,ben@seller.example,,10"
        queues(*counts)
        route_some(4)
        assert queues(*counts).is_empty
        assert self.counts() == {"ada": 12, "ben": 12}

    def test_a_later_file_replaces_what_an_earlier_one_brought(self):
        queues("Sellers,ada@seller.example,,10", "Sellers,ben@seller.example,,10")
        route_some(4)
        queues("Sellers,ada@seller.example,,13")
        assert self.counts() == {"ada": 15, "ben": 12}
        assert sum(LedgerEntry.objects.filter(rep__key="ada").values_list("credit", flat=True)) == 15

    def test_leads_that_were_given_before_the_first_file_come_on_top(self):
        route_some(2)
        queues("Sellers,ada@seller.example,,10")
        assert self.counts() == {"ada": 11, "ben": 1}

    def counts(self) -> dict[str, int]:
        return dict(Standing.objects.filter(ledger__key="sellers").values_list("rep__key", "count"))

    def test_members_may_be_paused_and_capped(self):
        queues("Sellers,ada,yes,5", head="Queue,Member,Paused,Daily cap")
        member = Member.objects.get(queue__key="sellers", rep__key="ada")
        assert (member.paused, member.cap_day) == (True, 5)

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            (",ada,1,", "there is no queue"),
            ("Sellers,,1,", "there is no member"),
            ("Sellers,Zed,1,", "there is no rep 'Zed'"),
            ("Sellers,ada,many,", "weight must be a whole number"),
            ("Sellers,ada,1,-4", "count must be a whole number"),
            ("Sellers,ada,1,99999999999999999999", "count must be a whole number"),
        ],
    )
    def test_bad_lines_are_left_out_and_told(self, line, told):
        found = queues(line, "Sellers,ben,5,")
        assert why(found)[0].startswith(told)
        assert Member.objects.get(queue__key="sellers", rep__key="ben").weight == 5

    def test_a_member_stands_once_in_a_queue(self):
        assert why(queues("Sellers,ada,1,", "Sellers,Ada,2,")) == ["Ada stands in this queue twice"]

    def test_a_table_without_members_is_refused(self):
        with pytest.raises(TableUnclear):
            queues("Sellers", head="Queue")

    def test_rehearsing_stores_nothing(self):
        rehearse_switch(b"Queue,Member,Leads\nNew,zoe@seller.example,3\n", QUEUES, now=NOW)
        assert not Queue.objects.filter(name="New").exists()
        assert not Standing.objects.exists()


class TestMatchingTable:
    def conditions(self) -> list[dict]:
        return list(Rule.objects.values_list("condition", flat=True))

    def test_lines_become_rules_in_their_order(self):
        table("Germany,,Sellers", "*,,Cyd")
        assert [
            (each.name, each.queue and each.queue.key, each.owner and each.owner.key) for each in Rule.objects.all()
        ] == [
            ("country Germany", "sellers", None),
            ("Everything else", None, "cyd"),
        ]

    @pytest.mark.parametrize(
        ("cell", "asked"),
        [
            ("200-999", {"$gte": 200, "$lte": 999}),
            ("200 – 999", {"$gte": 200, "$lte": 999}),
            ("1,000+", {"$gte": 1000}),
            (">=200", {"$gte": 200}),
            ("<50", {"$lt": 50}),
            ("<= 50", {"$lte": 50}),
        ],
    )
    def test_numbers_may_be_ranges(self, cell, asked):
        ContractInput.objects.filter(key="employees").update(default=10)
        table(f'DE,"{cell}",Sellers')
        assert self.conditions() == [{"country": "DE", "employees": asked}]

    def test_a_range_of_what_may_be_unknown_asks_whether_it_is_known(self):
        table("DE,7+,Sellers")
        assert self.conditions() == [{"country": "DE", "employees": {"$exists": True, "$gte": 7}}]

    def test_a_cell_may_name_several(self):
        table("DE; Austria|CH,,Sellers")
        assert self.conditions() == [{"country": {"$in": ["DE", "AT", "CH"]}}]

    def test_regions_and_postal_codes_are_understood(self):
        table("US,California,9*,Sellers", head="Country,State,Zip Code,Queue")
        assert self.conditions() == [
            {"country": "US", "region": "US-CA", "postal_code": {"$exists": True, "$gte": "9", "$lt": ":"}}
        ]

    def test_what_people_read_is_taken_for_what_is_stored(self):
        table("Financial services,Sellers", head="Industry,Queue")
        assert self.conditions() == [{"industry": "financial_services"}]

    def test_a_rule_may_stand_in_a_territory(self):
        TerritoryFactory(key="emea", name="EMEA")
        table("DE,EMEA,Sellers", head="Country,Territory,Queue")
        assert Rule.objects.get().territory.key == "emea"

    def test_all_rules_hold_together_as_a_plan(self):
        table("DE; AT,200-999,Sellers", "FR,<7,ada", ",,Desk")
        assert len(draft_plan().rules) == 3

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("Atlantis,,Sellers", "country isn't understood: 'Atlantis'"),
            ("DE,many,Sellers", "'many' is no number and no range"),
            ("DE,9-2,Sellers", "the range 9-2 runs backwards"),
            ("DE,,Nowhere", "there is no queue and no rep 'Nowhere'"),
            ("DE,,", "it says neither queue nor owner"),
            ("DE,,Sellers,x,y", "it has 5 cells"),
        ],
    )
    def test_bad_lines_are_left_out_and_told(self, line, told):
        assert why(table(line, "FR,,Desk"))[0].startswith(told)
        assert Rule.objects.count() == 1

    @pytest.mark.parametrize("header", ["Länge", "LANGE", "length_of_contract", "Length of contract"])
    def test_headers_are_compared_by_their_words_without_accents(self, header):
        ContractInput.objects.create(key="length_of_contract", label="Länge", type="number")
        table("7,Sellers", head=f"{header},Queue")
        assert self.conditions() == [{"length_of_contract": 7}]

    def test_a_column_without_a_name_is_no_input(self):
        ContractInput.objects.update(label="")
        table("x,DE,Sellers", head=",Country,Queue")
        assert self.conditions() == [{"country": "DE"}]

    def test_a_line_that_asks_for_the_same_again_is_told(self):
        assert why(table("DE,,Sellers", "Germany,,Desk")) == [
            "it asks for the same as line 2, so it would never decide"
        ]

    def test_importing_again_replaces_the_tables_rules_at_their_place(self):
        RuleFactory(key="mine", position=0)
        table("DE,,Sellers", "FR,,Sellers")
        RuleFactory(key="last", position=9)
        table("FR,,Desk", "IT,,Desk")
        names = [rule.name for rule in Rule.objects.all()]
        assert names == ["mine", "country FR", "country IT", "last"]

    def test_again_changes_nothing(self):
        table("DE,,Sellers")
        assert table("DE,,Sellers").is_empty

    def test_a_prefix_never_removes_rules_that_are_of_no_table(self):
        table("DE,,Sellers")
        RuleFactory(key="table-made-by-hand")
        with pytest.raises(TableUnclear, match="“table-made-by-hand” begins with “table-” too"):
            table("FR,,Sellers")
        assert Rule.objects.count() == 2

    def test_a_table_without_targets_is_refused(self):
        with pytest.raises(TableUnclear):
            table("DE", head="Country")


class TestCommands:
    def call(self, tmp_path: Path, name: str, text: str, *options: str) -> str:
        (tmp_path / "a.csv").write_text(text)
        out = StringIO()
        call_command(name, str(tmp_path / "a.csv"), *options, stdout=out)
        return out.getvalue()

    def test_queues_are_shown_and_applied_only_if_asked(self, tmp_path):
        text = "Queue,Member,Leads\nNew,zoe@seller.example,3\n"
        assert "Nothing was changed yet" in self.call(tmp_path, "import-queues", text)
        assert not Rep.objects.filter(key="zoe").exists()
        assert "Count of zoe in new: 0 → 3" in self.call(tmp_path, "import-queues", text, "--apply")
        assert Rep.objects.filter(key="zoe").exists()

    def test_matching_tables_may_have_a_prefix_of_their_own(self, tmp_path):
        self.call(tmp_path, "import-matching-table", "Country,Queue\nDE,Sellers\n", "--apply", "--prefix", "old")
        assert Rule.objects.get().key.startswith("old-")

    @pytest.mark.parametrize("cell", ["x" * 140_000, '"' + "x" * 140_000 + '"', "a\0b"])
    def test_a_cell_that_nobody_means_is_a_bad_line(self, tmp_path, cell):
        told = self.call(tmp_path, "import-queues", f"Queue,Member,Leads\n{cell},zoe@seller.example,3\n", "--apply")
        assert "0 of 1 lines are good." in told

    @pytest.mark.parametrize("name", ["import-queues", "import-matching-table"])
    @pytest.mark.parametrize("text", ["", "%PDF-1.7\n", "x" * 140_000, '"' + "x" * 140_000 + '"', "\0"])
    def test_what_is_no_table_is_refused_by_each(self, tmp_path, name, text):
        with pytest.raises(CommandError, match="Nothing was changed"):
            self.call(tmp_path, name, text)

    def test_what_is_no_table_is_told(self, tmp_path):
        with pytest.raises(CommandError, match="Nothing was changed"):
            self.call(tmp_path, "import-queues", "")


class TestPage:
    PAGE, APPLY = reverse("config_pages:switch"), reverse("config_pages:apply_switch")

    def signed_in(self, role: Role) -> Client:
        user = User.objects.create_user(role.name.lower(), is_staff=True)
        user.groups.add(Group.objects.get(name=role.value))
        client = Client()
        client.force_login(user)
        return client

    def show(
        self, client: Client, text: str = "Queue,Member,Leads\nNew,zoe@seller.example,3\n,x,\n", kind: str = QUEUES
    ):
        file = SimpleUploadedFile("old.csv", text.encode())
        return client.post(self.PAGE, {"file": file, "kind": kind, "key_prefix": "table"})

    def carried(self, response) -> dict[str, str]:
        form = response.content.decode().partition(self.APPLY)[2]
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))

    @pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST, Role.REP])
    def test_others_than_sales_ops_are_refused(self, role):
        client = self.signed_in(role)
        assert [client.get(self.PAGE).status_code, client.post(self.APPLY).status_code] == [403, 403]

    def test_the_difference_is_shown_then_applied(self):
        client = self.signed_in(Role.SALES_OPS)
        response = self.show(client)
        told = response.content.decode()
        assert "Line 3: there is no queue." in told
        assert not Queue.objects.filter(name="New").exists()
        client.post(self.APPLY, self.carried(response))
        assert Standing.objects.get(rep__key="zoe").count == 3
        assert set(AuditEntry.objects.filter(label="old.csv").values_list("way", flat=True)) == {"import"}

    def test_nothing_is_applied_to_what_has_changed_meanwhile(self):
        client = self.signed_in(Role.SALES_OPS)
        fields = self.carried(self.show(client))
        Rep.objects.filter(key="ada").update(name="Ada L.")
        assert "Something was changed since" in client.post(self.APPLY, fields, follow=True).content.decode()
        assert not Queue.objects.filter(name="New").exists()

    def test_a_file_of_many_lines_is_for_the_command(self):
        text = "Queue,Member\n" + "Sellers,ada\n" * (MOST_LINES + 1)
        response = self.show(self.signed_in(Role.SALES_OPS), text)
        assert response.status_code == 422
        assert "more than 1,000 lines. Larger ones are for `manage.py" in response.content.decode()

    COUNTS = "Queue,Member,Leads\nSellers,ada,{}\nSellers,ben,10\n"

    def test_leads_that_come_meanwhile_are_kept(self):
        client = self.signed_in(Role.SALES_OPS)
        route_some(2)
        fields = self.carried(self.show(client, self.COUNTS.format(10)))
        route_some(2)
        client.post(self.APPLY, fields)
        assert set(Standing.objects.filter(ledger__key="sellers").values_list("count", flat=True)) == {12}

    def test_nothing_is_applied_to_counts_that_somebody_brought_in_meanwhile(self):
        client = self.signed_in(Role.SALES_OPS)
        queues("Sellers,ada,,5")
        fields = self.carried(self.show(client, self.COUNTS.format(10)))
        queues("Sellers,ada,,20")
        assert "Something was changed since" in client.post(self.APPLY, fields, follow=True).content.decode()
        assert Standing.objects.get(rep__key="ada").count == 20

    @pytest.mark.parametrize(
        ("text", "kind"), [("", QUEUES), ("a,b\n", QUEUES), ("a\n", MATCHING), ("a,b\nc,d", "other")]
    )
    def test_what_can_not_be_read_is_told(self, text, kind):
        assert self.show(self.signed_in(Role.SALES_OPS), text, kind).status_code == 422
