"""Groups of customers who want the same things, from what they spend on, and what sets each apart.

Facts, indexes and confidences; names of groups, and what to offer them, are not decided here.
"""

from idic.engine.needs.fitting import fit, match, predict
from idic.engine.needs.parameters import UNCLEAR, NeedGroup, NeedGroups, Space, Standout

__all__ = [
    "UNCLEAR",
    "NeedGroup",
    "NeedGroups",
    "Space",
    "Standout",
    "fit",
    "match",
    "predict",
]
