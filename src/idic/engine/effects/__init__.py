"""What a campaign changed against its control group, and what it could have shown at all.

Two arms, one look at the end: no peeking corrections, no uplift models, no words for a page.
"""

from idic.engine.effects.comparison import (
    Arm,
    Difference,
    Effect,
    Outcome,
    Verdict,
    compare,
    rate_difference_interval,
)
from idic.engine.effects.power import (
    SAMPLE_RATIO_ALARM,
    detectable_amount,
    detectable_effect,
    sample_ratio_mismatch,
)

__all__ = [
    "SAMPLE_RATIO_ALARM",
    "Arm",
    "Difference",
    "Effect",
    "Outcome",
    "Verdict",
    "compare",
    "detectable_amount",
    "detectable_effect",
    "rate_difference_interval",
    "sample_ratio_mismatch",
]
