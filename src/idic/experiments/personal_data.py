"""What Experiments keeps about a person: bare numbers, kept so that a result stays countable."""

from __future__ import annotations

from idic.core.personal_data import Erasure, register
from idic.experiments.models import Assignment, Contamination, Exposure

_WHY = "a number without a person behind it; without it a measured effect could not be recounted"

register(
    model=Assignment,
    customer="customer_id",
    fields=("experiment__name", "arm__key", "assigned_at"),
    erase=Erasure.KEEP,
    why=_WHY,
)
register(
    model=Exposure,
    customer="customer_id",
    fields=("experiment__name", "exposed_at"),
    erase=Erasure.KEEP,
    why=_WHY,
)
register(
    model=Contamination,
    customer="customer_id",
    fields=("experiment__name", "noted_at"),
    erase=Erasure.KEEP,
    why=_WHY,
)
