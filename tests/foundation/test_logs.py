"""What is refused is one line of the log; what is broken comes with its traceback."""

import logging

import pytest
from django.core.exceptions import PermissionDenied

from foundation.logs import RefusedWithoutTraceback


def line(status: int) -> logging.LogRecord:
    refusal = PermissionDenied()
    record = logging.LogRecord(
        "django.request", logging.WARNING, "", 1, "%s", ("/admin/",), (type(refusal), refusal, None)
    )
    record.status_code = status
    assert RefusedWithoutTraceback().filter(record)
    return record


@pytest.mark.parametrize("status", [400, 403])
def test_a_refusal_is_one_line(status):
    assert line(status).exc_info is None


def test_what_is_broken_has_its_traceback():
    assert line(500).exc_info is not None


def test_the_log_is_written_so(settings):
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["refused"]
