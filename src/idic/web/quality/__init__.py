"""Data quality: what could be put right, what is worth asking, and how complete the rest is."""
