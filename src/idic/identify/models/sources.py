"""Where data comes from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids


class SourceKind(models.TextChoices):
    """What sort of system or channel a source is."""

    TILL = "till", _("Till")
    WEB_SHOP = "web_shop", _("Web shop")
    FILE = "file", _("File")
    FORM = "form", _("Form")
    SDK = "sdk", _("Website or app")
    MAILBOX = "mailbox", _("Mailbox")
    SHOP_SYSTEM = "shop_system", _("Shop system")
    CRM = "crm", _("This CRM")
    DEMO = "demo", _("Demo")


# Those that have a page of their own: what came, what did not.
LIVE_KINDS = (SourceKind.SDK, SourceKind.SHOP_SYSTEM)


class Source(models.Model):
    """A system or channel that sends data. `rank` decides between two sources of one order or
    value: the smaller wins.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=SourceKind.choices)
    rank = models.SmallIntegerField(default=50)
    is_demo = models.BooleanField(default=False)
    # Data somebody sold or shared: it fills what is not known and never wins over our own.
    is_third_party = models.BooleanField(default=False)
    provider = models.CharField(max_length=120, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    lawful_basis = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    @property
    def is_live(self) -> bool:
        """Tell whether it sends by itself, what happens when it happens."""
        return self.kind in LIVE_KINDS

    def __str__(self) -> str:
        return self.name
