"""Set everything up and run the example company: web server, worker and sweeper in one command."""

import os
import secrets
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.example_company import load_example_company


class Command(BaseCommand):
    help = "Set up SQLite and the example company, then run web server, worker and sweeper until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        port = options["port"]
        _refuse_taken_port(port)
        call_command("migrate", verbosity=0)
        load_example_company(now=timezone.now())
        password = _admin_password()
        self.stdout.write(_welcome(f"http://localhost:{port}", password))
        self.stdout.flush()
        _serve(port)


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(f"Port {port} is taken. Try: PORT={port + 1} make demo") from error


def _admin_password() -> str:
    """The login of the first start, kept beside the data so that later starts can print it again."""
    kept = Path(settings.DATA_DIR) / "demo_admin_password"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(9))
    password = kept.read_text()
    if not User.objects.filter(username="admin").exists():
        User.objects.create_superuser("admin", "admin@tallyfern.example", password)
    return password


def _welcome(base: str, password: str) -> str:
    return f"""
  Switchyard is running. Stop it with Ctrl-C.

    Demo form     {base}/f/demo/
    Contact form  {base}/f/contact/
    Visit form    {base}/f/visit/      every kind of question, also ?lang=de and ?lang=ar
    Admin         {base}/admin/      user: admin   password: {password}
    API docs      {base}/api/docs/

  Data is kept in {settings.DATA_DIR}
"""


# A request waits in its thread for its body: with few, a handful of slow clients would hold everybody up. Nothing else
# buffers bodies here, while in production a proxy does.
THREADS = 64


def _serve(port: int) -> None:
    """Becomes the server process, so that Ctrl-C and signals reach it directly."""
    os.environ.setdefault("PORT", str(port))
    os.execv(  # noqa: S606  our own interpreter with fixed arguments
        sys.executable,
        [
            sys.executable, "-m", "granian", "config.wsgi:application",
            "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "1", "--blocking-threads", str(THREADS), "--respawn-failed-workers",
            # A connection that a browser keeps open must not hold Ctrl-C up.
            "--workers-kill-timeout", "3",
            "--no-ws", "--log-level", "error",
        ],
    )  # fmt: skip
