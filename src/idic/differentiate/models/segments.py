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
    # What the criterion separates, when it was counted (`differentiate.segment_quality.Quality`).
    quality = models.JSONField(default=dict)
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


class SegmentSlice(models.Model):
    """Who was in a rule's segment when it was last looked at: the customers whose id falls into one
    of `SLICES` parts, ascending, packed (`differentiate.membership`). So that a change of one
    customer reads and writes one part, and a million members take a few megabytes.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="slices")
    number = models.SmallIntegerField()
    member_count = models.IntegerField()
    members = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "number"], name="diff_slice_once")
        ]


class MoveCause(models.TextChoices):
    """What made somebody enter or leave a segment."""

    CHANGE = "change", _("Something about them changed")
    TIME = "time", _("Time went by")
    RULE = "rule", _("The rule was changed")


class SegmentMove(models.Model):
    """A customer entered or left a segment, when and why. `clauses` are the parts of the rule that
    let them in, or that no longer hold: rules as plain values, said in the viewer's language.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="moves", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    has_entered = models.BooleanField()
    cause = models.CharField(max_length=6, choices=MoveCause.choices)
    clauses = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["segment", "-at", "-id"], name="diff_move_newest")]


class SegmentSize(models.Model):
    """How large a segment was on a day."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="sizes")
    on_date = models.DateField()
    customer_count = models.IntegerField()
    # How many came and went since the day before; null on the first day.
    entered_count = models.IntegerField(null=True)
    left_count = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "on_date"], name="diff_size_once")
        ]
