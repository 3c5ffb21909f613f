"""A kept connection to PostgreSQL costs no check that it doesn't need, and none that is broken is used."""

import pytest
from django.db import connection
from django.db.backends.postgresql import base as djangos
from django.test.utils import CaptureQueriesContext

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _only_on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")


@pytest.fixture(autouse=True)
def kept_connection(monkeypatch):
    """As between two requests, with a connection that has been used."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 600)
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", True)
    connection.close()
    _ask()
    yield
    connection.close()


@pytest.fixture
def asked(monkeypatch) -> list[bool]:
    """What Django's own check, which asks the server, said each time."""
    answers: list[bool] = []
    original = djangos.DatabaseWrapper.is_usable

    def counted(self) -> bool:
        answers.append(original(self))
        return answers[-1]

    monkeypatch.setattr(djangos.DatabaseWrapper, "is_usable", counted)
    return answers


def _ask() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()[0]


def _next_request() -> int:
    """What Django does at a request's end and at the next one's beginning, and its first query."""
    connection.close_if_unusable_or_obsolete()
    return _ask()


def _end_by_the_server() -> None:
    """As a restart, a crash or a failover does to every connection."""
    other = connection.copy()
    pid = connection.connection.info.backend_pid
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()


def test_a_connection_that_was_good_a_moment_ago_is_not_asked(asked):
    kept = connection.connection
    _next_request()
    assert asked == []
    assert connection.connection is kept


def test_a_connection_that_the_server_ended_is_replaced_before_the_first_query(asked):
    _end_by_the_server()
    assert _next_request() == 1
    assert asked == [False]


def test_a_connection_that_has_rested_is_asked(asked, monkeypatch):
    monkeypatch.setattr("foundation.postgresql.base.TRUSTED_FOR_S", 0.0)
    _next_request()
    assert asked == [True]


def test_after_an_error_the_connection_is_asked(asked):
    connection.errors_occurred = True
    _next_request()
    assert asked == [True]


def test_a_prepared_statement_is_made_once_whatever_its_values():
    for number in (1, 2, 3):
        with connection.prepared_cursor() as cursor:
            cursor.execute("SELECT %s + 1", [number])
            assert cursor.fetchone() == (number + 1,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone() == (1,)


def test_other_statements_are_not_prepared():
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s + 1", [1])
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone() == (0,)


def test_a_broken_connection_is_replaced_before_a_prepared_statement():
    _end_by_the_server()
    connection.close_if_unusable_or_obsolete()
    with connection.prepared_cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_a_prepared_statement_can_be_read_with_its_values():
    with CaptureQueriesContext(connection) as asked, connection.prepared_cursor() as cursor:
        cursor.execute("SELECT %s + 1", [41])
    assert asked[0]["sql"] == "SELECT 41 + 1"


def test_a_migration_under_a_kept_connection_fails_no_statement():
    def number():
        with connection.prepared_cursor() as cursor:
            cursor.execute("SELECT number FROM changing")
            return cursor.fetchone()[0]

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE changing AS SELECT 1 AS number")
    assert number() == 1
    with connection.cursor() as cursor:
        # As from another process: psycopg forgets what it prepared when it sees an ALTER of its own connection.
        cursor.execute("DO $$ BEGIN ALTER TABLE changing ALTER number TYPE varchar(5); END $$")
    assert [number(), number()] == ["1", "1"]
