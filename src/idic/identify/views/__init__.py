"""The pages of Identify, one module a concern."""
