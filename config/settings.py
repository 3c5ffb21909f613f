"""All settings, read through one django-environ `env`; every variable is described in docs/configuration.md.

A fresh clone runs without any variable set: one process, SQLite, no broker. Set DATABASE_URL and REDIS_URL
to grow; with REDIS_URL set, SECRET_KEY becomes required, since several machines must agree on it.
"""

import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from kombu import Queue

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env_file = BASE_DIR / ".env"
if env_file.exists():
    env.read_env(env_file)

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

REDIS_URL: str = env.str("REDIS_URL", default="")
EMBEDDED: bool = env.bool("EMBEDDED", default=not REDIS_URL)


# Core


def _secret_key() -> str:
    """The configured key, or one made on first start and kept in DATA_DIR (embedded mode only)."""
    configured = env.str("SECRET_KEY", default="")
    if configured:
        return str(configured)
    if not EMBEDDED:
        raise ImproperlyConfigured("SECRET_KEY must be set when REDIS_URL is set or EMBEDDED is off")
    path = DATA_DIR / "secret_key"
    if not path.exists():
        draft = DATA_DIR / f"secret_key.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        # Two processes may start at once: the first link wins, and both read the winner's key.
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


SECRET_KEY = _secret_key()
# django-fernet-encrypted-fields derives its key from SECRET_KEY and this salt.
SALT_KEY: list[str] = env.list("FIELD_ENCRYPTION_SALTS", default=["switchyard-field-encryption"])
DEBUG: bool = env.bool("DEBUG", default=False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PORT: int = env.int("PORT", default=8000)
PUBLIC_URL: str = env.str("PUBLIC_URL", default=f"http://localhost:{PORT}").rstrip("/")
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "simple_history",
    "import_export",
    "foundation",
    "leads",
    "routing",
    "experiments",
    "enrichment",
    "integrations",
    "pipeline",
    "forms_engine",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.csp.PolicyMiddleware",
    "forms_engine.cors.CorsMiddleware",
    "config.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.middleware.AuthenticationMiddleware",
    "config.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.history_middleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


# Database


def _database() -> dict[str, object]:
    config: dict[str, object] = dict(env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'switchyard.sqlite3'}"))
    config["ATOMIC_REQUESTS"] = False
    if config["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE takes the write lock when a transaction begins: under threads the default (deferred) mode
        # fails with "database is locked" when two transactions try to upgrade at once.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
    else:
        # A Unix socket directory arrives percent-encoded in the host part; django-environ leaves it so.
        config["HOST"] = unquote(str(config.get("HOST") or ""))
        # A new connection per request costs 5 to 9 times a kept one.
        config["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE_S", default=600)
        # A restarted server must not cost a lead. Ours checks without asking the server (foundation/postgresql).
        config["CONN_HEALTH_CHECKS"] = True
        if config["ENGINE"] == "django.db.backends.postgresql":
            config["ENGINE"] = "foundation.postgresql"
            # At once; only cursors that are meant for it prepare anything.
            threshold = 0 if env.bool("DATABASE_PREPARES", default=True) else None
            config["OPTIONS"] = {**config.get("OPTIONS", {}), "prepare_threshold": threshold}  # type: ignore[dict-item]
    return config


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# Cache, jobs

CACHES: dict[str, dict[str, object]] = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}
    )
}
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
# Without the shorter polling interval each hop over memory:// waits up to a second.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600} if REDIS_URL else {"polling_interval": 0.05}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A lost broker must cost milliseconds on the request path, never the request: the sweeper finds the run.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
# Long jobs never stand between a lead and its owner. A worker that isn't told otherwise takes from both.
CELERY_TASK_QUEUES = [Queue("celery"), Queue("jobs")]
CELERY_TASK_ROUTES = {"foundation.run_job": {"queue": "jobs"}}
WORKER_THREADS: int = env.int("WORKER_THREADS", default=4)
SWEEP_INTERVAL_S: float = env.float("SWEEP_INTERVAL_S", default=2.0)


# Time and language

TIME_ZONE: str = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
LANGUAGE_CODE = "en"
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]


# Mail: none is sent until EMAIL_URL names a server; until then it is printed to the log.

vars().update(env.email("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT: float = env.float("EMAIL_TIMEOUT_S", default=10.0)
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="switchyard@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ALERT_EMAILS: list[str] = env.list("ALERT_EMAILS", default=[])
FALLBACK_ALERT_RATE: float = env.float("FALLBACK_ALERT_RATE", default=0.2)
FALLBACK_ALERT_MIN: int = env.int("FALLBACK_ALERT_MIN", default=20)
ALERT_REPEAT = timedelta(hours=env.float("ALERT_REPEAT_HOURS", default=24))


# Publishing

PLAN_NEEDS_APPROVAL: bool = env.bool("PLAN_NEEDS_APPROVAL", default=False)


# Static files

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
# WhiteNoise warns about a folder that isn't there; it stays empty until `collectstatic`.
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = True
WHITENOISE_KEEP_ONLY_HASHED_FILES = False


# Security

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
SERVED_OVER_TLS = urlsplit(PUBLIC_URL).scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SERVED_OVER_TLS
SECURE_HSTS_SECONDS: int = env.int("HSTS_SECONDS", default=0)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
# Forms get this strict policy; the admin's own scripts need more (config/csp.py).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
MAX_SUBMISSION_BYTES: int = env.int("MAX_SUBMISSION_BYTES", default=64 * 1024)


# API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "foundation.api_errors.handle_exception",
    "DEFAULT_THROTTLE_RATES": {
        "submissions": env.str("SUBMISSION_RATE", default="60/min"),
        "submissions_of_form": env.str("FORM_SUBMISSION_RATE", default="600/min"),
        "steps": env.str("STEP_RATE", default="240/min"),
        "views": env.str("VIEW_RATE", default="600/min"),
    },
    "NUM_PROXIES": TRUSTED_PROXIES,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Switchyard API",
    "DESCRIPTION": "Show forms, keep what is filled in, send submissions, follow them to their owner.",
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "serverToken": {"type": "http", "scheme": "bearer", "description": "A server token, made in the admin."}
        }
    },
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
}


# Forms, enrichment and webhooks

FORM_VERSION_GRACE = timedelta(hours=env.int("FORM_VERSION_GRACE_HOURS", default=72))
# How hard a browser works before it sends: half of this many hashes on average.
PROOF_MAX_NUMBER: int = env.int("PROOF_MAX_NUMBER", default=30_000)
PARTIAL_LIFETIME = timedelta(days=env.int("PARTIAL_DAYS", default=30))
COUNTRY_HEADER: str = env.str("COUNTRY_HEADER", default="")
# Where answers aren't kept before sending without consent: the EEA, Switzerland and the United Kingdom with what
# belongs to them, and countries elsewhere whose data protection law starts from consent (docs/configuration.md).
_CONSENT_COUNTRIES = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO CH GB GG GI IM JE AX BL "
    "GF GP MF MQ RE YT AD MC SM VA FO GL AL BA MD ME MK RS TR UA AR BR CA CL CN CO EC IL IN ID JP KE KR MX MY NG PE PH "
    "SA SG TH TW UY VN ZA"
)
CONSENT_COUNTRIES = frozenset(env.list("CONSENT_COUNTRIES", default=_CONSENT_COUNTRIES.split()))
COMPANY_MAIL_DOMAINS: list[str] = env.list("COMPANY_MAIL_DOMAINS", default=["easypost.com", "frontier.com"])
WEBHOOK_TIMEOUT_S: float = env.float("WEBHOOK_TIMEOUT_S", default=10.0)
WEBHOOK_ALLOW_PRIVATE_ADDRESSES: bool = env.bool("WEBHOOK_ALLOW_PRIVATE_ADDRESSES", default=False)


# Logging: no request bodies, no answers, no addresses of people; identifiers only.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"refused": {"()": "foundation.logs.RefusedWithoutTraceback"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refused"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {"django": {"handlers": [], "propagate": True}},
}


# Admin

UNFOLD = {
    "SITE_TITLE": "Switchyard",
    "SITE_HEADER": "Switchyard",
    "SITE_SYMBOL": "alt_route",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("foundation/admin.css")],
    "SCRIPTS": [lambda request: static("foundation/admin.js")],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("forms_engine/icon.svg")},
    ],
    "DASHBOARD_CALLBACK": "config.dashboard.dashboard",
    # A calm teal. Buttons and links use 600 on light and 500 on dark: both keep 4.5:1.
    "COLORS": {
        "primary": {
            "50": "oklch(98.4% .014 180.72)",
            "100": "oklch(95.3% .051 180.801)",
            "200": "oklch(91% .096 180.426)",
            "300": "oklch(85.5% .138 181.071)",
            "400": "oklch(77.7% .152 181.912)",
            "500": "oklch(70.4% .14 182.503)",
            "600": "oklch(48% .085 188.216)",
            "700": "oklch(43.7% .078 188.216)",
            "800": "oklch(38.6% .063 188.416)",
            "900": "oklch(32% .05 188.416)",
            "950": "oklch(27.7% .046 192.524)",
        },
    },
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": "config.navigation.sidebar"},
}
