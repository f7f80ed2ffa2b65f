"""The pages of Interact, one module a concern; `public` holds what needs no login."""
