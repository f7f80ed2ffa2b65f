"""Reads made of several rooms, one module a page."""

from .monitoring import count_everything

__all__ = ["count_everything"]
