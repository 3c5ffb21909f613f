"""A Django project with nothing in it but one view that inserts one row."""
