"""Experiments: who is treated and who is held back, decided once and never changed."""
