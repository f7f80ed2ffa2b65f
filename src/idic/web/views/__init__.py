"""The pages of the shell, one module a concern."""
