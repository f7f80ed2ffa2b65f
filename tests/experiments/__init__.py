"""Tests of Experiments."""
