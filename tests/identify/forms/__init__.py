"""Tests of forms customers fill in."""
