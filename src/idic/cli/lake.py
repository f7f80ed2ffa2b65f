"""`idic lake`: for data people, what the lake holds reduced to a file of Parquet."""

from __future__ import annotations

import datetime as dt
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from idic.cli.console import Refused, console

_ORDERS = "SELECT customer_id, ordered_on, net_amount, is_return FROM customer_orders"
_EVENTS = "SELECT customer_id, happened_on, kind FROM customer_events"


def register(application: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(no_args_is_help=True)
    group.callback()(_keep_name)
    group.command()(behaviour)
    application.add_typer(group, name="lake")


def _keep_name() -> None:
    """For data people: what the lake holds, reduced to a file of Parquet."""
    # Without this Typer makes the one command the group itself.


def behaviour(
    out: Annotated[Path, typer.Argument(help="The Parquet to write; on Spark a folder of parts.")],
    spark: Annotated[str, typer.Option(help="A Spark master, such as spark://host:7077.")] = "",
    as_of: Annotated[str, typer.Option(help="The last day that counts, 2026-11-24.")] = "",
) -> None:
    """Write 22 aggregates of what each customer did, and RFM."""
    wanted = ("ibis", "pyspark") if spark else ("ibis",)
    if any(find_spec(name) is None for name in wanted):
        raise Refused("This needs the extra “spark”. Run “uv pip install -e '.[spark]'” first.")
    from idic.core import clock
    from idic.core.selectors import get_business

    day = _read_day(as_of) or clock.today(time_zone=get_business().time_zone)
    with tempfile.TemporaryDirectory(prefix=f"{out.name}-", dir=out.absolute().parent) as folder:
        orders, events = _write_facts(Path(folder))
        if spark:
            from idic.lake.metrics import on_spark

            on_spark.run(
                orders=[orders], events=[events], out=out.absolute(), as_of=day, master=spark
            )
        else:
            from idic.lake.metrics import on_duckdb

            on_duckdb.run(orders=[orders], events=[events], out=out, as_of=day)
    console.print(f"What customers did until {day} is in {out}.", highlight=False, soft_wrap=True)


def _read_day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(f"“{text}” is no day. Write it as 2026-11-24.") from None


def _write_facts(folder: Path) -> tuple[str, str]:
    """Write who ordered and did what, beside `out`: where Spark's workers can read it too."""
    from idic.engine.table import write_parquet
    from idic.identify.facts import open_facts

    orders, events = str(folder / "orders.parquet"), str(folder / "events.parquet")
    with open_facts() as facts:
        write_parquet(facts.stream(_ORDERS), path=orders)
        write_parquet(facts.stream(_EVENTS), path=events)
    return orders, events
