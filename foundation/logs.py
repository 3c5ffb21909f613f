"""What becomes of a line of the log."""

import logging

# Nothing is wrong with the product where it refuses; a traceback would hide those where something is.
_REFUSED = frozenset({400, 403})


class RefusedWithoutTraceback(logging.Filter):
    """Django logs the traceback of the exception by which a page refuses."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", None) in _REFUSED:
            record.exc_info = record.exc_text = None
        return True
