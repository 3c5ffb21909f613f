"""What all suites share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

# Playwright's sync API runs an event loop, in which Django would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def shared_file(*parts: str) -> Path:
    """A file of the outside test material; skips, saying so, where a checkout has none."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no outside test material here: ../shared/{'/'.join(parts)}")
    return path


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory) -> None:
    """SQLite's test database is a file, as in production: in memory, threads would share one cache and its locks."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("db") / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Let every connection restore what migrations wrote (the contract, the roles) after a test that emptied tables.

    Under Playwright's event loop Django makes another connection object in the same thread, and what was serialised
    when the database was made hangs on the first one. And it would load the serialised rows one by one.
    """
    from django.db import connections

    from tests.kept_rows import keep_all, write

    made_with = connections["default"]
    # There is none where no collected test needs it.
    if hasattr(made_with, "_test_serialized_contents"):
        with django_db_blocker.unblock():
            migrated = keep_all()
        type(made_with)._test_serialized_contents = made_with._test_serialized_contents
        type(made_with.creation).deserialize_db_from_string = lambda creation, serialised: write(migrated)


def pytest_collection_modifyitems(items) -> None:
    """Tests with real transactions end by emptying all tables; each must begin with what migrations wrote."""
    for item in items:
        if "transactional_db" in item.fixturenames and not any(
            mark.kwargs.get("transaction") for mark in item.iter_markers("django_db")
        ):
            # What Django does after such a test would stand in the way of the next one.
            item.add_marker(pytest.mark.django_db(transaction=True))
        for mark in item.iter_markers("django_db"):
            if mark.kwargs.get("transaction"):
                mark.kwargs["serialized_rollback"] = True


@pytest.fixture(autouse=True)
def _fast_passwords(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_wake_ups(monkeypatch) -> None:
    """Tests advance runs themselves; a wake-up call to a broker that nobody reads would only pile up."""
    monkeypatch.setattr("pipeline.tasks.advance_run_task.delay", lambda run_id: None)
    monkeypatch.setattr("integrations.tasks.drain_outbox.delay", lambda: None)
    monkeypatch.setattr("foundation.tasks.run_job_task.delay", lambda job_id: None)


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own() -> None:
    """Emptying the cache between tests must empty neither that of a process beside this one nor the broker's queues."""
    from django.conf import settings
    from django.core.cache import caches

    if settings.REDIS_URL:
        caches["default"].close()
        del caches["default"]
        number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        settings.CACHES["default"]["LOCATION"] = f"{settings.REDIS_URL.rpartition('/')[0]}/{number}"


@pytest.fixture(autouse=True)
def _clean_caches(_cache_of_its_own) -> None:
    """Parsed plans, forms and versions are kept by id, and ids begin anew with each test's database; throttles count
    in the cache."""
    from django.core.cache import cache

    from foundation.briefly_kept import forget_all
    from routing.draft import forget_draft
    from routing.draft_comparison import forget_comparisons
    from routing.past_inputs import kept_past
    from routing.selectors import parsed_plan

    kept_past.forget()
    parsed_plan.cache_clear()
    forget_draft()
    forget_comparisons()
    forget_all()
    cache.clear()
