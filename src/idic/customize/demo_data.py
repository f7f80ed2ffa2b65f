"""Customize's part of the sample shop."""

from __future__ import annotations

from idic.core.demo_data import DemoPart
from idic.customize.services.demo import finish

DEMO_DATA = DemoPart(finish=finish)
