"""Measure's part of the sample shop."""

from __future__ import annotations

from idic.core.demo_data import DemoPart
from idic.measure.services.demo import forget_results

# Interact marks further campaigns after this has begun: they are looked at again in the end.
DEMO_DATA = DemoPart(begin=forget_results, finish=forget_results)
