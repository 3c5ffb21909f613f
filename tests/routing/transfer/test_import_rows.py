"""A file of rows against the working copy: what would change is told row by row, then applied whole or not at all."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from foundation.jobs import run_job
from foundation.models import AuditEntry, Job
from routing.models import (
    Absence,
    ContractInput,
    ImportFile,
    Member,
    NamedAccount,
    NamedAccountList,
    Rep,
    Rule,
    Territory,
)
from routing.models.draft import draft_revision
from routing.transfer import import_rows
from routing.transfer.errors import ImportRefused
from routing.transfer.import_rows import (
    ImportChoices,
    begin_import,
    check_import,
    delete_old_files,
    look,
    start_applying,
)
from routing.transfer.resources import domain_of
from tests.routing.factories import (
    NOW,
    MemberFactory,
    QueueFactory,
    RepFactory,
    RuleFactory,
    TerritoryFactory,
    queue_with,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cast():
    queue_with("dach", "ann", "bo", name="DACH")
    queue = QueueFactory(key="uk")
    NamedAccountList.objects.create(key="key", name="Key accounts", queue=queue)
    NamedAccountList.objects.create(key="open", name="Open")


def checked(kind: str, text: str | bytes, **choices) -> tuple[ImportFile, dict]:
    content = text.encode() if isinstance(text, str) else text
    upload = begin_import(
        kind=kind, content=content, file_name="f.csv", choices=ImportChoices(**choices), user=None, now=NOW
    )
    return upload, result_of(upload.check_job_id)


def result_of(job_id) -> dict:
    run_job(job_id=job_id)
    job = Job.objects.get(pk=job_id)
    return job.result if job.state == "succeeded" else {"error": job.error}


def applied(kind: str, text: str, *, only_if_good=False, remove=False, user=None, **choices) -> dict:
    upload, shown = checked(kind, text, **choices)
    job = start_applying(
        upload=upload, digest=shown["digest"], only_if_good=only_if_good, remove=remove, user=user, now=NOW
    )
    return result_of(job.pk)


def problem(kind: str, text: str, **choices) -> str:
    """What is wrong with the one row of the file."""
    _, shown = checked(kind, text, **choices)
    (bad,) = shown["shown"]["bad"]
    return " ".join(words for _, words in bad["problems"])


def account(domain: str, on: str = "key", **more) -> NamedAccount:
    return NamedAccount.objects.create(domain=domain, list=NamedAccountList.objects.get(key=on), **more)


# Named accounts

ACCOUNTS = "domain,company_name,list,owner\n"


def test_each_row_is_new_changed_unchanged_or_bad():
    account("same.example", company_name="Same")
    account("other.example", company_name="Before")
    text = "same.example,Same,key,\nother.example,After,key,ann\nnew.example,New,key,\nnonsense,,key,\n"
    _, shown = checked("accounts", ACCOUNTS + text)
    assert shown["counts"] == {"bad": 1, "changed": 1, "new": 1, "unchanged": 1, "removed": 0}
    (changed,) = shown["shown"]["changed"]
    assert (changed["row"], changed["changes"]) == (3, {"company_name": ["Before", "After"], "owner": ["", "ann"]})
    assert NamedAccount.objects.count() == 2


def test_applying_makes_it_so_and_again_changes_nothing():
    account("other.example", company_name="Before")
    text = ACCOUNTS + "other.example,After,key,ann\nnew.example,New,Key accounts,\n"
    result = applied("accounts", text)
    assert result["counts"] == {"bad": 0, "changed": 1, "new": 1, "unchanged": 0, "removed": 0}
    rows = NamedAccount.objects.values_list("domain", "company_name", "list__key", "owner__key")
    assert list(rows) == [("new.example", "New", "key", None), ("other.example", "After", "key", "ann")]
    assert checked("accounts", text)[1]["counts"]["unchanged"] == 2


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("https://www.Example.com/about?x=1", "example.com"),
        ("info@mail.example.co.uk", "example.co.uk"),
        ("example.com:8080", "example.com"),
        ("HTTP://user@example.com/", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("eu.Example.com", "eu.example.com"),
        ("eu.bücher.example.", "eu.xn--bcher-kva.example"),
        ("www.eu.example.com", "example.com"),
        ("https://eu.example.com", "example.com"),
        ("*.example.com", "example.com"),
        ("com", None),
        ("192.0.2.1", None),
        ("not a domain", None),
        ("", None),
    ],
)
def test_domains_are_read_from_whatever_people_paste(written, domain):
    assert domain_of(written) == domain


def test_a_domain_that_the_file_names_twice_is_bad_the_second_time():
    words = problem("accounts", ACCOUNTS + "a.example,,key,\nwww.a.example,,key,\n")
    assert words == "a.example is in row 2 already."


def test_owners_are_found_by_key_address_or_name_whatever_the_case():
    text = "a.example,,key,ann\nb.example,,key,BO@seller.example\nc.example,,key,ann\n"
    applied("accounts", ACCOUNTS + text)
    assert list(NamedAccount.objects.values_list("owner__key", flat=True)) == ["ann", "bo", "ann"]


def test_an_owner_whose_name_two_reps_have_is_bad():
    RepFactory(key="ann-2", name="Ann")
    assert "may be any of 2; write a key: ann, ann-2" in problem("accounts", ACCOUNTS + "a.example,,key,ANN\n")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a.example,,nope,", "There is no list “nope”."),
        ("a.example,,key,zoe", "There is no rep “zoe”."),
        ("a.example,,,", "It is on no list"),
        ("a.example,,open,", "neither queue nor owner"),
        ("nonsense,,key,", "“nonsense” is no domain"),
        (",A,key,", "It is empty and so no domain"),
        ("a.example," + "n" * 201 + ",key,", "longer than 200"),
        ("a.example,A,key,,more", "has 5 cells"),
    ],
)
def test_what_is_wrong_is_told_in_words(row, words):
    assert words in problem("accounts", f"{ACCOUNTS}{row}\n")


def test_a_domain_on_another_list_is_bad_unless_it_may_be_moved():
    account("a.example", on="open", owner=RepFactory())
    assert "on the list open already" in problem("accounts", ACCOUNTS + "a.example,,key,\n")
    applied("accounts", ACCOUNTS + "a.example,,key,\n", move=True)
    assert NamedAccount.objects.get().list.key == "key"


def test_rows_without_a_list_go_to_the_chosen_one():
    applied("accounts", "Website\nhttps://a.example/x\n", list_key="key")
    assert NamedAccount.objects.get().list.key == "key"


def test_columns_that_the_file_lacks_stay_as_they_are_and_empty_cells_empty():
    account("a.example", company_name="A", owner=RepFactory(key="zoe"))
    applied("accounts", "domain,owner\na.example,\n")
    kept = NamedAccount.objects.get()
    assert (kept.company_name, kept.owner) == ("A", None)


def test_headers_of_other_tools_are_understood_and_shown():
    _, shown = checked("accounts", "Account Name;Website;Account Owner;Notes\nA;a.example;ann;x\n", list_key="key")
    assert shown["mapping"] == {"domain": 1, "company_name": 0, "owner": 2}
    assert shown["counts"]["new"] == 1


def test_what_is_new_is_shown_with_what_it_holds():
    _, shown = checked("accounts", f"{ACCOUNTS}a.example,Köln AG,key,\nb.example,{'x' * 199},key,ann\n")
    assert [row["changes"] for row in shown["shown"]["new"]] == [
        {"company_name": ["", "Köln AG"], "list": ["", "key"]},
        {"company_name": ["", "x" * 199], "list": ["", "key"], "owner": ["", "ann"]},
    ]


def test_a_file_that_is_not_utf_8_is_shown_as_it_was_read():
    content = f"{ACCOUNTS}a.example,Köln AG,key,\n"
    assert checked("accounts", content)[1]["guessed"] == ""
    _, shown = checked("accounts", content.encode("utf-8").replace("ö".encode(), b"\xc3"))
    assert shown["guessed"] == "Windows-1252"
    assert shown["shown"]["new"][0]["changes"]["company_name"] == ["", "KÃln AG"]


def test_without_the_column_that_says_which_nothing_is_read_but_the_headers_told():
    _, shown = checked("accounts", "A,B\n1,2\n")
    assert (shown["lacking"], shown["columns"], shown["counts"]["bad"]) == (["Domain"], ["A", "B"], 0)


def test_a_person_maps_the_columns_and_the_file_is_looked_at_again():
    upload, _ = checked("accounts", "A,B\na.example,2\n", list_key="key")
    job = check_import(upload=upload, choices=ImportChoices({"domain": 0}, "key"), user=None, now=NOW)
    assert result_of(job.pk)["counts"]["new"] == 1


def test_what_the_file_does_not_have_is_removed_only_when_asked_and_only_from_its_lists():
    account("gone.example")
    account("elsewhere.example", on="open", owner=RepFactory())
    _, shown = checked("accounts", ACCOUNTS + "a.example,,key,\n")
    assert shown["removed"] == ["gone.example"]
    applied("accounts", ACCOUNTS + "a.example,,key,\n")
    assert NamedAccount.objects.filter(domain="gone.example").exists()
    applied("accounts", ACCOUNTS + "a.example,,key,\n", remove=True)
    assert sorted(NamedAccount.objects.values_list("domain", flat=True)) == ["a.example", "elsewhere.example"]


@pytest.mark.parametrize("bad", ["kept.example,,key,nobody", 'kept.example,"Kept,key,', "kept,example,key,"])
def test_nothing_is_removed_while_a_row_is_bad(bad):
    account("kept.example")
    text = f"{ACCOUNTS}a.example,,key,\n{bad}\n"
    assert checked("accounts", text)[1]["removed"] == []
    assert "removed only where all rows are good" in applied("accounts", text, remove=True)["error"]
    assert NamedAccount.objects.get().domain == "kept.example"


def test_nothing_is_applied_where_all_rows_were_to_be_good():
    result = applied("accounts", ACCOUNTS + "a.example,,key,\nnonsense,,key,\n", only_if_good=True)
    assert result["error"].startswith("Bad rows: 1;")
    assert not NamedAccount.objects.exists()


def test_nothing_is_applied_once_the_working_copy_has_changed():
    text = ACCOUNTS + "a.example,,key,\n"
    upload, shown = checked("accounts", text)
    account("a.example")
    job = start_applying(upload=upload, digest=shown["digest"], only_if_good=False, remove=False, user=None, now=NOW)
    assert "has changed since" in result_of(job.pk)["error"]


def test_nothing_is_stored_once_the_contract_has_changed_under_a_condition(monkeypatch):
    text = 'name,condition,queue\nBig ones,"{""country"": ""DE""}",DACH\n'
    upload, shown = checked("rules", text)
    job = start_applying(upload=upload, digest=shown["digest"], only_if_good=False, remove=False, user=None, now=NOW)

    def look_while_others_edit(*asked):
        looked = look(*asked)
        ContractInput.objects.filter(key="country").delete()
        return looked

    monkeypatch.setattr(import_rows, "look", look_while_others_edit)
    assert "has changed since" in result_of(job.pk)["error"]
    assert not Rule.objects.exists()


def test_a_job_that_was_cut_off_after_its_commit_is_not_applied_twice():
    upload, shown = checked("accounts", ACCOUNTS + "a.example,,key,\n")
    job = start_applying(upload=upload, digest=shown["digest"], only_if_good=False, remove=False, user=None, now=NOW)
    first = result_of(job.pk)
    Job.objects.filter(pk=job.pk).update(state="queued", ended_at=None)
    assert result_of(job.pk) == first
    assert AuditEntry.objects.filter(action="imported").count() == 1


def test_a_check_that_comes_while_the_file_is_applied_takes_nothing_back():
    """The page read the file before, and would have written what it read."""
    upload, shown = checked("accounts", ACCOUNTS + "a.example,,key,\n")
    read_before = ImportFile.objects.get(pk=upload.pk)
    job = start_applying(upload=upload, digest=shown["digest"], only_if_good=False, remove=False, user=None, now=NOW)
    result_of(job.pk)
    with pytest.raises(ImportRefused, match="imported already"):
        check_import(upload=read_before, choices=ImportChoices(), user=None, now=NOW)
    kept = ImportFile.objects.get(pk=upload.pk)
    assert (kept.applied_at is None, kept.apply_job_id, kept.content) == (False, job.pk, None)


def test_a_check_of_a_file_that_was_swept_away_is_refused():
    upload, _ = checked("accounts", ACCOUNTS)
    ImportFile.objects.all().delete()
    with pytest.raises(ImportRefused, match="no longer here"):
        check_import(upload=upload, choices=ImportChoices(), user=None, now=NOW)


def test_bad_rows_come_back_as_a_file_to_mend():
    account("a.example", on="open", owner=RepFactory())
    text = 'domain;company_name;list\na.example;"A; B";key\nb.example;=1+1;nope\nc.example;C;key\n'
    upload, _ = checked("accounts", text)
    upload.refresh_from_db()
    rows = list(csv.reader(io.StringIO(bytes(upload.bad_rows).decode("utf-8-sig"))))
    assert rows == [
        ["domain", "company_name", "list", "what is wrong"],
        ["a.example", "A; B", "key", "List: It is on the list open already."],
        ["b.example", "'=1+1", "nope", "List: There is no list “nope”."],
    ]


def test_an_import_is_one_change_of_the_draft():
    before = draft_revision()
    applied("accounts", ACCOUNTS + "a.example,,key,\nb.example,,key,\n")
    assert int(draft_revision().partition("-")[0]) == int(before.partition("-")[0]) + 1


def test_one_audit_entry_names_file_job_and_counts():
    user = User.objects.create(username="ops")
    applied("accounts", ACCOUNTS + "a.example,,key,\nb.example,,key,\n", user=user)
    entry = AuditEntry.objects.get(action="imported")
    assert (entry.kind, entry.who, entry.changes) == ("routing.namedaccount", "ops", {"new": [0, 2]})
    assert entry.note.startswith("From the file f.csv; job ")


def test_a_broken_file_fails_with_a_reason():
    assert checked("accounts", '"domain\nx')[1]["error"].startswith("The first row must name the columns")


def test_old_files_are_swept_away():
    checked("accounts", ACCOUNTS)
    assert delete_old_files(now=NOW.replace(month=4)) == 1


# Territories and rules


def test_territories_may_lie_within_others_of_the_same_file_in_any_order():
    text = "key,name,parent,countries,postal_areas\nsouth,South,germany,,DE 80; de 81..86\ngermany,Germany,,Germany,\n"
    applied("territories", text)
    south = Territory.objects.get(key="south")
    assert (south.parent.key, south.postal_areas) == ("germany", ["DE 80", "DE 81..86"])
    assert Territory.objects.get(key="germany").countries == ["DE"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,A,nowhere,,,,", "no territory with the key “nowhere”"),
        ("a,A,a,,,,", "can't lie within itself"),
        ("a,A,,Atlantis,,,", "“Atlantis” is no country."),
        ("a,A,,,DE 8..b,,", "ends of different shapes"),
        ("a,A,,,,9,5", "less than where it begins"),
        ("a,A,,,,many,", "isn't a whole number"),
        ("not a key!,A,,,,,", "is no key"),
        ("a,,,,,,", "must not be empty"),
        ('a,"A\nB",,,,,', "A name is one line"),
    ],
)
def test_what_is_wrong_with_a_territory_is_told(row, words):
    header = "key,name,parent,countries,postal_areas,employees_min,employees_max\n"
    assert words in problem("territories", f"{header}{row}\n")


def test_a_territory_within_a_bad_one_is_bad_too():
    _, shown = checked("territories", "key,name,parent,countries\na,A,,Atlantis\nb,B,a,\nc,C,b,\n")
    assert shown["counts"]["bad"] == 3


def test_territories_in_a_circle_are_bad():
    _, shown = checked("territories", "key,name,parent\na,A,b\nb,B,a\n")
    assert shown["counts"]["bad"] == 2


@pytest.fixture
def part_of_whole():
    TerritoryFactory(key="part", name="Part", parent=TerritoryFactory(key="whole", name="Whole"))


def test_what_a_bad_row_says_closes_no_circle_in_what_is_stored(part_of_whole):
    """The row that takes `part` out is bad, so `whole` can't go into it."""
    applied("territories", "key,parent,employees_min\npart,,abc\nwhole,part,\n")
    assert dict(Territory.objects.values_list("key", "parent__key")) == {"whole": None, "part": "whole"}


def test_what_a_bad_row_says_makes_no_good_row_a_circle(part_of_whole):
    TerritoryFactory(key="other", name="Other")
    _, shown = checked("territories", "key,parent,employees_min\nwhole,other,abc\nother,part,\n")
    assert {status: len(rows) for status, rows in shown["shown"].items()} == {
        "bad": 1, "changed": 1, "new": 0, "unchanged": 0,
    }  # fmt: skip


def test_account_lists_of_a_territory_are_told_and_stored():
    TerritoryFactory(key="a", name="A")
    _, shown = checked("territories", "key,account_lists\na,key; Open\n")
    assert shown["shown"]["changed"][0]["changes"] == {"account_lists": ["", "key; open"]}
    applied("territories", "key,account_lists\na,key; Open\n")
    assert Territory.objects.get().account_lists.count() == 2


def test_new_rules_go_to_the_end_in_the_order_of_the_file():
    RuleFactory(key="first", position=4)
    applied("rules", 'name,condition,queue\nBig ones,"{""country"": ""DE""}",DACH\nRest,,uk\n')
    rows = Rule.objects.values_list("key", "position", "queue__key", "condition")
    assert list(rows)[1:] == [("big-ones", 5, "dach", {"country": "DE"}), ("rest", 6, "uk", {})]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,A,,,", "needs a queue or an owner"),
        ("a,A,,dach,ann", "not both"),
        ("a,A,{,dach,", "not valid JSON"),
        ("a,A,[1],dach,", "must be an object"),
        ('a,A,"{""nope"": 1}",dach,', "no attribute named 'nope'"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told(row, words):
    assert words in problem("rules", f"key,name,condition,queue,owner\n{row}\n")


# Members and absences


def test_members_are_known_by_queue_and_rep():
    text = "queue,rep,weight,cap_day,paused\nDACH,ann,3,5,yes\nuk,bo@seller.example,,,no\n"
    _, shown = checked("members", text)
    assert shown["shown"]["changed"][0]["label"] == "ann in dach"
    applied("members", text)
    ann = Member.objects.get(queue__key="dach", rep__key="ann")
    assert (ann.weight, ann.cap_day, ann.paused) == (3, 5, True)
    assert Member.objects.filter(queue__key="uk", rep__key="bo", weight=1).exists()


def test_members_that_the_file_lacks_leave_the_queues_it_is_about_when_asked():
    MemberFactory(queue=QueueFactory(key="other"))
    applied("members", "queue,rep\ndach,ann\n", remove=True)
    assert sorted(Member.objects.values_list("queue__key", flat=True)) == ["dach", "other"]


def test_absences_are_on_the_reps_clock_and_a_last_day_counts_whole():
    RepFactory(key="eva", time_zone="Europe/Berlin")
    applied("absences", "rep,from,until,reason\neva,2026-08-03,14.8.2026,Holiday\n")
    absence = Absence.objects.get()
    assert absence.starts_at == datetime(2026, 8, 2, 22, tzinfo=UTC)
    assert absence.ends_at == datetime(2026, 8, 14, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("nobody,2026-08-03,2026-08-04", "There is no rep “nobody”."),
        ("ann,soon,2026-08-04", "is no time such as"),
        ("ann,2026-08-05,2026-08-03", "ends before it begins"),
        ("ann,2026-08-05,", "must not be empty"),
        ("ann,9999-12-31,9999-12-31", "is no time such as"),
    ],
)
def test_what_is_wrong_with_an_absence_is_told(row, words):
    assert words in problem("absences", f"rep,starts_at,ends_at\n{row}\n")


HEADER = "rep,starts_at,ends_at,reason\n"


def test_of_two_absences_that_overlap_the_second_row_is_bad():
    rows = [
        "ann,2026-08-03,2026-08-07,",
        "ann,2026-08-05,2026-08-10,",
        "ann,2026-08-08,2026-08-10,",
        "bo,2026-08-05,2026-08-06,",
    ]
    _, shown = checked("absences", HEADER + "\n".join(rows))
    assert [row["row"] for row in shown["shown"]["bad"]] == [3]
    ((_, words),) = shown["shown"]["bad"][0]["problems"]
    assert words == "It overlaps the absence from 2026-08-03 00:00 until 2026-08-08 00:00 UTC."


def test_an_absence_of_a_file_overlaps_none_that_is_there():
    ann = Rep.objects.get(key="ann")
    day = datetime(2026, 8, 3, tzinfo=UTC)
    Absence.objects.create(rep=ann, starts_at=day, ends_at=day + timedelta(days=5))
    Absence.objects.create(rep=ann, starts_at=day + timedelta(days=9), ends_at=day + timedelta(days=10))
    assert "It overlaps" in problem("absences", f"{HEADER}ann,2026-08-07,2026-08-08,\n")
    assert "It overlaps" in problem("absences", f"{HEADER}ann,2026-08-03,2026-08-13,longer\n")
    assert checked("absences", f"{HEADER}ann,2026-08-03,2026-08-11,longer\n")[1]["counts"]["changed"] == 1


def test_absences_that_overlap_already_come_back_unchanged():
    ann = Rep.objects.get(key="ann")
    day = datetime(2026, 8, 3, tzinfo=UTC)
    for days in (5, 3):
        Absence.objects.create(rep=ann, starts_at=day - timedelta(days=days), ends_at=day)
    text = "ann,2026-07-29,2026-08-02,\nann,2026-07-31,2026-08-02,\n"
    assert checked("absences", HEADER + text)[1]["counts"]["unchanged"] == 2
