"""Metrics of the lake that run on DuckDB and on Apache Spark from one definition, for businesses
beyond one machine. Needs the `spark` extra; nothing else in the house imports these modules.
"""
