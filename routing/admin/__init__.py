"""Routing in the admin. Importing registers every page."""

from routing.admin.records import why_html
from routing.admin.working_copy import WorkingCopyAdmin

__all__ = ["WorkingCopyAdmin", "why_html"]
