"""Tells Django that this room exists."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """The room `channels`."""

    name = "idic.channels"
    label = "channels"
    default_auto_field = "django.db.models.BigAutoField"
