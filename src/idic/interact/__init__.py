"""Interact: through which channel and when; campaigns, contact policy, outbox, sender."""
