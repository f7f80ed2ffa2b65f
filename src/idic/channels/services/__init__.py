"""Every write of Channels, one module a use case."""
