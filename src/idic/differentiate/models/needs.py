"""Groups of customers who want the same thing from us."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids


class NeedGroup(models.Model):
    """One need group. `name` is proposed from what stands out and may be edited; `position`
    keeps its column in the matrix. Customers who cannot be placed have no group.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(_("Name"), max_length=80)
    is_named_by_staff = models.BooleanField(default=False)
    position = models.SmallIntegerField(default=0)
    model_index = models.SmallIntegerField(null=True)  # the group's number in `parameters`
    stands_out = models.JSONField(default=list)  # top categories, products, words with lift
    plan = models.TextField(_("What we do for them"), blank=True)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
