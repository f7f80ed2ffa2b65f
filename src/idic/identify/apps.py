"""Tells Django that this room exists."""

from django.apps import AppConfig


class IdentifyConfig(AppConfig):
    """The room `identify`."""

    name = "idic.identify"
    label = "identify"
    default_auto_field = "django.db.models.BigAutoField"
