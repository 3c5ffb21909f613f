"""`manage.py import-queues queues.csv --apply`"""

from config.switching.switch import QUEUES
from config.switching.telling import SwitchCommand


class Command(SwitchCommand):
    help = "Queues, members and counts from another tool's export. Shows the difference; changes nothing without --apply."
    kind = QUEUES
