"""Every write of Identify, one module a use case."""
