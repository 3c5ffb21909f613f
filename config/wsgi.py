"""WSGI entry. Threads hand wake-up calls to the broker and numbers to the counting cache; in embedded mode the worker
and the sweeper run as threads of the one web process, too."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from django.conf import settings  # noqa: E402  settings exist only once Django is set up

from foundation.counters import told  # noqa: E402
from pipeline.tasks import wake_ups  # noqa: E402

wake_ups.start()
if settings.REDIS_URL:
    told.start()

if settings.EMBEDDED:
    from config.embedded import start_background_threads

    start_background_threads()

# What is loaded by now stays for good, so the collector need not look at it. A request makes a few thousand objects and
# leaves next to none: by Python's own threshold the collector would look for them several times in each request.
gc.freeze()
gc.set_threshold(10_000, 10, 10)
