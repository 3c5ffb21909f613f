"""A Wagtail site with one form page, as its documentation shows form pages."""
