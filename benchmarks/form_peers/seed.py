"""Makes a contender's tables and data: `python -m benchmarks.form_peers.seed [module with seed()]`, in its settings."""

import sys
from importlib import import_module

import django
from django.core.management import call_command


def main(modules: list[str]) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    # The peers' own apps have no migrations; those of Wagtail's they refer to stand by now.
    call_command("migrate", verbosity=0, run_syncdb=True)
    for module in modules:
        import_module(module).seed()


if __name__ == "__main__":
    main(sys.argv[1:])
