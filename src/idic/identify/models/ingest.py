"""The ingest API's tables: keys, the ledger that balances, what was refused, how far loading is."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids

from .records import SourceRecord
from .sources import Source


class WriteKey(models.Model):
    """What an SDK shows to write to a source. Only a digest is kept, and the last letters to tell
    keys apart; a source may have two while one takes the other's place.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="write_keys")
    digest = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class Webhook(models.Model):
    """The address a shop system sends to. Its secrets lie in a file beside the database that only
    the installation reads, as a channel's password does.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    source = models.OneToOneField(Source, on_delete=models.PROTECT, related_name="webhook")
    sender = models.CharField(max_length=20)  # a code of `ingest.hooks.senders`
    token = models.CharField(max_length=40, unique=True)
    is_off = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()


class Pull(models.Model):
    """A shop system that is asked for what is new. What was asked for last stands in `places`, by
    subject; it moves once what came is safe in the accept log. The secret lies in a file.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    source = models.OneToOneField(Source, on_delete=models.PROTECT, related_name="pull")
    retailer = models.CharField(max_length=120)  # as the system names the shop
    client_id = models.CharField(max_length=120)
    is_off = models.BooleanField(default=False)
    places = models.JSONField(default=dict)
    began_at = models.DateTimeField(null=True)  # of the latest round
    pulled_at = models.DateTimeField(null=True)  # when a round last came to its end
    pulled = models.BigIntegerField(default=0)  # things that came, over all rounds
    resume_at = models.DateTimeField(null=True)  # not before this: it was asked too often
    problem = models.CharField(max_length=40, blank=True)  # a code; the page says it in words
    detail = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()


class IngestDay(models.Model):
    """The ledger of one source on one day (UTC) of receipt. What was accepted is stored, a
    duplicate, rejected or quarantined, and nothing else; what was turned away at the door was
    never accepted. Without a source: nobody knows whose key it was.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    source = models.ForeignKey(
        Source, null=True, on_delete=models.PROTECT, related_name="ingest_days"
    )
    day = models.DateField()
    accepted = models.BigIntegerField(default=0)
    stored = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "day"], name="identify_ingest_day"),
            models.UniqueConstraint(
                fields=["day"],
                condition=models.Q(source=None),
                name="identify_ingest_day_of_nobody",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    accepted=models.F("stored")
                    + models.F("duplicate")
                    + models.F("rejected")
                    + models.F("quarantined")
                ),
                name="identify_ingest_balances",
            ),
        ]


class IngestProblemState(models.TextChoices):
    """What became of a call that was not stored."""

    REFUSED = "refused", _("Turned away")  # at the door: its sender was told
    REJECTED = "rejected", _("Rejected")  # can never be stored as it is
    QUARANTINED = "quarantined", _("Held back")  # readable, but not to be believed as it is
    WAITING = "waiting", _("Is being tried again")
    SOLVED = "solved", _("Taken later")


class IngestProblem(models.Model):
    """A call that was not stored, with its reason and its text, to be tried again."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    source = models.ForeignKey(
        Source, null=True, on_delete=models.PROTECT, related_name="ingest_problems"
    )
    record = models.ForeignKey(
        SourceRecord, null=True, on_delete=models.CASCADE, related_name="ingest_problems"
    )
    state = models.CharField(max_length=12, choices=IngestProblemState.choices)
    reason = models.CharField(max_length=40)  # a code; the page says it in words
    detail = models.CharField(max_length=300, blank=True)
    message_id = models.CharField(max_length=120, blank=True)
    endpoint = models.SmallIntegerField(default=0)
    sent_at = models.CharField(max_length=60, blank=True)  # of its batch, as given
    body = models.TextField(blank=True)
    received_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["source", "-id"], name="identify_problem_source"),
            models.Index(fields=["state", "received_at"], name="identify_problem_state"),
        ]


class IngestMark(models.Model):
    """How far one segment of the accept log is loaded: frames before `offset` are in the tables,
    and of the frame there the first `call` calls. It moves in the transaction of the rows.
    """

    segment = models.CharField(max_length=80, primary_key=True)
    offset = models.BigIntegerField(default=0)
    call = models.IntegerField(default=0)
    updated_at = models.DateTimeField()
