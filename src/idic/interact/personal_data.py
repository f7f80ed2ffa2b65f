"""How Interact exports and erases one person: messages, what was done with them, cases, calls.
Rows that point come before those pointed at.
"""

from __future__ import annotations

from idic.core.personal_data import register
from idic.interact.models import (
    AudienceMember,
    CallTask,
    Case,
    Message,
    MessageEvent,
    Task,
    UnusableAddress,
)

register(model=MessageEvent, customer="message__customer")
register(model=Message, customer="customer")
register(model=AudienceMember, customer="customer")
register(model=CallTask, customer="customer")
register(model=Task, customer="customer")
register(model=Case, customer="customer")
register(model=UnusableAddress, address="address")
