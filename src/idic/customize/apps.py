"""Tells Django that this room exists."""

from django.apps import AppConfig


class CustomizeConfig(AppConfig):
    """The room `customize`."""

    name = "idic.customize"
    label = "customize"
    default_auto_field = "django.db.models.BigAutoField"
