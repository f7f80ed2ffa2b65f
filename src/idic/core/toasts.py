"""What a page says once, at its foot, after something was done; with a way back where there is one.
The toast itself is `core/_toasts.html`.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest


def notify(
    request: HttpRequest, *, text: str, undo_url: str = "", level: int = messages.SUCCESS
) -> None:
    """Show a toast on the next page; `undo_url`, one of our paths, adds a form that posts there."""
    tags = f"undo:{undo_url}" if undo_url else ""
    messages.add_message(request, level, text, extra_tags=tags)
