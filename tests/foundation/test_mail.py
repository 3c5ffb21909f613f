"""Mail is queued with what it tells, sent once, tried again, given up, and blank once somebody is erased."""

import threading
from datetime import datetime, timedelta

import pytest
from django.core import mail as outgoing
from django.db import connection, transaction

from foundation import mail as module
from foundation.mail import BACKOFF, LEASE, LONGEST_SWEEP, queue_mail, send_due_mail
from foundation.models import Mail
from leads.services.erase_person import erase_person
from tests.leads.factories import NOW, PersonFactory

pytestmark = pytest.mark.django_db


def queue(*to: str, about: str = "", subject: str = "A lead waits") -> int:
    return queue_mail(to=to or ["ada@seller.example"], subject=subject, body="Please accept it.", about=about, now=NOW)


def send(now: datetime = NOW) -> int:
    return send_due_mail(clock=lambda: now)


@pytest.fixture
def broken(monkeypatch):
    """No server takes any mail."""

    def refuse(*arguments):
        raise ConnectionRefusedError("smtp.example.com refuses ada@seller.example")

    monkeypatch.setattr(module, "send_mail", refuse)


def test_each_address_gets_a_mail_of_its_own():
    assert queue("ada@seller.example", "ben@seller.example") == 2
    assert send() == 2
    assert sorted(sent.to for sent in outgoing.outbox) == [["ada@seller.example"], ["ben@seller.example"]]


def test_nobody_gets_a_mail_twice_or_an_empty_one():
    assert queue("ada@seller.example", "ada@seller.example", "") == 1


def test_a_mail_says_what_was_queued(settings):
    settings.DEFAULT_FROM_EMAIL = "switchyard@seller.example"
    queue()
    send()
    sent = outgoing.outbox[0]
    assert (sent.subject, sent.body, sent.from_email) == (
        "A lead waits",
        "Please accept it.",
        "switchyard@seller.example",
    )


def test_a_subject_of_several_lines_is_sent_as_one():
    queue(subject="Leads wait\nBcc: eve@x.example\x85")
    assert send() == 1
    assert outgoing.outbox[0].subject == "Leads wait Bcc: eve@x.example"


def test_a_long_subject_is_cut():
    queue(subject="long " * 100)
    assert len(Mail.objects.get().subject) == 200


def test_a_mail_is_sent_once():
    queue()
    assert [send(), send(NOW + timedelta(days=1))] == [1, 0]
    assert (len(outgoing.outbox), Mail.objects.get().sent_at) == (1, NOW)


def test_a_mail_of_a_transaction_that_fails_is_never_sent():
    def fail() -> None:
        with transaction.atomic():
            queue()
            raise RuntimeError("what it tells did not come about")

    with pytest.raises(RuntimeError):
        fail()
    assert send() == 0


def test_a_mail_that_fails_waits_and_is_tried_again(broken, monkeypatch):
    queue()
    assert send() == 0
    monkeypatch.undo()
    assert send(NOW + BACKOFF[0] - timedelta(seconds=1)) == 0
    assert send(NOW + BACKOFF[0]) == 1
    assert Mail.objects.get().error == ""


def test_one_that_fails_does_not_stop_the_others(monkeypatch):
    def picky(subject, body, sender, to):
        if to == ["ada@seller.example"]:
            raise ConnectionRefusedError

    monkeypatch.setattr(module, "send_mail", picky)
    queue("ada@seller.example", "ben@seller.example")
    assert send() == 1


def test_a_mail_is_given_up_after_the_last_wait(broken):
    queue()
    now = NOW
    for wait in BACKOFF:
        send(now)
        assert Mail.objects.get().given_up_at is None
        now += wait
    send(now)
    given_up = Mail.objects.get()
    assert (given_up.given_up_at, given_up.attempts) == (now, len(BACKOFF) + 1)
    assert not Mail.objects.due(now + timedelta(days=30)).exists()


def test_why_it_failed_is_kept_without_anybodys_address(broken, caplog):
    queue()
    send()
    assert Mail.objects.get().error == "ConnectionRefusedError"
    assert "ada@" not in caplog.text


def test_a_mail_that_a_process_died_with_is_sent_after_its_lease(monkeypatch):
    class Killed(BaseException):
        """Stands for kill -9: nothing of ours catches it."""

    def die(*arguments):
        raise Killed

    queue()
    with monkeypatch.context() as patch:
        patch.setattr(module, "send_mail", die)
        with pytest.raises(Killed):
            send()
    assert send(NOW + LEASE - timedelta(seconds=1)) == 0
    assert send(NOW + LEASE) == 1


def test_a_mail_erased_while_it_is_on_its_way_is_not_tried_again(monkeypatch):
    person = PersonFactory()

    def erase_and_fail(*arguments):
        erase_person(email=person.email, now=NOW)
        raise ConnectionResetError

    monkeypatch.setattr(module, "send_mail", erase_and_fail)
    queue(about=f"person:{person.pk}")
    send()
    assert not Mail.objects.due(NOW + timedelta(days=1)).exists()


def test_a_server_that_hangs_holds_up_the_other_sweeps_for_a_while_only(monkeypatch):
    now = NOW

    def hang(*arguments):
        nonlocal now
        now += LONGEST_SWEEP
        raise TimeoutError

    monkeypatch.setattr(module, "send_mail", hang)
    queue("ada@seller.example", "ben@seller.example", "cyd@seller.example")
    send_due_mail(clock=lambda: now)
    assert Mail.objects.filter(attempts=1).count() == 1


def test_only_so_many_are_sent_at_once_those_due_longest_first():
    queue("ben@seller.example")
    queue("ada@seller.example")
    Mail.objects.filter(to="ada@seller.example").update(next_attempt_at=NOW - timedelta(hours=1))
    assert send_due_mail(clock=lambda: NOW, limit=1) == 1
    assert outgoing.outbox[0].to == ["ada@seller.example"]


def test_erasing_a_person_blanks_and_stops_mail_about_them():
    person = PersonFactory()
    queue(about=f"person:{person.pk}")
    queue(about="person:0")
    erase_person(email=person.email, now=NOW)
    erased = Mail.objects.get(about=f"person:{person.pk}")
    assert "accept" not in f"{erased.subject} {erased.body}"
    assert send() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_senders_at_once_send_each_mail_once():
    queue(*(f"rep{number}@seller.example" for number in range(10)))

    def run() -> None:
        try:
            send()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outgoing.outbox) == 10
