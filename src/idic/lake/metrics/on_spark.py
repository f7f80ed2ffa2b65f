"""Runs the metrics on Apache Spark: a cluster (`spark://host:7077`), or `local[2]` to try it. Every
worker must reach the files under the same paths.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from idic.engine.rfm import RfmCuts
from idic.lake.metrics.computing import compute


def run(
    *,
    orders: Sequence[str],
    events: Sequence[str],
    out: Path,
    as_of: dt.date,
    master: str,
    bins: int = 5,
    options: Mapping[str, str] | None = None,
) -> RfmCuts:
    """Read Parquet of orders and events, write a folder `out` of Parquet parts, as Spark does.

    `options` are settings of Spark, such as spark.executor.memory. Replaces `out`.
    """
    builder = SparkSession.builder.appName("idic behaviour").master(master)
    builder = builder.config("spark.sql.session.timeZone", "UTC")
    for name, value in (options or {}).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    try:
        spark.read.parquet(*orders).createOrReplaceTempView("orders")
        spark.read.parquet(*events).createOrReplaceTempView("events")
        return compute(_Spark(spark), as_of=as_of, out=out, bins=bins)
    finally:
        spark.stop()


class _Spark:
    dialect = "pyspark"

    def __init__(self, spark: Any) -> None:
        self._spark = spark

    def keep(self, *, name: str, sql: str, schema: Mapping[str, str]) -> None:
        self._spark.sql(sql).select(*schema).persist().createOrReplaceTempView(name)

    def fetch(self, *, sql: str) -> tuple[int, ...]:
        return tuple(self._spark.sql(sql).collect()[0])

    def write(self, *, sql: str, out: Path) -> None:
        self._spark.sql(sql).write.mode("overwrite").parquet(str(out))
