"""How wrong the forecast would have been: decide at T with what was known at T, hide what came.

Tries the methods of `value` on a shop's own past and chooses one. It claims nothing about the
effect of a campaign: history shows forecasts, not causes.
"""

from idic.engine.replay.choice import choose
from idic.engine.replay.report import Decile, MethodScore, ReplayReport, TotalTried
from idic.engine.replay.running import replay

__all__ = ["Decile", "MethodScore", "ReplayReport", "TotalTried", "choose", "replay"]
