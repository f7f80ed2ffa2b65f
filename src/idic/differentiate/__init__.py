"""Differentiate: what each customer is worth and needs; tiers, need groups, segments."""
