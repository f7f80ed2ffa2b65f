"""Measure: what it brought, against a control group; cohorts, effects, reports."""
