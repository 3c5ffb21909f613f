"""Sets contenders up and serves each as the product is served: granian WSGI, one worker, on loopback."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg

from benchmarks.form_peers.contenders import Contender
from tests.servers import postgres_server, redis_server

PATIENCE_S = 60


@dataclass(frozen=True)
class Served:
    contender: Contender
    port: int
    database_url: str
    environment: dict[str, str]

    def count_rows(self) -> dict[str, int]:
        with psycopg.connect(_for_psycopg(self.database_url)) as connection:
            return {table: _count(connection, table) for table in self.contender.tables}


@contextmanager
def all_served(
    contenders: tuple[Contender, ...],
    *,
    threads: int,
    seeds: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[list[Served]]:
    """Every contender on a database of its own of one PostgreSQL, beside one Valkey. All stay up together.

    `seeds`: modules whose `seed()` comes before the contenders' own. `environment`: theirs, on top of their own.
    """
    with ExitStack() as stack:
        database_url = stack.enter_context(postgres_server())
        redis_url = stack.enter_context(redis_server())
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        shared = {**os.environ, "REDIS_URL": redis_url, "DATA_DIR": folder}
        served = [
            _set_up(contender, seeds, database_url, {**shared, **contender.environment, **(environment or {})})
            for contender in contenders
        ]
        for one in served:
            stack.enter_context(serve(one.contender.wsgi, one.port, one.environment, threads=threads))
        yield served


def _set_up(contender: Contender, seeds: tuple[str, ...], database_url: str, environment: dict[str, str]) -> Served:
    with psycopg.connect(_for_psycopg(database_url), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {contender.key}")
    url = database_url.removesuffix("postgres") + contender.key
    environment = {**environment, "DJANGO_SETTINGS_MODULE": contender.settings, "DATABASE_URL": url}
    subprocess.run(
        [sys.executable, "-m", "benchmarks.form_peers.seed", *seeds, *contender.seeds], env=environment, check=True
    )
    return Served(contender, free_port(), url, environment)


@contextmanager
def serve(application: str, port: int, environment: dict[str, str], *, threads: int) -> Iterator[None]:
    process = subprocess.Popen(
        [
            sys.executable, "-m", "granian", application,
            "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "1", "--blocking-threads", str(threads), "--no-ws", "--log-level", "error",
        ],
        env=environment,
    )  # fmt: skip
    try:
        _await_answer(port, process)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _await_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError("the server did not come up")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _for_psycopg(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


def _count(connection: psycopg.Connection, table: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert found
    return int(found[0])
