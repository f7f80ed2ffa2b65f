"""Identify: who every customer is, from every source, exactly once."""
