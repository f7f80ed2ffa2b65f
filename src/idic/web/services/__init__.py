"""Every write of the pages made of several rooms, one module a use case."""
