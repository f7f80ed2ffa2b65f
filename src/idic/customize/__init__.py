"""Customize: what each customer gets; catalogue, recommendations, offers, next best actions."""
