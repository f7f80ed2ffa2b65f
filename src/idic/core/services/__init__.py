"""Every write of the ground floor, one module a use case."""
