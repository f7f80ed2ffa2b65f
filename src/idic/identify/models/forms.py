"""Forms customers fill in: what they ask, each wording of a consent box there ever was, and what
came in. Also the links that let one person alone be known without a login.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from idic.core import ids

from .consent import Purpose
from .customers import Customer
from .questions import Question
from .records import SourceRecord
from .sources import Source


class FormKind(models.TextChoices):
    """What a form is for; it decides what a new one begins with."""

    REGISTRATION = "registration", _("Registration")
    LEAD = "lead", pgettext_lazy("form", "Enquiry")
    NEWSLETTER = "newsletter", _("Newsletter")
    FEEDBACK = "feedback", _("Feedback")


class Form(models.Model):
    """A page with questions that customers open by its `token`. Texts are kept a language; `sites`
    may show it in a frame, others not; at most `most_questions` are asked at once.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    token = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=FormKind.choices)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="forms")
    languages = models.JSONField(default=list)
    title = models.JSONField(default=dict)
    intro = models.JSONField(default=dict)
    thanks = models.JSONField(default=dict)
    sites = models.JSONField(default=list)
    color = models.CharField(max_length=7, blank=True)  # of the business: #0b5cad
    most_questions = models.SmallIntegerField(default=4)
    # A box to agree to mails counts once the link in a mail to that address was pressed.
    confirms_email = models.BooleanField(default=False)
    is_open = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class FieldKind(models.TextChoices):
    """What one place of a form takes."""

    NAME = "name", pgettext_lazy("person", "Name")
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    QUESTION = "question", _("Question")
    CONSENT = "consent", pgettext_lazy("form", "Box to agree")


class FormField(models.Model):
    """One place of a form. A box to agree names purpose and channel; its wordings are kept."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="fields")
    kind = models.CharField(max_length=8, choices=FieldKind.choices)
    question = models.ForeignKey(Question, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=16, blank=True)
    purpose = models.CharField(max_length=12, choices=Purpose.choices, blank=True)
    is_required = models.BooleanField(default=False)
    position = models.SmallIntegerField()
    removed_at = models.DateTimeField(null=True)


class ConsentWording(models.Model):
    """What a box to agree said, from a moment on: a change is a further version, none is lost."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    field = models.ForeignKey(FormField, on_delete=models.CASCADE, related_name="wordings")
    version = models.SmallIntegerField()
    texts = models.JSONField(default=dict)
    made_by_name = models.CharField(max_length=160, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["field", "version"], name="identify_wording_version")
        ]


class SubmissionState(models.TextChoices):
    """What became of a form that was sent."""

    TAKEN = "taken", _("Taken")
    HELD = "held", _("Held back")
    DISCARDED = "discarded", _("Thrown away")


class FormSubmission(models.Model):
    """A form that was sent once: `key` is the digest of the word its page carried. What was said
    stands in traits, askings and consents of the record; here is only that it came.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="submissions")
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=SubmissionState.choices)
    reason = models.CharField(max_length=20, blank=True)  # why held back: a code
    record = models.ForeignKey(
        SourceRecord, null=True, on_delete=models.CASCADE, related_name="submissions"
    )
    language = models.CharField(max_length=10)
    # Traits of which something else is pinned or verified: their word did not change it.
    differs = models.JSONField(default=list)
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by_name = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form", "key"], name="identify_submission_once")
        ]
        indexes = [models.Index(fields=["form", "state", "-id"], name="identify_submission_state")]


class HeldSubmission(models.Model):
    """What a form held back says, until somebody decides: then it goes, taken or thrown away."""

    submission = models.OneToOneField(
        FormSubmission, primary_key=True, on_delete=models.CASCADE, related_name="held"
    )
    address = models.CharField(max_length=254, blank=True, db_index=True)
    said = models.JSONField(default=dict)


class PendingConsent(models.Model):
    """A box somebody ticked that counts only once the link mailed to that very address is pressed;
    then the ledger gets its row, with both moments.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    record = models.ForeignKey(SourceRecord, on_delete=models.CASCADE, related_name="pending")
    submission = models.ForeignKey(FormSubmission, on_delete=models.CASCADE, related_name="pending")
    wording = models.ForeignKey(ConsentWording, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=254)
    channel = models.CharField(max_length=16)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["address", "asked_at"], name="identify_pending_address")]


class PersonalLink(models.Model):
    """A link for one customer alone. Only its digest is kept; it ends by time or by a press."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    created_by_name = models.CharField(max_length=160, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
