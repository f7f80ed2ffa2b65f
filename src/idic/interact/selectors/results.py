"""What came of a campaign so far. Opens and clicks count people, not machines, and each once."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from idic.interact.models import (
    Actor,
    Campaign,
    EventKind,
    Message,
    MessageEvent,
    MessageState,
)
from idic.interact.services.outbox import list_doubts


@dataclass(frozen=True, slots=True)
class Results:
    """Counts of messages, and of messages somebody reacted to."""

    states: dict[str, int]
    events: dict[str, int]
    machine_count: int
    skipped: tuple[tuple[str, int], ...]
    doubt_count: int

    @property
    def total(self) -> int:
        """Every message of the campaign."""
        return sum(self.states.values())

    @property
    def waiting(self) -> int:
        """Messages still to go."""
        return self.states[MessageState.QUEUED] + self.states[MessageState.SENDING]

    @property
    def reached(self) -> int:
        """Messages that went out, or lie in the practice outbox."""
        return self.states[MessageState.SENT] + self.states[MessageState.PRACTICE]

    @property
    def done(self) -> int:
        """Messages that are not waiting any more."""
        return self.total - self.waiting


def get_results(*, campaign: Campaign) -> Results:
    """Count what became of a campaign's messages and who reacted."""
    messages = Message.objects.filter(campaign=campaign)
    states = dict.fromkeys(MessageState.values, 0)
    skipped: dict[str, int] = {}
    counted = messages.order_by().values_list("state", "skip_reason").annotate(n=Count("id"))
    for state, reason, count in counted:
        states[state] += count
        if state == MessageState.SKIPPED:
            skipped[reason] = count
    events, machine_count = _count_reactions(campaign)
    has_doubts = states[MessageState.IN_DOUBT] > 0
    return Results(
        states=states,
        events=events,
        machine_count=machine_count,
        skipped=tuple(sorted(skipped.items(), key=lambda item: -item[1])),
        doubt_count=messages.filter(list_doubts()).count() if has_doubts else 0,
    )


def _count_reactions(campaign: Campaign) -> tuple[dict[str, int], int]:
    """Count the messages people reacted to, by kind, and what machines did."""
    events, machine_count = dict.fromkeys(EventKind.values, 0), 0
    reacted = MessageEvent.objects.filter(message__campaign=campaign).order_by()
    counted = reacted.values_list("kind", "actor").annotate(
        messages=Count("message", distinct=True), n=Count("id")
    )
    for kind, actor, message_count, count in counted:
        if actor == Actor.HUMAN:
            events[kind] = message_count
        else:
            machine_count += count
    return events, machine_count


@dataclass(frozen=True, slots=True)
class Line:
    """A campaign in the list, with its counts."""

    campaign: Campaign
    message_count: int
    reached_count: int
    click_count: int


def list_campaigns(*, limit: int = 200) -> list[Line]:
    """Give the campaigns, the newest first, with how many were reached and clicked."""
    campaigns = list(
        Campaign.objects.select_related("segment", "created_by").order_by("-created_at", "id")[
            :limit
        ]
    )
    ids = [campaign.id for campaign in campaigns]
    counted = (
        Message.objects.filter(campaign__in=ids)
        .order_by()
        .values_list("campaign_id", "state")
        .annotate(n=Count("id"))
    )
    totals: dict[int, int] = {}
    reached: dict[int, int] = {}
    for campaign_id, state, count in counted:
        totals[campaign_id] = totals.get(campaign_id, 0) + count
        if state in (MessageState.SENT, MessageState.PRACTICE):
            reached[campaign_id] = reached.get(campaign_id, 0) + count
    clicks = dict(
        MessageEvent.objects.filter(
            message__campaign__in=ids, kind=EventKind.CLICKED, actor=Actor.HUMAN
        )
        .order_by()
        .values_list("message__campaign_id")
        .annotate(n=Count("message", distinct=True))
    )
    return [
        Line(
            campaign=campaign,
            message_count=totals.get(campaign.id, 0),
            reached_count=reached.get(campaign.id, 0),
            click_count=clicks.get(campaign.id, 0),
        )
        for campaign in campaigns
    ]
