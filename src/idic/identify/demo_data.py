"""Identify's part of the sample shop besides what `services.demo_removal` does itself."""

from __future__ import annotations

from idic.core.demo_data import DemoPart
from idic.identify.services.demo_removal import adopt_people, count_rows

DEMO_DATA = DemoPart(begin=adopt_people, count=count_rows)
