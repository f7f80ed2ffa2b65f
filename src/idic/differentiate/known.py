"""What is not known yet about customers, as rules: the same ones are counted when figures are
written and opened as lists, so that a number and its rows never disagree.
"""

from __future__ import annotations

from idic.differentiate import segments
from idic.differentiate.models import Reach, Tier

_CHANNELS = ("email_reach", "sms_reach", "zalo_reach")

WITHOUT_ADDRESS: segments.Tree = segments.All(
    tuple(segments.Choice(channel, "one_of", (Reach.NO_ADDRESS.value,)) for channel in _CHANNELS)  # type: ignore[arg-type]
)
# No name, no town, or no way to reach them.
INCOMPLETE: segments.Tree = segments.Any(
    (segments.Text("name", "unknown"), segments.Text("city", "unknown"), WITHOUT_ADDRESS)
)
# Has bought, and what for is not clear.
WITHOUT_NEED: segments.Tree = segments.All(
    (
        segments.Choice("tier", "one_of", tuple(Tier.values)),
        segments.InNeedGroup("one_of", (0,)),
    )
)


def first_bought_within(days: int) -> segments.Tree:
    """Give the rule of who bought for the first time in the last days up to the day looked at."""
    return segments.Day("first_order_date", "last_days", days=days)
