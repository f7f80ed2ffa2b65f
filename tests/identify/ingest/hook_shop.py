"""A shop with a shop system connected by webhook: sends signed, loads, looks at the ledger."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from idic.identify.ingest.keys import Hook, KeyRing
from idic.identify.models import IngestDay, Source, Webhook
from idic.identify.services.ingest import hooks
from idic.identify.services.ingest.ledger import sum_days
from tests.identify.ingest import vectors
from tests.identify.ingest.shop import NOW, Answer, Shop, ask, run

SECRETS = {"shopify": "hush", "haravan": "hush-haravan", "sapo": "hush-sapo"}


@dataclass
class HookShop:
    """One system, connected."""

    shop: Shop
    hook: Webhook

    @property
    def source(self) -> Source:
        """The system as a source."""
        return self.hook.source

    @property
    def secret(self) -> str:
        """The secret in use."""
        return hooks.read_secret(hook=self.hook, home=self.shop.home)

    def send(
        self, said: Any, topic: str = "", *, secret: str = "", at: str = "", **headers: str
    ) -> Answer:
        """Send something signed to a fresh door."""
        body = vectors.encode(said)
        number, second = f"msg_{time.time_ns()}", int(time.time())
        signed = vectors.sign(
            self.hook.sender, secret or self.secret, body, topic, number=number, second=second
        )
        return self.post(body, at=at, **{**signed, **headers})

    def post(self, body: bytes, *, at: str = "", **headers: str) -> Answer:
        """Send bytes as they are."""
        path = at or f"/hooks/{self.hook.token}"
        return run(self.shop.door(), lambda door: ask(door, "POST", path, body, headers))

    def ledger(self) -> dict[str, int]:
        """Give the ledger of the system alone, checked to balance."""
        totals = sum_days(days=IngestDay.objects.filter(source=self.source))
        ends = ("stored", "duplicate", "rejected", "quarantined")
        assert totals["accepted"] == sum(totals[name] for name in ends)
        return totals


def connect(shop: Shop, sender: str) -> HookShop:
    """Connect a system under its own name."""
    given: dict[str, Any] = {"staff": shop.staff, "home": shop.home, "now": NOW}
    hook = hooks.create_webhook(name=f"{sender} shop", sender=sender, **given)
    if sender in SECRETS:
        hooks.set_secret(hook=hook, secret=SECRETS[sender], **given)
    return HookShop(shop, hook)


def held(home: Any, token: str) -> Hook | None:
    """Give what the door knows of an address."""
    ring = KeyRing(home)
    ring.look()
    return ring.find_hook(token)
