"""Every write of Interact, one module a use case."""
