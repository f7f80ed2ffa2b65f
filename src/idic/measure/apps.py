"""Tells Django that this room exists."""

from django.apps import AppConfig


class MeasureConfig(AppConfig):
    """The room `measure`."""

    name = "idic.measure"
    label = "measure"
    default_auto_field = "django.db.models.BigAutoField"
