"""Customers as we now understand them, their states and relations."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from idic.core import ids

from .staging import PublishedManager


class LifecycleStage(models.TextChoices):
    """How far the relationship has come."""

    LEAD = "lead", _("Lead")
    PROSPECT = "prospect", _("Prospect")
    CUSTOMER = "customer", _("Customer")
    LAPSED = "lapsed", _("Lapsed")


class Customer(models.Model):
    """A person or company we serve: a set of source records under one permanent id.
    The name and contact columns are the golden values, recomputed from traits.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    full_name = models.CharField(pgettext_lazy("person", "Name"), max_length=200, blank=True)
    salutation = models.CharField(_("Way of address"), max_length=20, blank=True)
    is_company = models.BooleanField(default=False)
    lifecycle_stage = models.CharField(
        max_length=10, choices=LifecycleStage.choices, default=LifecycleStage.CUSTOMER
    )
    email = models.CharField(_("E-mail"), max_length=254, blank=True)
    phone = models.CharField(_("Phone"), max_length=32, blank=True)
    city = models.CharField(_("City"), max_length=120, blank=True)
    country = models.CharField(_("Country"), max_length=60, blank=True)
    gender = models.CharField(_("Gender"), max_length=20, blank=True)
    birth_date = models.DateField(_("Birth date"), null=True, blank=True)
    language = models.CharField(_("Language"), max_length=10, blank=True)
    is_demo = models.BooleanField(default=False)
    # Set while an import that made this customer is not published yet: nobody sees it.
    is_staged = models.BooleanField(default=False)
    # Who lives on in its place: computed from the identity log, never a chain, empty once it lives.
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged_from"
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.full_name


class StateKind(models.TextChoices):
    """What an upper room tells the lower ones about a customer."""

    OPEN_CASE = "open_case", _("Open complaint")
    DO_NOT_CONTACT = "do_not_contact", _("Do not contact")
    DO_NOT_OFFER = "do_not_offer", _("Do not offer")
    DO_NOT_PROFILE = "do_not_profile", _("Do not profile")
    MESSAGE_SENT = "message_sent", _("Message sent")
    EXPERIMENT_ONLY = "experiment_only", _("Left out until the experiment ends")


class CustomerState(models.Model):
    """Something true of a customer now that segments and decisions must heed, recorded by an
    upper room in the same transaction. `reference` names what set it (a case, a campaign).
    `customer` is who lives now: after a merge the one that went on; `meant_for_id` keeps whom it
    was said of, where that is another.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="states")
    meant_for_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=20, choices=StateKind.choices)
    reference = models.CharField(max_length=60, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "customer"], name="identify_state_kind")]


class Relation(models.Model):
    """One record's role towards another: member of a household, contact of a company, payer. A
    later relation of the same record in the same role ends an earlier one, which stays.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    subject = models.ForeignKey(
        "identify.SourceRecord", on_delete=models.CASCADE, related_name="relations"
    )
    object = models.ForeignKey("identify.SourceRecord", on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20)
    title = models.CharField(max_length=120, blank=True)  # what a contact is there: buyer, director
    from_date = models.DateField(null=True)  # empty: since before we knew
    to_date = models.DateField(null=True)
    import_run = models.ForeignKey(
        "identify.ImportRun", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = PublishedManager["Relation"]()
    everything = models.Manager["Relation"]()
