"""Tells Django that this room exists."""

from django.apps import AppConfig


class LakeConfig(AppConfig):
    """The room `lake`."""

    name = "idic.lake"
    label = "lake"
    default_auto_field = "django.db.models.BigAutoField"
