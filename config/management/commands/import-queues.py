"""`manage.py import-queues queues.csv --apply`"""  # noqa: N999  a command is called what its file is

from config.switching.switch import QUEUES
from config.switching.telling import SwitchCommand


class Command(SwitchCommand):
    help = (
        "Queues, members and counts from another tool's export. Shows the difference; changes nothing without --apply."
    )
    kind = QUEUES
