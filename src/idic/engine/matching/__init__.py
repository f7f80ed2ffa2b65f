"""Which records are one person: blocking, learned weights, groups, and one record against all.

Tables in, tables out; merging customers, their log and the review queue are not here.
"""

from idic.engine.matching.batch import Matches, match, predict
from idic.engine.matching.columns import clean
from idic.engine.matching.parameters import Parameters, Zones
from idic.engine.matching.rates import Rates
from idic.engine.matching.schema import Field, Schema

__all__ = [
    "Field",
    "Matches",
    "Parameters",
    "Rates",
    "Schema",
    "Zones",
    "clean",
    "match",
    "predict",
]
