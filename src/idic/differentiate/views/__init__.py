"""Pages of Differentiate, one module a noun."""
