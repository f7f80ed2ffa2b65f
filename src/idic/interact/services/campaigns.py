"""Makes campaigns and changes drafts: whom they are for, what they say, when they go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast

from django.core import serializers
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from idic.core.models import Staff
from idic.core.services import audit
from idic.customize.models import Offer
from idic.differentiate import segments
from idic.differentiate.models import Segment
from idic.differentiate.services.segments import WrongSegment, create_segment
from idic.interact.content.catalogue import KNOWN
from idic.interact.content.markup import find_wrong_link, list_urls
from idic.interact.content.rendering import find_problem, names_in
from idic.interact.content.starters import get_starter
from idic.interact.content.typed import WrongField, read_message
from idic.interact.models import Campaign, CampaignState, Goal

CONTROL_RATES = (Decimal("0.1"), Decimal("0.2"), Decimal("0.5"))
MEASURE_DAYS = (7, 14, 30, 60)
_LONGEST_SUBJECT = 200


class WrongCampaign(ValueError):
    """Something about a campaign that cannot be; `field` names it."""

    is_for_people = True

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class AudienceForm:
    """Whom a campaign is for."""

    name: str
    segment_id: int | None
    control_rate: Decimal
    measure_days: int


@dataclass(frozen=True, slots=True)
class MessageForm:
    """What a campaign says."""

    subject: str
    body: str
    offer_id: int | None = None


def create_campaign(
    *,
    name: str,
    segment: Segment | None,
    goal: str,
    language: str,
    staff: Staff | None,
    now: datetime,
    purpose: str = "marketing",
    is_demo: bool = False,
) -> Campaign:
    """Make a draft with the goal's message to start from, and a control group of a tenth.

    Service messages have no control group: nobody is denied a service.
    """
    if goal not in Goal.values:
        raise WrongCampaign("goal", _("Choose what the campaign is for."))
    starter = get_starter(goal=goal, language=language)
    with transaction.atomic():
        campaign = Campaign.objects.create(
            name=_clean_name(name),
            goal=goal,
            purpose=purpose,
            segment=segment,
            language=language,
            subject=starter.subject,
            body=starter.body,
            control_rate=CONTROL_RATES[0] if purpose == "marketing" else Decimal(0),
            is_demo=is_demo,
            created_by=staff,
            created_at=now,
        )
        _audit(campaign, "campaign.created", staff, now)
    return campaign


def create_campaign_for_rule(
    *, name: str, rule: str, goal: str, language: str, staff: Staff, now: datetime
) -> Campaign:
    """Make a draft for the people a rule holds for; the rule is kept as a segment of that name."""
    with transaction.atomic():
        try:
            segment = create_segment(name=name, tree=rule, staff=staff, now=now)
        except (segments.WrongTree, WrongSegment) as wrong:
            raise WrongCampaign("", str(wrong)) from wrong
        return create_campaign(
            name=name, segment=segment, goal=goal, language=language, staff=staff, now=now
        )


def copy_campaign(*, campaign: Campaign, staff: Staff | None, now: datetime) -> Campaign:
    """Make a new draft that says the same to the same segment."""
    with transaction.atomic():
        copy = Campaign.objects.create(
            name=campaign.name,
            goal=campaign.goal,
            channel=campaign.channel,
            purpose=campaign.purpose,
            segment_id=campaign.segment_id,
            offer_id=campaign.offer_id,
            language=campaign.language,
            subject=campaign.subject,
            body=campaign.body,
            control_rate=campaign.control_rate,
            measure_days=campaign.measure_days,
            created_by=staff,
            created_at=now,
        )
        _audit(copy, "campaign.created", staff, now)
    return copy


def change_audience(
    *, campaign: Campaign, form: AudienceForm, staff: Staff | None, now: datetime
) -> Campaign:
    """Change whom a draft is for and how it is measured."""
    if form.measure_days not in MEASURE_DAYS:
        raise WrongCampaign("measure_days", _("Choose how long to measure."))
    known = Segment.objects.filter(archived_at=None)
    segment = known.filter(id=form.segment_id).first() if form.segment_id else None
    if segment is None:
        raise WrongCampaign("segment", _("Choose a segment."))
    return _change(
        campaign,
        staff,
        now,
        name=_clean_name(form.name),
        segment=segment,
        control_rate=_clean_rate(campaign, form.control_rate),
        measure_days=form.measure_days,
    )


def change_control_rate(
    *, campaign: Campaign, control_rate: Decimal, staff: Staff | None, now: datetime
) -> Campaign:
    """Choose how many of the people are held back to measure against."""
    return _change(campaign, staff, now, control_rate=_clean_rate(campaign, control_rate))


def change_message(
    *, campaign: Campaign, form: MessageForm, staff: Staff | None, now: datetime
) -> Campaign:
    """Change what a draft says; fields may be named in any language. Raises WrongCampaign naming
    what cannot be sent.
    """
    subject = " ".join(form.subject.split())
    body = form.body.replace("\r\n", "\n").strip()
    try:
        subject, body = read_message(subject=subject, body=body)
    except WrongField as wrong:
        raise WrongCampaign(wrong.place, str(wrong)) from wrong
    check_message(subject=subject, body=body)
    offer = Offer.objects.filter(id=form.offer_id).first() if form.offer_id else None
    return _change(campaign, staff, now, subject=subject, body=body, offer=offer)


def check_message(*, subject: str, body: str) -> None:
    """Refuse a message that cannot be rendered or links where it must not."""
    if not subject:
        raise WrongCampaign("subject", _("Write a subject."))
    if not body:
        raise WrongCampaign("body", _("Write a message."))
    if len(subject) > _LONGEST_SUBJECT:
        raise WrongCampaign("subject", _("The subject is too long."))
    for field, text in (("subject", subject), ("body", body)):
        problem = find_problem(text, known=KNOWN)
        if problem:
            raise WrongCampaign(field, problem)
    link = find_wrong_link(body) or next((u for u in list_urls(body) if names_in(u)), "")
    if link:
        raise WrongCampaign(
            "body",
            _(
                "“%(link)s” cannot be linked to: write https:// and an address that is the same "
                "for everybody."
            )
            % {"link": link[:80]},
        )


def use_starter(*, campaign: Campaign, goal: str, staff: Staff | None, now: datetime) -> Campaign:
    """Begin the message anew from a goal's starter."""
    if goal not in Goal.values:
        raise WrongCampaign("goal", _("Choose what the campaign is for."))
    starter = get_starter(goal=goal, language=campaign.language)
    return _change(campaign, staff, now, goal=goal, subject=starter.subject, body=starter.body)


def change_schedule(
    *, campaign: Campaign, send_at: datetime | None, staff: Staff | None, now: datetime
) -> Campaign:
    """Choose when a draft goes out; None means right after it is approved."""
    if send_at is not None and send_at <= now:
        raise WrongCampaign("send_at", _("Choose a moment that is still to come."))
    return _change(campaign, staff, now, send_at=send_at)


def delete_draft(*, campaign: Campaign, staff: Staff | None, now: datetime) -> str:
    """Delete a draft and give it as a text `restore_draft` reads; what was launched stays for the
    books.
    """
    kept: str = serializers.serialize("json", [campaign])
    with transaction.atomic():
        _audit(campaign, "campaign.deleted", staff, now)
        deleted, _by_model = Campaign.objects.filter(
            id=campaign.id, state=CampaignState.DRAFT
        ).delete()
        if not deleted:
            raise WrongCampaign("", _not_a_draft())
    return kept


def restore_draft(*, kept: str, staff: Staff | None, now: datetime) -> Campaign:
    """Bring a deleted draft back as it was. Raises WrongCampaign when its segment or offer is gone
    meanwhile.
    """
    (held,) = serializers.deserialize("json", kept)
    campaign = cast(Campaign, held.object)
    try:
        with transaction.atomic():
            campaign.save(force_insert=True)
            _audit(campaign, "campaign.restored", staff, now)
    except IntegrityError:
        text = _("This draft cannot come back: what it was made of is gone.")
        raise WrongCampaign("", text) from None
    return campaign


def _change(campaign: Campaign, staff: Staff | None, now: datetime, **values: object) -> Campaign:
    with transaction.atomic():
        drafts = Campaign.objects.filter(id=campaign.id, state=CampaignState.DRAFT)
        if not drafts.update(**values):
            raise WrongCampaign("", _not_a_draft())
        _audit(campaign, "campaign.changed", staff, now)
    campaign.refresh_from_db()
    return campaign


def _not_a_draft() -> str:
    return _("Only a draft can be changed. Make a copy to change it.")


def _clean_name(name: str) -> str:
    clean = " ".join(name.split())[:120]
    if not clean:
        raise WrongCampaign("name", _("Give the campaign a name."))
    return clean


def _clean_rate(campaign: Campaign, rate: Decimal) -> Decimal:
    if campaign.purpose != "marketing":
        return Decimal(0)
    if rate not in CONTROL_RATES:
        raise WrongCampaign("control_rate", _("Choose the size of the control group."))
    return rate


def _audit(campaign: Campaign, action: str, staff: Staff | None, now: datetime) -> None:
    audit.record(
        at=now,
        actor=staff.email if staff else "system:campaigns",
        action=action,
        subject_type="campaign",
        subject_id=campaign.id,
    )
