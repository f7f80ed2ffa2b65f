"""Every write of Differentiate, one module a use case."""
