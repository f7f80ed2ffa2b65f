"""Tells Django that this room exists."""

from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    """The room `experiments`."""

    name = "idic.experiments"
    label = "experiments"
    default_auto_field = "django.db.models.BigAutoField"
