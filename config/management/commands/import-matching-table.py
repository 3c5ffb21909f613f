"""`manage.py import-matching-table table.csv --apply`"""  # noqa: N999  a command is called what its file is

from argparse import ArgumentParser

from config.switching.switch import DEFAULT_PREFIX, MATCHING
from config.switching.telling import SwitchCommand


class Command(SwitchCommand):
    help = "Rules from a matching table. Shows the difference; changes nothing without --apply."
    kind = MATCHING

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--prefix", default=DEFAULT_PREFIX, help="of the rules' keys; rules of the same prefix are replaced"
        )
