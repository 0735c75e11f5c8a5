"""Settings come from the environment; the defaults are safe for a try-out on this machine.

`PANEL_ENV` is `demo` (default), `test` or `production`. Production refuses to start without real secrets and hosts.
"""

from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from panel.guards import CONTENT_SECURITY_POLICY
from panel.logs import logging_settings
from panel.programs import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401 - so do these their frameworks
from panel.sweeps import beat_schedule

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()

PANEL_ENV = env.str("PANEL_ENV", "demo")
if PANEL_ENV not in {"demo", "test", "production"}:
    raise ImproperlyConfigured(f"PANEL_ENV is {PANEL_ENV!r}; it may be demo, test or production.")
PRODUCTION = PANEL_ENV == "production"

# --- The panel -------------------------------------------------------------------------------------------------

PANEL_NAME = env.str("PANEL_NAME", "Fairpanel")
PANEL_URL = env.str("PANEL_URL", "http://127.0.0.1:8000")
PANEL_CURRENCY = env.str("PANEL_CURRENCY", "USD")
PANEL_DATA = Path(env.str("PANEL_DATA", str(ROOT / "var")))
PANEL_SANDBOX_URL = env.str("PANEL_SANDBOX_URL", "http://127.0.0.1:8900/api/v2")
PANEL_SANDBOX_KEY = env.str("PANEL_SANDBOX_KEY", "sandbox-demo-key")
PANEL_SANDBOX_CONTROL = env.str("PANEL_SANDBOX_CONTROL", "sandbox-control")
# How many orders the demo's customers placed in the past.
PANEL_DEMO_ORDERS = env.int("PANEL_DEMO_ORDERS", 200)
# Who can tell what a counter shows, as dotted names of classes (orders/counting.py). None comes with the panel.
PANEL_COUNT_SOURCES = env.list("PANEL_COUNT_SOURCES", default=[])
# How often a fresh order is asked about; older orders are asked less often.
PANEL_TRACK_SECONDS = env.int("PANEL_TRACK_SECONDS", 60)
# A submission without a known outcome is refunded after this many hours; the house bears the loss.
PANEL_UNCERTAIN_HOURS = env.int("PANEL_UNCERTAIN_HOURS", 24)
# No withdrawal for so long after the way into an account was changed; above this amount two people approve one.
PANEL_WITHDRAWAL_PAUSE_HOURS = env.int("PANEL_WITHDRAWAL_PAUSE_HOURS", 24)
PANEL_SECOND_PERSON_ABOVE = Decimal(env.str("PANEL_SECOND_PERSON_ABOVE", "500.00"))

# --- Paying in -------------------------------------------------------------------------------------------------

# Ways to pay, in the order shown, as dotted names of classes (docs/adding-a-payment-method.md).
PANEL_PAYMENT_METHODS = env.list(
    "PANEL_PAYMENT_METHODS", default=["billing.card.CardPayment", "billing.bank.BankTransfer"]
)
# The least and the most of one payment.
PANEL_DEPOSIT_LEAST = Decimal(env.str("PANEL_DEPOSIT_LEAST", "5"))
PANEL_DEPOSIT_MOST = Decimal(env.str("PANEL_DEPOSIT_MOST", "2000"))
# In its first days an account adds no more than this within 24 hours.
PANEL_DEPOSIT_NEW_DAYS = env.int("PANEL_DEPOSIT_NEW_DAYS", 7)
PANEL_DEPOSIT_NEW_MOST = Decimal(env.str("PANEL_DEPOSIT_NEW_MOST", "500"))
# Where bank transfers go to, as lines that customers read. Empty: no bank transfers.
PANEL_BANK_DETAILS = env.str(
    "PANEL_BANK_DETAILS",
    "" if PRODUCTION else "Fairpanel Demo\nIBAN XX00 0000 0000 0000 0000 00\nBank of Nowhere",
    multiline=True,
)
# What lay at Stripe before this panel: the daily comparison of the books begins with it.
PANEL_STRIPE_OPENING = Decimal(env.str("PANEL_STRIPE_OPENING", "0"))

# --- Card payments: without a key there are none ---------------------------------------------------------------

STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
# Webhooks signed with any of these are believed, so that a secret can be changed without losing one.
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS", default=[])
# Where its pages to pay on are: a form of ours may lead there. Name your own domain too, if Stripe serves them on one.
STRIPE_PAGE_ORIGINS = env.list("STRIPE_PAGE_ORIGINS", default=["https://checkout.stripe.com"])
# Empty for Stripe itself. A demo talks to the Stripe that is played on its own machine (docs/sandbox.md).
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")
STRIPE_DASHBOARD_URL = env.str("STRIPE_DASHBOARD_URL", "https://dashboard.stripe.com")

if STRIPE_SECRET_KEY:
    pay_pages = [STRIPE_API_BASE] if STRIPE_API_BASE else STRIPE_PAGE_ORIGINS
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].extend(pay_pages)

# Whether customers' programs may be called on this machine and in its network: for trying out, never in earnest.
PANEL_WEBHOOKS_ALLOW_PRIVATE = not PRODUCTION

# --- Secrets ---------------------------------------------------------------------------------------------------

DEMO_SECRET = "demo-only-secret-that-production-refuses-0000000000000000"  # noqa: S105
DEMO_FIELD_KEY = "ZGVtby1vbmx5LWtleS0tcmVmdXNlZC1pbi1wcm9kISE="
SECRET_KEY = env.str("SECRET_KEY", DEMO_SECRET)
# Fernet keys for secrets at rest: the first encrypts, all of them decrypt, so keys can be rotated.
PANEL_FIELD_KEYS = env.list("PANEL_FIELD_KEYS", default=[DEMO_FIELD_KEY])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])


def refuse_demo_settings_in_production() -> None:
    if SECRET_KEY == DEMO_SECRET or len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("Production needs SECRET_KEY: at least 50 random characters.")
    if DEMO_FIELD_KEY in PANEL_FIELD_KEYS or not PANEL_FIELD_KEYS:
        raise ImproperlyConfigured("Production needs PANEL_FIELD_KEYS: one or more Fernet keys of your own.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("Production needs ALLOWED_HOSTS: the host names this panel answers to.")
    if not env.str("DATABASE_URL", "") or not env.str("REDIS_URL", ""):
        raise ImproperlyConfigured("Production needs DATABASE_URL and REDIS_URL.")
    if STRIPE_API_BASE:
        raise ImproperlyConfigured("Production takes no STRIPE_API_BASE: money is moved by Stripe itself.")
    if STRIPE_SECRET_KEY and not STRIPE_WEBHOOK_SECRETS:
        raise ImproperlyConfigured("Card payments need STRIPE_WEBHOOK_SECRETS beside STRIPE_SECRET_KEY.")


if PRODUCTION:
    refuse_demo_settings_in_production()

# --- Django ----------------------------------------------------------------------------------------------------

DEBUG = False
ROOT_URLCONF = "panel.urls"
WSGI_APPLICATION = "panel.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "panel",
    "api",
    "refills",
    "orders",
    "catalog",
    "billing",
    "providers",
    "terms",
    "accounts",
    "allauth",
    "allauth.account",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "pgtrigger",
    "rest_framework",
    "template_partials",
    "panel.apps.StaffConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
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
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "panel.context.customer",
            ],
        },
    }
]

# --- Database, broker, cache -----------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", "postgresql://panel@/panel?host=/run/panel")}
DATABASES["default"] |= {
    "ATOMIC_REQUESTS": False,
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
}
DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
    "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
)

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
REDIS_DB = env.int("REDIS_DB", 0)


def celery_broker(url: str) -> str:
    """kombu spells a Unix socket in its own way."""
    parts = urlsplit(url)
    return f"redis+socket://{parts.path}?virtual_host={REDIS_DB}" if parts.scheme == "unix" else url


CELERY_BROKER_URL = celery_broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 5}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = beat_schedule()

# In the database, because signing in and ordering must go on while the broker is away.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "panel_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- People ----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "dashboard"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{PANEL_NAME}] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
# How many proxies of ours stand in front: whose word about the caller's address counts.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
ACCOUNT_ADAPTER = "accounts.adapter.PanelAdapter"
# Only a given-up address is mailed by allauth itself: accounts/adapter.py.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_FORMS = {"signup": "terms.forms.SignUpForm"}

EMAIL_CONFIG = env.email_url("EMAIL_URL", f"filemail:///{PANEL_DATA / 'mail'}")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "panel@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# A mail server that does not answer must not hold up the mails that follow.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 10)
# Where customers write to when a page cannot help them: an address of mail, or of a page.
# Who runs the panel, with the address, line by line: printed on receipts.
PANEL_OPERATOR = env.str("PANEL_OPERATOR", "").replace("\\n", "\n")
PANEL_CONTACT = env.str("PANEL_CONTACT", f"mailto:{DEFAULT_FROM_EMAIL}")

# --- Words, dates, files ---------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(ROOT / "staticfiles")))
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Private pictures, sealed; they have no address. Several machines need one shelf that all of them reach.
    "evidence": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": PANEL_DATA / "evidence",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

FILE_UPLOAD_HANDLERS = [
    "panel.uploads.WithinReason",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- The browser's own guards ----------------------------------------------------------------------------------

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    # Programs that speak API v2 turn a redirected POST into an empty GET; health checks speak plain HTTP.
    SECURE_REDIRECT_EXEMPT = [r"^api/v1/", r"^api/v2/?$", r"^stripe/webhook$", r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 365 * 24 * 3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", True)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", True)
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"
    if env.bool("BEHIND_TLS_PROXY", False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- The resellers' door ---------------------------------------------------------------------------------------

PANEL_API_CALLS_PER_MINUTE = env.int("PANEL_API_CALLS_PER_MINUTE", 120)

# --- Log -------------------------------------------------------------------------------------------------------

LOGGING = logging_settings(env.str("LOG_LEVEL", "WARNING"))
