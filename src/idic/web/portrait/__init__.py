"""A customer in words: what was read of somebody, said so that a shopkeeper nods. Reads nothing;
`selectors.customer` does.
"""

from .draw import Portrait, draw_portrait

__all__ = ["Portrait", "draw_portrait"]
