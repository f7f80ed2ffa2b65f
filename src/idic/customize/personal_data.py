"""How Customize exports and erases one person: lists, refusals and decisions all go."""

from __future__ import annotations

from idic.core.personal_data import register
from idic.customize.models import Decision, Recommendation, RejectedProduct

register(model=Recommendation, customer="customer", is_computed=True)
register(model=RejectedProduct, customer="customer")
register(model=Decision, customer="customer")
