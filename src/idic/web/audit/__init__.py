"""How well the customers are known: how many, reachable, active, and how it changes by the day."""

from .counting import refresh_audit
from .page import Audit, build_audit

__all__ = ["Audit", "build_audit", "refresh_audit"]
