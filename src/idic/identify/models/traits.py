"""Single facts about a customer, each with its source, time and confidence, and which of them an
import has put out of force.
"""

from __future__ import annotations

from django.db import models

from idic.core import ids

from .records import SourceRecord
from .staging import PublishedManager


class Trait(models.Model):
    """One value one source record gave for one question (`name`, `city`, `birth_date`, …).
    Pinned traits are staff edits: they win and survive a merge.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    # Found by the index below, which begins with it.
    record = models.ForeignKey(
        SourceRecord, on_delete=models.CASCADE, related_name="traits", db_index=False
    )
    name = models.CharField(max_length=60)
    value = models.CharField(max_length=500)
    observed_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    confidence = models.FloatField(default=1.0)
    is_pinned = models.BooleanField(default=False)
    import_run = models.ForeignKey(
        "identify.ImportRun", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = PublishedManager["Trait"]()
    everything = models.Manager["Trait"]()

    class Meta:
        indexes = [models.Index(fields=["record", "name"], name="identify_trait_name")]


class OverruledTrait(models.Model):
    """A value that a file was to overwrite: it does not count while the run that overruled it is
    published. The trait is named by its number alone, so that it can go by itself.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    trait_id = models.BigIntegerField(db_index=True)
    run = models.ForeignKey("identify.ImportRun", on_delete=models.CASCADE, related_name="+")
