"""Tells Django that this room exists."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The room `web`."""

    name = "idic.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
