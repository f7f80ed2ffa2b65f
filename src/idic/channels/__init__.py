"""Channels: ways to reach a person, each an adapter of one shape; practice until switched on."""
