"""WSGI entry. In embedded mode the worker and the sweeper run as threads of the one web process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from django.conf import settings  # noqa: E402  settings exist only once Django is set up

if settings.EMBEDDED:
    from config.embedded import start_background_threads

    start_background_threads()
