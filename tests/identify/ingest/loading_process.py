"""A loader in a process of its own, to be killed. Says a word for each portion it has stored."""

from __future__ import annotations

from django.conf import settings

from idic.core.models import Business
from idic.identify.ingest.loader import Loader, Step


class Talking(Loader):
    """A loader that says when it has stored a portion."""

    def _load(self, steps: list[Step], business: Business) -> None:
        super()._load(steps, business)
        print("stored", flush=True)


def main() -> None:
    """Load until killed, in small portions: more places to be killed at."""
    Talking(home=settings.IDIC_HOME, portion=20).run()
