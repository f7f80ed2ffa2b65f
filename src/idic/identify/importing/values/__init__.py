"""Reading single values as shops write them: one module a kind of value, all pure functions."""
