"""A loader in a process of its own, to be killed. Says one word once it works."""

from __future__ import annotations

from django.conf import settings

from idic.identify.ingest.loader import Loader


def main() -> None:
    """Load until killed, in small portions: more places to be killed at."""
    print("loading", flush=True)
    Loader(home=settings.IDIC_HOME, portion=20).run()
