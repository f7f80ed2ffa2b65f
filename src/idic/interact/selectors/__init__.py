"""Reads of Interact, one module a concern: audiences, results, the outbox, care."""
