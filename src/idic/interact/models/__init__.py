"""The tables of Interact: campaigns and their audiences, messages, contact policy, care."""

from .campaigns import AudienceMember, Campaign, CampaignState, Fate, Goal
from .care import CallOutcome, CallTask, Case, CaseKind
from .messages import (
    Actor,
    EventKind,
    Message,
    MessageEvent,
    MessageState,
    TrackedLink,
    UnusableAddress,
)
from .policy import ContactPolicy
from .tasks import Task, TaskKind

__all__ = [
    "Actor",
    "AudienceMember",
    "CallOutcome",
    "CallTask",
    "Campaign",
    "CampaignState",
    "Case",
    "CaseKind",
    "ContactPolicy",
    "EventKind",
    "Fate",
    "Goal",
    "Message",
    "MessageEvent",
    "MessageState",
    "Task",
    "TaskKind",
    "TrackedLink",
    "UnusableAddress",
]
