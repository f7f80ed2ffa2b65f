"""The lake's own tests."""
