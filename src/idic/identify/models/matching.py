"""What the matcher works with: its frozen models, each record in comparable spelling with the keys
it is found by, and pairs that wait for a person. Numbers of records lead here without constraints:
records come and go with imports, and everything here can be worked out anew.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids

from .cleaning import ActState
from .records import SourceRecord


class MatchModel(models.Model):
    """What the matcher learned of one shop's records, frozen: `parameters` is the JSON of
    `engine.matching.Parameters`, the rates of values lie in a file beside the lake. `number` is
    what its keys are stored under. `counts` says what the run saw and did, never anybody's values.
    `finished_at` stays empty while what it found is not yet carried out.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    number = models.IntegerField(unique=True)
    is_demo = models.BooleanField(default=False)
    is_current = models.BooleanField(default=False)
    parameters = models.TextField()
    record_count = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    fitted_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Own people and those of the sample shop never meet: each have a model.
            models.UniqueConstraint(
                fields=["is_demo"],
                condition=models.Q(is_current=True),
                name="identify_match_one_current",
            )
        ]


class MatchRecord(models.Model):
    """A person's record as the matcher compares it (`engine.matching.clean`), empty where nothing
    is known. Kept beside the records so that one new record is weighed in milliseconds.
    """

    record = models.OneToOneField(
        SourceRecord,
        primary_key=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="match_record",
    )
    is_demo = models.BooleanField(default=False)
    name = models.CharField(max_length=500, blank=True)
    phone = models.CharField(max_length=500, blank=True)
    email = models.CharField(max_length=500, blank=True)
    birth_date = models.CharField(max_length=500, blank=True)
    address = models.CharField(max_length=500, blank=True)
    city = models.CharField(max_length=500, blank=True)
    postcode = models.CharField(max_length=500, blank=True)
    gender = models.CharField(max_length=500, blank=True)
    card = models.CharField(max_length=500, blank=True)
    zalo = models.CharField(max_length=500, blank=True)
    wechat = models.CharField(max_length=500, blank=True)


class MatchKey(models.Model):
    """A key a record is found by, under the caps of one model. On SQLite the primary key is the
    table (WITHOUT ROWID, made in the migration). Keys of records that are gone find nobody.
    """

    pk = models.CompositePrimaryKey("number", "key", "record_number")
    number = models.IntegerField()
    key = models.BigIntegerField()
    record_number = models.BigIntegerField()


class PairState(models.TextChoices):
    """Where a possible double stands. An undone decision opens it again."""

    OPEN = "open", _("To look at")
    SAME = "same", _("The same person")
    DIFFERENT = "different", _("Two people")
    LATER = "later", _("Later")


class MatchAct(models.Model):
    """All pairs from a probability on taken as the same, after a sample of them was looked at:
    `audit` keeps what the sample said. It can be undone as a whole.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    threshold = models.FloatField()
    is_demo = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=ActState.choices, default=ActState.RUNNING)
    actor = models.CharField(max_length=160)
    audit = models.JSONField(default=dict)
    count = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    at = models.DateTimeField()


class MatchPair(models.Model):
    """Two records that may be one person's, for somebody to look at: the likeliest pair of records
    of two customers. `weight` is log2 odds of the customers as wholes, `value` what both have
    bought (minor units of the business's currency), `worth` ranks the queue. `evidence` lists
    `{"field", "kind", "level", "bits"}`: codes and weights, never anybody's values.

    A pair whose records are one customer by now, or gone, is outdated: no list shows it.
    `entry_id` names what a decision led to in the log (a merge, or a cannot-link), which undoing
    takes back.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    left = models.ForeignKey(
        SourceRecord, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    right = models.ForeignKey(
        SourceRecord, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    # Whose they were when the pair was found.
    left_customer_id = models.BigIntegerField()
    right_customer_id = models.BigIntegerField()
    is_demo = models.BooleanField(default=False)
    weight = models.FloatField()
    probability = models.FloatField()
    value = models.BigIntegerField(default=0)
    worth = models.FloatField(default=0)
    evidence = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=PairState.choices, default=PairState.OPEN)
    decided_by = models.CharField(max_length=160, blank=True)
    decided_at = models.DateTimeField(null=True)
    entry_id = models.BigIntegerField(null=True)
    act = models.ForeignKey(MatchAct, null=True, on_delete=models.SET_NULL, related_name="pairs")
    model = models.ForeignKey(MatchModel, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="identify_match_pair_once")
        ]
        indexes = [models.Index(fields=["state", "-worth", "id"], name="identify_match_queue")]
