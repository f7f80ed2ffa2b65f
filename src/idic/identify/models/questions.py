"""What we may ask, once, and the memory of who asked it, when, and what was answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from idic.core import ids

from .records import SourceRecord


class QuestionKind(models.TextChoices):
    """What an answer is."""

    TEXT = "text", pgettext_lazy("answer", "Words")
    CHOICE = "choice", pgettext_lazy("answer", "One of several")
    DATE = "date", pgettext_lazy("answer", "A day")
    NUMBER = "number", pgettext_lazy("answer", "A number")
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")


class AskedOf(models.TextChoices):
    """Of whom a question is asked."""

    EVERYBODY = "everybody", _("Everybody")
    PERSON = "person", pgettext_lazy("asked", "People")
    COMPANY = "company", _("Companies")


class Question(models.Model):
    """Something we may ask, bound to the trait it fills. `label` and `wording` hold a text a
    language; `worth` is the share of somebody's expected spending the answer is worth.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    trait = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=QuestionKind.choices)
    label = models.JSONField(default=dict)
    wording = models.JSONField(default=dict)
    # Code and its text a language: [["tea", {"en": "Tea"}], …]
    choices = models.JSONField(default=list)
    holds_for_days = models.IntegerField(null=True)  # empty: the answer holds for good
    asked_of = models.CharField(max_length=10, choices=AskedOf.choices, default=AskedOf.EVERYBODY)
    worth = models.FloatField(default=0.05)
    is_standard = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["trait"], condition=Q(removed_at=None), name="identify_question_trait"
            )
        ]


class AskingState(models.TextChoices):
    """What came of asking."""

    OPEN = "open", _("No answer yet")
    ANSWERED = "answered", pgettext_lazy("question", "Answered")
    DECLINED = "declined", _("Would rather not say")


class AskingWay(models.TextChoices):
    """Where a question was put."""

    STAFF = "staff", _("in conversation")
    FORM = "form", _("on a form")
    OWN_PAGE = "own_page", _("on their own page")


class Asking(models.Model):
    """One question put to somebody: by whom, from which department, what came of it and until
    when the answer holds. It hangs on the record it went through. `is_repeat`: it was known.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="askings")
    record = models.ForeignKey(SourceRecord, on_delete=models.CASCADE, related_name="askings")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_by_name = models.CharField(max_length=160, blank=True)
    department = models.CharField(max_length=20, blank=True)  # the role of who asked, then
    way = models.CharField(max_length=10, choices=AskingWay.choices)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=AskingState.choices, default=AskingState.OPEN)
    answer = models.CharField(max_length=500, blank=True)
    trait_id = models.BigIntegerField(null=True)  # the value that was written
    answered_at = models.DateTimeField(null=True)
    holds_until = models.DateTimeField(null=True)
    is_repeat = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["record", "question"], name="identify_asking_record"),
            models.Index(fields=["asked_at"], name="identify_asking_at"),
        ]
