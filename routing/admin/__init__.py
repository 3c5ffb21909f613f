"""Routing in the admin. Importing registers every page."""

from routing.admin import alerts
from routing.admin.records import why_html
from routing.admin.working_copy import WorkingCopyAdmin

__all__ = ["WorkingCopyAdmin", "alerts", "why_html"]
