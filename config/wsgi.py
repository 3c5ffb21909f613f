"""WSGI entry. A thread hands wake-up calls to the broker; in embedded mode the worker and the sweeper run as threads of
the one web process, too."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from django.conf import settings  # noqa: E402  settings exist only once Django is set up

from pipeline.tasks import wake_ups  # noqa: E402

wake_ups.start()

if settings.EMBEDDED:
    from config.embedded import start_background_threads

    start_background_threads()
