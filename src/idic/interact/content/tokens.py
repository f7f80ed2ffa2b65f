"""Words nobody can guess: a message's own token, and its Message-ID."""

from __future__ import annotations

import secrets


def new_token() -> str:
    """Make the token that opens and unsubscriptions of one message carry."""
    return secrets.token_urlsafe(24)


def new_message_id(*, number: int, domain: str) -> str:
    """Make a Message-ID: the same on every attempt, unlike any other."""
    return f"<{number}.{secrets.token_hex(6)}@{domain}>"
