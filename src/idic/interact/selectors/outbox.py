"""Reads of the outbox: messages as people would see them, and what was stopped."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from idic.interact.models import Campaign, Message, MessageState

PAGE = 50
# What a filter of the page means.
VIEWS: dict[str, tuple[MessageState, ...]] = {
    "practice": (MessageState.PRACTICE,),
    "waiting": (MessageState.QUEUED, MessageState.SENDING),
    "sent": (MessageState.SENT,),
    "stopped": (MessageState.SKIPPED,),
    "failed": (MessageState.FAILED,),
    "doubt": (MessageState.IN_DOUBT,),
}


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """One page of messages, the newest first; `next_after` leads to the next one."""

    messages: list[Message]
    next_after: int | None
    counts: dict[str, int]


def list_outbox(*, view: str, campaign: Campaign | None, after: int | None) -> OutboxPage:
    """Give a page of messages by keyset: ids grow with time."""
    everything = Message.objects.all() if campaign is None else campaign.messages.all()
    found = everything.filter(state__in=VIEWS[view]) if view in VIEWS else everything
    if after is not None:
        found = found.filter(id__lt=after)
    rows = list(found.select_related("customer", "campaign").order_by("-id")[: PAGE + 1])
    return OutboxPage(
        messages=rows[:PAGE],
        next_after=rows[PAGE - 1].id if len(rows) > PAGE else None,
        counts=_count_views(everything),
    )


def _count_views(messages: QuerySet[Message]) -> dict[str, int]:
    by_state = dict(messages.order_by().values_list("state").annotate(n=Count("id")))
    return {view: sum(by_state.get(state, 0) for state in states) for view, states in VIEWS.items()}
