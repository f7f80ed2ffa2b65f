"""Words nobody can guess: a message's own token, and its Message-ID."""

from __future__ import annotations

import secrets

# Stands where a token would be in a message nobody got: no link made with it leads anywhere.
PREVIEW = "preview"


def new_token() -> str:
    """Make the token that opens and unsubscriptions of one message carry."""
    return secrets.token_urlsafe(24)


def new_message_id(*, number: int, domain: str) -> str:
    """Make a Message-ID: the same on every attempt, unlike any other."""
    return f"<{number}.{secrets.token_hex(6)}@{domain}>"
