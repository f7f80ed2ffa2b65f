"""Tells Django that this room exists."""

from django.apps import AppConfig


class DifferentiateConfig(AppConfig):
    """The room `differentiate`."""

    name = "idic.differentiate"
    label = "differentiate"
    default_auto_field = "django.db.models.BigAutoField"
