"""Every setting of an installation, in the order of `.env.sample`."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from redis.backoff import NoBackoff
from redis.retry import Retry

from rights_portal import env, mail, production
from rights_portal.databases import database_settings
from rights_portal.keys import development_secret
from subjects.management.sockets import valkey_url

BASE_DIR = Path(__file__).resolve().parent.parent
env.load_file(BASE_DIR / ".env")

# --- What kind of installation ------------------------------------------------------------
PRODUCTION = env.one_of("PORTAL_MODE", ("development", "production"), "development") == "production"
DEBUG = False  # Never: a debug page prints what a person typed.
VAR_DIR = Path(env.text("PORTAL_VAR_DIR", str(BASE_DIR / "var"))).resolve()
_address = env.own("PORTAL_PUBLIC_URL", "http://127.0.0.1:8000", production=PRODUCTION)
PUBLIC_URL = _address.rstrip("/")
ALLOWED_HOSTS = env.words("PORTAL_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver")
PROXY_HOPS = env.number("PORTAL_PROXY_HOPS", 0)
"""How many reverse proxies of the operator stand before us; with 0 X-Forwarded-For is ignored."""

# --- Secrets ------------------------------------------------------------------------------
if PRODUCTION:
    SECRET_KEY = env.text("SECRET_KEY", what_to_do="Give a long random value, kept apart.")
    VAULT_KEYS = env.text("PORTAL_VAULT_KEYS", what_to_do="docs/deploying.md says how to make it.")
else:
    _keys = VAR_DIR / "keys"
    SECRET_KEY = env.text("SECRET_KEY", "") or development_secret(_keys / "django")
    VAULT_KEYS = env.text("PORTAL_VAULT_KEYS", "") or "dev:" + development_secret(_keys / "vault")
"""Key-encryption keys `id:base64url of 32 bytes`, separated by commas; the first one seals."""

# --- The controller -----------------------------------------------------------------------
CONTROLLER_NAME = env.own("PORTAL_CONTROLLER_NAME", "Example Faces", production=PRODUCTION)
CONTROLLER_COUNTRY = env.own("PORTAL_CONTROLLER_COUNTRY", "FR", production=PRODUCTION)
CONTROLLER_TIME_ZONE = env.own("PORTAL_CONTROLLER_TIME_ZONE", "Europe/Paris", production=PRODUCTION)
CONTROLLER_ADDRESS = env.own(
    "PORTAL_CONTROLLER_ADDRESS", "1 Example Street, 75001 Paris, France", production=PRODUCTION
)
CONTROLLER_EMAIL = env.own("PORTAL_CONTROLLER_EMAIL", "rights@faces.example", production=PRODUCTION)
CONTROLLER_REPRESENTATIVE = env.text("PORTAL_CONTROLLER_REPRESENTATIVE", "")
"""In the Union, for a controller that is not established there (Art 27)."""
DPO_CONTACT = env.own("PORTAL_DPO_CONTACT", "dpo@faces.example", production=PRODUCTION)

# --- The log --------------------------------------------------------------------------------
LOG_ORIGIN = env.origin("PORTAL_LOG_ORIGIN", None if PRODUCTION else "faces.example/rights-log")
"""The first line of each checkpoint: names this log for ever, so it is never changed."""
LOG_DIR = Path(env.text("PORTAL_LOG_DIR", str(VAR_DIR / "log"))).resolve()
LOG_KEYS_DIR = Path(env.text("PORTAL_LOG_KEYS_DIR", str(VAR_DIR / "keys" / "log"))).resolve()
LOG_DAYS = env.number("PORTAL_LOG_DAYS", 6 * 365, at_least=365)
SEQUENCE_SECONDS = env.number("PORTAL_SEQUENCE_SECONDS", 2.0, at_least=0.1)
TIMESTAMP_URLS = env.words("PORTAL_TIMESTAMP_URLS", "")
"""Authorities that put a time on the log (RFC 3161); each one shows as missing until it did."""
TIMESTAMP_CA_FILE = env.text("PORTAL_TIMESTAMP_CA_FILE", "")
WITNESS_POLICY_FILE = env.text("PORTAL_WITNESS_POLICY_FILE", "")
PACKAGE_DAYS = env.number("PORTAL_PACKAGE_DAYS", 30, at_least=1)

# --- Servers ------------------------------------------------------------------------------
DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")
REDIS_URL = env.text("REDIS_URL", valkey_url(VAR_DIR / "valkey"))
EMAIL_URL = env.text(
    "PORTAL_EMAIL_URL",
    None if PRODUCTION else "",
    what_to_do="Without a mail server nobody would ever get their link.",
)
EMAIL_FROM = env.text("PORTAL_EMAIL_FROM", CONTROLLER_EMAIL)

# --- Policies (days are calendar days unless said otherwise) ---------------------------------
HOLD_DAYS = env.number("PORTAL_HOLD_DAYS", 3 if PRODUCTION else 0)
PROBE_DAYS = env.number("PORTAL_PROBE_DAYS", 14)
DELIVERY_DAYS = env.number("PORTAL_DELIVERY_DAYS", 30, at_least=1)
BACKUP_DAYS = env.number("PORTAL_BACKUP_DAYS", 30)
CASE_FILE_DAYS = env.number("PORTAL_CASE_FILE_DAYS", 3 * 365)
_example = str(BASE_DIR / "demonstration" / "article15.toml")
ARTICLE_15_FILE = Path(env.own("PORTAL_ARTICLE_15_FILE", _example, production=PRODUCTION))
"""What the controller says about purposes, periods and so on in every copy (Art 15(1), (2))."""
SUSPENSION_ASK_DAYS = env.number("PORTAL_SUSPENSION_ASK_DAYS", 3)
SEARCH_RADIUS = env.number("PORTAL_SEARCH_RADIUS", 0.6)
STRONG_RADIUS = env.number("PORTAL_STRONG_RADIUS", 0.42)
FILINGS_BEFORE_SLOW_LANE = env.text("PORTAL_FILINGS_BEFORE_SLOW_LANE", "20/h")
UPLOAD_BYTES = env.number("PORTAL_UPLOAD_BYTES", 12 * 1024 * 1024)
ENCODER_MEMORY_MB = env.number("PORTAL_ENCODER_MEMORY_MB", 3072, at_least=512)
ENCODER_SECONDS = env.number("PORTAL_ENCODER_SECONDS", 30, at_least=1)
LEASE_SECONDS = env.number("PORTAL_LEASE_SECONDS", 120, at_least=1)
SWEEP_SECONDS = env.number("PORTAL_SWEEP_SECONDS", 10.0, at_least=0.1)
FAULT_POINTS = env.text("PORTAL_FAULT_POINTS", "")
"""Tests only: named points at which this process kills itself. Refused in production."""

# --- The organisation's stores ----------------------------------------------------------------
STORES_DIR = Path(env.text("PORTAL_STORES_DIR", str(VAR_DIR / "stores"))).resolve()
FACE_TEMPLATE_STORES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "subjects.stores.bundled.BundledStore",
        "OPTIONS": {
            "name": "Live gallery",
            "directory": STORES_DIR / "live",
            "redactor": "subjects.faces.redact.blank_faces",
        },
    },
    "archive": {
        "BACKEND": "subjects.stores.bundled.BundledStore",
        "OPTIONS": {
            "name": "Archive",
            "directory": STORES_DIR / "archive",
            "redactor": "subjects.faces.redact.blank_faces",
        },
    },
}

env.refuse_unknown()
if PRODUCTION:
    production.refuse_demonstration(
        fault_points=FAULT_POINTS,
        vault_keys=VAULT_KEYS,
        public_url=PUBLIC_URL,
        stores=FACE_TEMPLATE_STORES,
    )

# --- Django ---------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "subjects",
    "subjects.audit",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "rights_portal.urls"
WSGI_APPLICATION = "rights_portal.wsgi.application"
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
                "subjects.portal.context.controller",
            ],
        },
    },
]
DATABASES = {"default": database_settings(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_no_number = REDIS_URL.startswith("unix:") and "?" not in REDIS_URL
_redis_for_cache = f"{REDIS_URL}?db=1" if _no_number else REDIS_URL
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "default"},
    "rates": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _redis_for_cache,
        "OPTIONS": {
            "socket_timeout": 1,
            "socket_connect_timeout": 1,
            "retry": Retry(NoBackoff(), 0),  # a hung Redis may cost a person one second, not four
        },
    },
    "rates_or_process": {"BACKEND": "subjects.rates.RatesCache"},
    "rates_without_redis": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "rates",
    },
}
RATELIMIT_USE_CACHE = "rates_or_process"
SILENCED_SYSTEM_CHECKS = [
    "django_ratelimit.W001",  # our cache counts in Redis, or in the process while Redis fails
]

# --- Celery: a message is a nudge, so losing one is cheap and running one twice is harmless -----
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 43200,  # never the way back: the sweeper is
    # A page that nudges a worker waits no longer than this: without max_retries kombu tries to
    # connect for six seconds even with retry=False. Workers connect again whatever it says.
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "max_retries": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # a poisonous task must not come back by itself
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# A copy of a thousand pictures takes an hour; who is stuck for real loses the lease long before.
CELERY_TASK_TIME_LIMIT = 4 * 3600
CELERY_TASK_SOFT_TIME_LIMIT = CELERY_TASK_TIME_LIMIT - 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 50
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- Mail -----------------------------------------------------------------------------------
MAIL_DIR = VAR_DIR / "mail"
if EMAIL_URL:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    globals().update(mail.smtp_settings(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_DIR
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = EMAIL_FROM

# --- Language and time ------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_TZ = True
TIME_ZONE = CONTROLLER_TIME_ZONE
DATE_FORMAT = "j F Y"

# --- The browser ------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_USE_FINDERS = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
"""With no-referrer a browser sends `Origin: null` with each form, which the CSRF check refuses."""
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = int(timedelta(hours=8).total_seconds())
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if PRODUCTION and _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_SECONDS > 0
SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
SECURE_SSL_REDIRECT = PRODUCTION and _https
if PROXY_HOPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 20  # more than five is told in the form, which keeps its words
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_BYTES * 5 + 1024 * 1024  # never on disk in clear
LOGIN_URL = "desk:sign_in"
LOGIN_REDIRECT_URL = "desk:queue"
LOGOUT_REDIRECT_URL = "desk:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- Logs: fields of an allow-list only, so that no face, name or secret can slip in --------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "rights_portal.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "weasyprint": {"level": "WARNING"},  # or each step of each page is a line
        "fontTools": {"level": "WARNING"},
    },
}
