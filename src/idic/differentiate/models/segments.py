"""Named rules over customers and who is in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids
from idic.identify.models import Customer


class Segment(models.Model):
    """A named rule (`tree`, typed, see `differentiate.segments`) or a static list of customers."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(_("Name"), max_length=120)
    description = models.CharField(_("Note"), max_length=300, blank=True)
    is_static = models.BooleanField(default=False)
    tree = models.JSONField(default=dict)
    customer_count = models.IntegerField(null=True)
    counted_at = models.DateTimeField(null=True)
    depth = models.JSONField(default=dict)  # how well its people are known, when it was counted
    is_demo = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class SegmentMember(models.Model):
    """A customer in a static segment."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="members")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="segments")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "customer"], name="diff_member_once")
        ]


class SegmentSize(models.Model):
    """How large a segment was on a day."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="sizes")
    on_date = models.DateField()
    customer_count = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "on_date"], name="diff_size_once")
        ]
