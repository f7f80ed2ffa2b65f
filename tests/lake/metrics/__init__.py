"""Tests of the metrics that run on DuckDB and on Spark."""
