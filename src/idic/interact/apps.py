"""Tells Django that this room exists."""

from django.apps import AppConfig


class InteractConfig(AppConfig):
    """The room `interact`."""

    name = "idic.interact"
    label = "interact"
    default_auto_field = "django.db.models.BigAutoField"
