"""Forms of Interact; what is right or wrong is decided by the services."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from idic.core import money
from idic.core.days import MomentField
from idic.customize.models import Offer
from idic.differentiate.models import Segment
from idic.interact.content.typed import show_message
from idic.interact.models import Campaign, CaseKind, ContactPolicy, Goal
from idic.interact.services.campaigns import MEASURE_DAYS
from idic.interact.services.policy import PolicyForm as PolicyValues

_LANGUAGES = [("vi", "Tiếng Việt"), ("zh-hans", "中文"), ("en", "English")]


class CampaignForm(forms.Form):
    """A new campaign: what for, for whom, in which language."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Only your team sees it."))
    goal = forms.ChoiceField(
        label=_("What is it for?"),
        choices=Goal.choices,
        widget=forms.RadioSelect,
        help_text=_("Each brings a message you can change."),
    )
    segment = forms.ModelChoiceField(
        label=_("For whom?"), queryset=Segment.objects.none(), empty_label=None
    )
    language = forms.ChoiceField(label=_("Language of the message"), choices=_LANGUAGES)

    def __init__(self, *args: object, has_rule: bool = False, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if has_rule:  # another page says whom: the rule takes the place of the segment
            del self.fields["segment"]
            self.fields["rule"] = forms.CharField(max_length=20_000, widget=forms.HiddenInput)
        else:
            self.fields["segment"].queryset = list_choosable_segments()  # type: ignore[attr-defined]


def list_choosable_segments() -> QuerySet[Segment]:
    """Give the segments in use, by name."""
    return Segment.objects.filter(archived_at=None).order_by("name", "id")


def list_measure_days() -> list[tuple[int, str]]:
    """Give the spans to measure in, in the language of the one who looks."""
    return [(days, _("%(days)d days") % {"days": days}) for days in MEASURE_DAYS]


class AudienceEditForm(forms.Form):
    """Whom a draft is for and how long it is measured."""

    name = forms.CharField(label=_("Name"), max_length=120)
    segment = forms.ModelChoiceField(
        label=_("For whom?"), queryset=Segment.objects.none(), empty_label=None
    )
    measure_days = forms.TypedChoiceField(
        label=_("Measure what they buy for"),
        coerce=int,
        choices=list_measure_days,
        help_text=_("From the moment it goes out, for those who get it and those who do not."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["segment"].queryset = list_choosable_segments()  # type: ignore[attr-defined]

    @classmethod
    def showing(cls, campaign: Campaign) -> AudienceEditForm:
        """Build the form with the draft in it."""
        return cls(
            initial={
                "name": campaign.name,
                "segment": campaign.segment_id,
                "measure_days": campaign.measure_days,
            }
        )


class MessageEditForm(forms.Form):
    """What a draft says."""

    subject = forms.CharField(label=_("Subject"), max_length=300)
    body = forms.CharField(
        label=_("Message"),
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "true"}),
        help_text=_(
            "Words in [brackets] are filled in for each person; where one is not known, its "
            "paragraph is left out."
        ),
    )
    offer = forms.ModelChoiceField(
        label=_("Offer"),
        queryset=Offer.objects.none(),
        required=False,
        empty_label=_("No offer"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offers = Offer.objects.filter(is_active=True).order_by("name", "id")
        self.fields["offer"].queryset = offers  # type: ignore[attr-defined]

    @classmethod
    def showing(cls, campaign: Campaign) -> MessageEditForm:
        """Build the form with the draft in it, its fields named in the language of the page."""
        subject, body = show_message(subject=campaign.subject, body=campaign.body)
        return cls(initial={"subject": subject, "body": body, "offer": campaign.offer_id})


class ScheduleForm(forms.Form):
    """When a draft goes out, in the shop's own time."""

    when = forms.ChoiceField(
        label=_("When?"),
        choices=[("now", _("Right after approval")), ("later", _("At a moment I choose"))],
        widget=forms.RadioSelect,
    )
    moment = MomentField(label=_("Moment"), required=False)

    def __init__(self, *args: Any, time_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["moment"].help_text = _("Time of your shop: %(zone)s") % {"zone": time_zone}

    @classmethod
    def showing(cls, campaign: Campaign, *, time_zone: str) -> ScheduleForm:
        """Build the form with the draft in it."""
        moment = campaign.send_at.astimezone(ZoneInfo(time_zone)) if campaign.send_at else None
        return cls(
            initial={
                "when": "later" if moment else "now",
                "moment": moment.replace(tzinfo=None) if moment else None,
            },
            time_zone=time_zone,
        )

    def moment_in(self, *, time_zone: str) -> datetime | None:
        """Give the moment chosen; None for right away."""
        chosen: datetime | None = self.cleaned_data.get("moment")
        if self.cleaned_data["when"] == "now" or chosen is None:
            return None
        return chosen.replace(tzinfo=ZoneInfo(time_zone))

    def clean(self) -> dict[str, object] | None:
        """A moment is needed when one is to be chosen."""
        found = super().clean()
        if self.cleaned_data.get("when") == "later" and not self.cleaned_data.get("moment"):
            self.add_error("moment", _("Choose a moment."))
        return found


class PolicyForm(forms.Form):
    """The contact rules."""

    max_messages = forms.IntegerField(
        label=_("At most so many messages"), min_value=1, max_value=100
    )
    max_messages_days = forms.IntegerField(
        label=_("within so many days"), min_value=0, max_value=365
    )
    quiet_from_hour = forms.IntegerField(label=_("From, o'clock"), min_value=0, max_value=23)
    quiet_to_hour = forms.IntegerField(
        label=_("until, o'clock"),
        min_value=0,
        max_value=23,
        help_text=_("Advertising waits until then. The same hour twice means: never quiet."),
    )
    large_order_amount = forms.DecimalField(
        label=_("An order is large from"),
        required=False,
        min_value=0,
        help_text=_("Empty: the largest tenth of your orders."),
    )
    after_large_order_days = forms.IntegerField(
        label=_("Days of rest after it"), min_value=0, max_value=365
    )
    block_open_case = forms.BooleanField(
        label=_("No advertising while a complaint is open"), required=False
    )
    advertising_label = forms.CharField(
        label=_("Label before the subject"),
        max_length=20,
        required=False,
        help_text=_("Vietnam and China ask for one by law. Please confirm it with your adviser."),
    )

    @classmethod
    def showing(cls, policy: ContactPolicy, *, currency: str, label: str) -> PolicyForm:
        """Build the form with the rules in it."""
        amount = policy.large_order_amount
        shown = None if amount is None else money.to_decimal(amount, currency=currency)
        initial = {name: getattr(policy, name) for name in cls.base_fields}
        return cls(initial=initial | {"large_order_amount": shown, "advertising_label": label})

    def filled_in(self, *, currency: str) -> PolicyValues:
        """Give what the person filled in, the amount in minor units."""
        values = dict(self.cleaned_data)
        amount: Decimal | None = values["large_order_amount"]
        values["large_order_amount"] = (
            None if amount is None else money.to_minor(amount, currency=currency)
        )
        return PolicyValues(**values)


class CaseForm(forms.Form):
    """What happened."""

    kind = forms.ChoiceField(
        label=_("What is it?"), choices=CaseKind.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What happened?"), widget=forms.Textarea(attrs={"rows": 5}), max_length=4000
    )
