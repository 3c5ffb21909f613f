from benchmarks.form_peers.database import databases

SECRET_KEY = "measured, never deployed"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.form_peers.bare.urls"
INSTALLED_APPS = ["benchmarks.form_peers.bare"]
MIDDLEWARE: list[str] = []
DATABASES = databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
