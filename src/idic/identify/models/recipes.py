"""How files of one shape are brought in, kept under a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from idic.core import ids


class ImportRecipe(models.Model):
    """A mapping with its choices. It fits every file with the same headings, in any order; one that
    was removed keeps its row, so that the removal can be taken back.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12)  # orders, customers
    shape = models.CharField(max_length=64)  # digest of the headings
    # mapping, encoding, delimiter, sheet, preset, choices, rules: as a draft remembers them
    held = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(removed_at=None), name="identify_recipe_name"
            )
        ]
        indexes = [models.Index(fields=["shape", "kind"], name="identify_recipe_shape")]
