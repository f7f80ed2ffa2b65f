"""Interact's part of the sample shop."""

from __future__ import annotations

from idic.core.demo_data import DemoPart
from idic.interact.services.demo import count_campaigns, mark_campaigns, remove_campaigns

DEMO_DATA = DemoPart(begin=mark_campaigns, finish=remove_campaigns, count=count_campaigns)
