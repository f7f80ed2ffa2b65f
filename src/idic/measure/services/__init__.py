"""Every write of Measure, one module a use case."""
