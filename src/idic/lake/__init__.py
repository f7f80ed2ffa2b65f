"""The lake: immutable Parquet segments with their manifest in the system of record."""
