"""A live mail channel for tests: the outbox on one side, a sink on the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from idic.channels.models import ChannelSetting
from idic.core import ids
from idic.identify.models import Customer
from idic.interact.models import ContactPolicy, Message
from tests.interact import cast


def go_live(*, port: int, now: datetime) -> None:
    """Switch e-mail on, towards a sink; quiet hours are off, for tests run at any hour."""
    ChannelSetting.objects.update_or_create(
        key="email",
        defaults={
            "is_live": True,
            "live_since": now,
            "checked_at": now,
            "settings": {
                "host": "127.0.0.1",
                "port": port,
                "security": "none",
                "from_address": "shop@example.com",
                "from_name": "Corner & Co.",
            },
        },
    )
    ContactPolicy.objects.update_or_create(
        id=1, defaults={"quiet_from_hour": 0, "quiet_to_hour": 0}
    )


def queue(customer: Customer, *, now: datetime, **fields: Any) -> Message:
    """Put one message into the outbox."""
    number = ids.new_id()
    given: dict[str, Any] = {
        "id": number,
        "record": cast.record_of(customer),
        "channel": "email",
        "purpose": "marketing",
        "address": customer.email,
        "subject": "Hello",
        "body": "Hello, [look](https://shop.example/tea).",
        "language": "en",
        "message_id_header": f"<{number}@example.com>",
        "token": f"token{number}",
        "send_after": now,
        "created_at": now,
    }
    return Message.objects.create(customer=customer, **(given | fields))
