"""Runs a benchmark module on fresh databases of both kinds: `on_both(__name__)` from its command line."""

import os
import subprocess
import sys
import tempfile

from tests.servers import postgres_server

CHILD = "--child"


def on_both(module: str, *arguments: str) -> int:
    """The first exit code that isn't 0, else 0. Each child has a database and a data folder of its own."""
    codes = [_child(module, "SQLite", {}, arguments)]
    with postgres_server() as url:
        codes.append(_child(module, "PostgreSQL", {"DATABASE_URL": url}, arguments))
    return next((code for code in codes if code), 0)


def _child(module: str, name: str, variables: dict[str, str], arguments: tuple[str, ...]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        print(f"\n{name}", flush=True)
        environment = {**os.environ, "DATA_DIR": folder, **variables}
        return subprocess.run(
            [sys.executable, "-m", module, CHILD, *arguments], env=environment, check=False
        ).returncode


def set_up() -> None:
    """Within a child: Django, migrated tables and the example company."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("load_example", stdout=open(os.devnull, "w"))  # noqa: SIM115  ends with the process
