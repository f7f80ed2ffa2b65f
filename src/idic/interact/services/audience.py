"""Freezes a campaign's audience: asks the rules of everybody in the segment, stores the reason of
each one left out, deals the rest into arms and puts the messages of the treated into the outbox.
A few dozen people a transaction; killed anywhere, it goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max, QuerySet

from idic.channels.adapters.registry import is_live
from idic.channels.selectors import get_sender_domain
from idic.core import ids
from idic.core.bulk import Pacer
from idic.core.jobs import publish
from idic.core.models import Business
from idic.core.selectors import get_business
from idic.experiments.models import Experiment
from idic.experiments.services import experiments
from idic.identify.models import Customer
from idic.interact.content.catalogue import KNOWN
from idic.interact.content.mail import label_subject
from idic.interact.content.markup import list_urls
from idic.interact.content.rendering import MissingValue, Rendered, Renderer, names_in
from idic.interact.content.tokens import new_message_id, new_token
from idic.interact.content.values import list_values
from idic.interact.events import CampaignLaunched
from idic.interact.models import (
    AudienceMember,
    Campaign,
    CampaignState,
    Fate,
    Message,
    MessageState,
    TrackedLink,
)
from idic.interact.policy.evaluate import Verdict, list_verdicts
from idic.interact.policy.parameters import PolicyParameters
from idic.interact.policy.quiet import next_allowed
from idic.interact.selectors.asking import build_frame, get_parameters, list_segment_customers
from idic.interact.selectors.policy import get_advertising_label
from idic.interact.services.policy import refresh_top_tenth

_FIRST_PEOPLE = 50
_PEOPLE_A_READ = 2_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Run:
    """What every slice of one campaign shares."""

    campaign: Campaign
    experiment: Experiment
    business: Business
    renderer: Renderer
    used: tuple[str, ...]
    parameters: PolicyParameters
    label: str
    send_after: datetime
    is_practice: bool
    domain: str
    now: datetime


def freeze(
    *, campaign_id: int, as_of: date, now: datetime, progress: Progress | None = None
) -> bool:
    """Freeze the audience of an approved campaign; False when it may not (cancelled, a draft).

    Call it again after a crash: whoever is frozen stays as they are.
    """
    campaign = _start(campaign_id=campaign_id, now=now)
    if campaign is None or campaign.experiment is None:
        return False
    run = _prepare(campaign, campaign.experiment, as_of=as_of, now=now)
    people = list_segment_customers(campaign=campaign, frame=build_frame(as_of=as_of, now=now))
    done, total = AudienceMember.objects.filter(campaign=campaign).count(), people.count()
    pacer = Pacer(rows=_FIRST_PEOPLE)
    while chunk := _next_people(campaign, people):
        verdicts = list_verdicts(customer_ids=chunk, parameters=run.parameters)
        if not _write_all(run, verdicts, pacer):
            return False
        done += len(chunk)
        if progress is not None:
            progress(done, max(total, done))
    _finish(campaign, now=now)
    return True


def _start(*, campaign_id: int, now: datetime) -> Campaign | None:
    """Begin the campaign at this moment, once; the measuring runs from here."""
    campaign = Campaign.objects.select_related("experiment", "offer").get(id=campaign_id)
    started = Campaign.objects.filter(id=campaign_id, state=CampaignState.SCHEDULED)
    live = is_live(channel=campaign.channel)
    with transaction.atomic():
        if started.update(state=CampaignState.SENDING, launched_at=now, is_live=live):
            end = now + timedelta(days=campaign.measure_days)
            experiments.start(experiment_id=campaign.experiment_id, now=now, ended_at=end)
    campaign = Campaign.objects.select_related("experiment", "offer").get(id=campaign_id)
    is_open = campaign.state in (CampaignState.SENDING, CampaignState.PAUSED)
    return campaign if is_open and campaign.audience_frozen_at is None else None


def _prepare(campaign: Campaign, experiment: Experiment, *, as_of: date, now: datetime) -> _Run:
    business = get_business()
    policy = refresh_top_tenth(currency=business.currency, now=now)
    is_practice = not campaign.is_live
    send_after = now
    if not is_practice and campaign.purpose == "marketing":
        send_after = next_allowed(
            moment=now,
            from_hour=policy.quiet_from_hour,
            to_hour=policy.quiet_to_hour,
            time_zone=business.time_zone,
        )
    _keep_links(campaign)
    return _Run(
        campaign=campaign,
        experiment=experiment,
        business=business,
        renderer=Renderer(subject=campaign.subject, body=campaign.body, known=KNOWN),
        used=tuple(names_in(f"{campaign.subject}\n{campaign.body}")),
        parameters=get_parameters(campaign=campaign, as_of=as_of, now=now, policy=policy),
        label=get_advertising_label(policy=policy, business=business),
        send_after=send_after,
        is_practice=is_practice,
        domain=get_sender_domain(channel=campaign.channel),
        now=now,
    )


def _keep_links(campaign: Campaign) -> None:
    TrackedLink.objects.bulk_create(
        [TrackedLink(campaign=campaign, target=url) for url in list_urls(campaign.body)],
        ignore_conflicts=True,
    )


def _next_people(campaign: Campaign, people: QuerySet[Customer]) -> list[int]:
    """Give the next ids after the last one frozen: this is what a crash leaves to go on from."""
    last = AudienceMember.objects.filter(campaign=campaign).aggregate(last=Max("customer_id"))
    rest = people.filter(id__gt=last["last"] or 0).order_by("id")
    return list(rest.values_list("id", flat=True)[:_PEOPLE_A_READ])


def _write_all(run: _Run, verdicts: Sequence[Verdict], pacer: Pacer) -> bool:
    """Store people in slices as large as a short transaction bears."""
    place = 0
    while place < len(verdicts):
        part = verdicts[place : place + pacer.rows]
        started = time.monotonic()
        if not _write(run, part):
            return False
        pacer.note(rows=len(part), seconds=time.monotonic() - started)
        place += len(part)
    return True


def _write(run: _Run, verdicts: Sequence[Verdict]) -> bool:
    """Store one slice as a whole; False when the campaign was cancelled meanwhile."""
    rendered = _render(run, [v.customer_id for v in verdicts if not v.reason])
    reasons = {
        v.customer_id: v.reason or ("" if v.customer_id in rendered else "content_missing")
        for v in verdicts
    }
    invited = [customer_id for customer_id, reason in reasons.items() if not reason]
    with transaction.atomic():
        state = Campaign.objects.values_list("state", flat=True).get(id=run.campaign.id)
        if state not in (CampaignState.SENDING, CampaignState.PAUSED):
            return False
        arms = experiments.assign(experiment=run.experiment, customer_ids=invited, now=run.now)
        _store_members(run, verdicts, reasons, arms)
        treated = [v for v in verdicts if arms.get(v.customer_id) == "treatment"]
        _store_messages(run, treated, rendered)
    return True


def _render(run: _Run, customer_ids: Sequence[int]) -> dict[int, Rendered]:
    """Write everybody's message; who lacks what the message needs has none."""
    values = list_values(
        customer_ids=customer_ids,
        used=run.used,
        business=run.business,
        offer=run.campaign.offer,
        language=run.campaign.language,
        before=run.parameters.orders_before,
        channel=run.campaign.channel,
    )
    rendered = {}
    for customer_id, known in values.items():
        with suppress(MissingValue):
            rendered[customer_id] = run.renderer.render(known)
    return rendered


def _store_members(
    run: _Run, verdicts: Sequence[Verdict], reasons: Mapping[int, str], arms: Mapping[int, str]
) -> None:
    fates = {"treatment": Fate.TREATED, "control": Fate.CONTROL}
    AudienceMember.objects.bulk_create(
        [
            AudienceMember(
                id=new_id,
                campaign=run.campaign,
                customer_id=verdict.customer_id,
                fate=fates.get(arms.get(verdict.customer_id, ""), Fate.LEFT_OUT),
                reason=reasons[verdict.customer_id],
                address=verdict.address,
            )
            for new_id, verdict in zip(ids.new_ids(len(verdicts)), verdicts, strict=True)
        ]
    )


def _store_messages(
    run: _Run, treated: Sequence[Verdict], rendered: Mapping[int, Rendered]
) -> None:
    demo = set(
        Customer.objects.filter(
            id__in=[verdict.customer_id for verdict in treated], is_demo=True
        ).values_list("id", flat=True)
    )
    Message.objects.bulk_create(
        [
            Message(
                id=new_id,
                campaign=run.campaign,
                customer_id=verdict.customer_id,
                record_id=verdict.record_id,
                channel=run.campaign.channel,
                purpose=run.campaign.purpose,
                address=verdict.address,
                subject=label_subject(
                    subject=rendered[verdict.customer_id].subject,
                    purpose=run.campaign.purpose,
                    label=run.label,
                )[:300],
                body=rendered[verdict.customer_id].body,
                language=run.campaign.language,
                message_id_header=new_message_id(number=new_id, domain=run.domain),
                token=new_token(),
                state=MessageState.QUEUED,
                send_after=run.send_after,
                is_practice=run.is_practice,
                is_demo=run.campaign.is_demo or verdict.customer_id in demo,
                created_at=run.now,
            )
            for new_id, verdict in zip(ids.new_ids(len(treated)), treated, strict=True)
        ]
    )


def _finish(campaign: Campaign, *, now: datetime) -> None:
    with transaction.atomic():
        frozen = Campaign.objects.filter(id=campaign.id, audience_frozen_at=None)
        if frozen.update(audience_frozen_at=now):
            publish(event=CampaignLaunched(campaign_id=campaign.id))
