"""Every write of Experiments, one module a use case."""
