"""Every write of Customize, one module a use case."""
