"""The tables of Interact: campaigns and their audiences, messages, contact policy, care."""

from .campaigns import AudienceMember, Campaign, CampaignState, Fate
from .care import CallTask, Case
from .messages import Message, MessageEvent, MessageState, TrackedLink
from .policy import ContactPolicy

__all__ = [
    "AudienceMember",
    "CallTask",
    "Campaign",
    "CampaignState",
    "Case",
    "ContactPolicy",
    "Fate",
    "Message",
    "MessageEvent",
    "MessageState",
    "TrackedLink",
]
