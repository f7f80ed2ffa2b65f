"""Django's settings: which rooms there are, in which order requests pass, where state lives."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from idic import environment

environment.compute_on_one_thread()

SOURCE = Path(__file__).resolve().parent
IDIC_HOME = environment.home()
IDIC_HOST = environment.text("IDIC_HOST", "127.0.0.1")
IDIC_PORT = environment.port("IDIC_PORT", 8000)
IDIC_INGEST_PORT = environment.ingest_port()
IDIC_LANGUAGE = environment.text("IDIC_LANGUAGE", "")
# The address customers' links carry. Empty: there is none yet, and pages say so.
IDIC_PUBLIC_URL = environment.text("IDIC_PUBLIC_URL", "").rstrip("/")
IDIC_LAKE = IDIC_HOME / "lake"
IDIC_FILES = IDIC_HOME / "files"
# How many people the sample shop makes up; 0: as many as its trade says.
IDIC_DEMO_PEOPLE = environment.integer("IDIC_DEMO_PEOPLE", 0)

# How many calls of the API a key may make a minute.
IDIC_API_RATE = environment.integer("IDIC_API_RATE", 600)

# KiotViet's public API; its edition for restaurants answers at another address.
IDIC_KIOTVIET_API = environment.text("IDIC_KIOTVIET_API", "https://public.kiotapi.com")
IDIC_KIOTVIET_LOGIN = environment.text("IDIC_KIOTVIET_LOGIN", "https://id.kiotviet.vn")

SECRET_KEY = environment.secret_key(IDIC_HOME)
DEBUG = environment.text("IDIC_DEBUG", "") == "1"
ALLOWED_HOSTS = (
    ["*"]
    if DEBUG
    else environment.text(
        "IDIC_ALLOWED_HOSTS", f"{IDIC_HOST},127.0.0.1,localhost,[::1],testserver"
    ).split(",")
)
CSRF_TRUSTED_ORIGINS = [IDIC_PUBLIC_URL] if IDIC_PUBLIC_URL else []

# Floors, from the ground up. The app's label is the room's name.
ROOMS = [
    "idic.core",
    "idic.experiments",
    "idic.channels",
    "idic.lake",
    "idic.identify",
    "idic.differentiate",
    "idic.customize",
    "idic.interact",
    "idic.measure",
    "idic.web",
]
INSTALLED_APPS = [
    *ROOMS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
]

MIDDLEWARE = [
    "idic.core.security.SecurityHeadersMiddleware",
    "idic.core.security.PlainAddressMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "idic.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "idic.core.access.StaffOnlyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "idic.urls"
WSGI_APPLICATION = "idic.wsgi.application"

_LOADERS = [
    "django_cotton.cotton_loader.Loader",
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
# The cache lies inside: outside, it would look for a file named "page.html#part".
_CACHED = _LOADERS if DEBUG else [("django.template.loaders.cached.Loader", _LOADERS)]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "OPTIONS": {
            "loaders": [("template_partials.loader.Loader", _CACHED)],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "idic.core.templatetags.shell",
                "idic.core.templatetags.ui",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "idic.web.context.shell",
            ],
        },
    }
]

DATABASES = {"default": environment.database(IDIC_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Background work: our own table behind the Django tasks API.
TASKS = {
    "default": {
        "BACKEND": "idic.core.jobs.tasks.DatabaseBackend",
        "QUEUES": ["default", "events", "long"],
    }
}
IDIC_JOB_LEASE_MS = environment.integer("IDIC_JOB_LEASE_MS", 30_000)
IDIC_JOB_GRACE_MS = environment.integer("IDIC_JOB_GRACE_MS", 10_000)

AUTH_USER_MODEL = "core.Staff"
LOGIN_URL = "web:login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = IDIC_PUBLIC_URL.startswith("https://")
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
FILE_UPLOAD_TEMP_DIR = None

LANGUAGE_CODE = "en"
LANGUAGES = [("vi", _("Vietnamese")), ("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
