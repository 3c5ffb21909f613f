"""What can go wrong with a spreadsheet as a whole; what is wrong with a row is told with the row."""

from routing.errors import RoutingError


class TableUnreadable(RoutingError):
    """The file is no table that can be read. The text says why, to the person who chose it."""

    code = "table_unreadable"
    status = 422


class TooManyRows(TableUnreadable):
    """More rows than are read here."""


class ImportRefused(RoutingError):
    """Nothing was imported; the text says why and what to do."""

    code = "import_refused"
    status = 409
