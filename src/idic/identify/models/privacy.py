"""What is kept of people who were erased: nothing but keyed hashes, by which they are recognised
when an old file brings them in again.
"""

from __future__ import annotations

from django.db import models

from idic.core import ids


class Tombstone(models.Model):
    """A keyed hash of one name of an erased person: an identifier, or a source with its key. It
    keeps imports, websites and webhooks from bringing them back, until they come back themselves.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    # Which key of the house made it: with another key nothing would meet it.
    key_mark = models.CharField(max_length=8)
    erased_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
