"""Differentiate's part of the sample shop."""

from __future__ import annotations

from idic.core.demo_data import DemoPart
from idic.differentiate.services.demo import count_segments, forget_figures, forget_models

DEMO_DATA = DemoPart(begin=forget_figures, finish=forget_models, count=count_segments)
