"""Template tags of the house; `ui` is loaded in every template by the settings."""
