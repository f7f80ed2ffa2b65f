"""Sums over all customers, stored when they are refreshed, so that pages never add up a million."""

from __future__ import annotations

from django.db import models

from .needs import NeedGroup


class MatrixCell(models.Model):
    """One cell of value × needs: how many people, what they brought, what is expected of them.
    No tier: they have not bought yet. No need group: not clear. Rewritten by each refresh.
    """

    tier = models.CharField(max_length=12, blank=True)
    need_group = models.ForeignKey(
        NeedGroup, null=True, on_delete=models.CASCADE, related_name="cells"
    )
    customer_count = models.IntegerField()
    last_year_amount = models.BigIntegerField()
    expected_amount = models.BigIntegerField()
    overdue_count = models.IntegerField()
    stake_amount = models.BigIntegerField()  # of the overdue


class BusinessFigures(models.Model):
    """What a refresh found about the whole business on a day: counts, shares, the RFM grid, the
    total expected of all customers. One row a day looked at, so that change can be shown.
    """

    as_of_date = models.DateField(unique=True)
    figures = models.JSONField(default=dict)
    computed_at = models.DateTimeField()


class BudgetCurve(models.Model):
    """What is open with the first so many of those who are overdue and may be reached by a channel
    (empty: by any way, a call too): `engine.budget.Curve` as JSON. Rewritten by each refresh.
    """

    channel = models.CharField(max_length=10, unique=True, blank=True)
    points = models.JSONField(default=dict)
    as_of_date = models.DateField()


class ValueShape(models.Model):
    """How value is spread over the customers on a day, what is expected of whom, and how long they
    stay, as `services.shape` counts it. Rewritten by each refresh.
    """

    as_of_date = models.DateField(unique=True)
    figures = models.JSONField(default=dict)
