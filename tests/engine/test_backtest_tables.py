"""The backtest's command on odd tables: it reads them, and its last line is always whole."""

import json
import sys
from pathlib import Path

import duckdb
import pytest

from benchmarks import value_backtest

SHOPS = {
    "string ids, zones, returns": """
        SELECT 'c-' || (i % 60) AS who,
               TIMESTAMPTZ '2024-01-01 23:30:00+07' + INTERVAL 1 HOUR * (i * 7) AS bought,
               CASE WHEN i % 11 = 0 THEN -5.25 ELSE 10.5 + i % 17 END AS paid
        FROM range(1200) t(i)""",
    "one customer": """
        SELECT 7 AS who, DATE '2024-01-01' + (i * 3)::INTEGER AS bought, 10 AS paid
        FROM range(200) t(i)""",
    "all on one day": """
        SELECT i AS who, DATE '2024-01-01' AS bought, 1.0 AS paid FROM range(500) t(i)""",
    "constant amounts, same days": """
        SELECT i % 50 AS who, DATE '2024-01-01' + ((i // 100) * 10)::INTEGER AS bought, 9.99 AS paid
        FROM range(5000) t(i)""",
    "nothing": "SELECT NULL::VARCHAR AS who, NULL::DATE AS bought, NULL::DOUBLE AS paid LIMIT 0",
    "holes": """
        SELECT CASE WHEN i % 5 THEN i % 40 END AS who,
               CASE WHEN i % 7 THEN DATE '2024-01-01' + (i // 4)::INTEGER END AS bought,
               CASE WHEN i % 13 = 0 THEN 'NaN'::DOUBLE WHEN i % 3 THEN i % 20 END AS paid
        FROM range(2000) t(i)""",
}


@pytest.mark.parametrize("name", SHOPS)
def test_any_table_gives_a_whole_last_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "orders.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({SHOPS[name]}) TO '{file}' (FORMAT parquet)")
    arguments = ["--orders", str(file), "--customer", "who", "--at", "bought", "--amount", "paid"]
    monkeypatch.setattr(sys, "argv", ["value_backtest", *arguments, "--origins", "2"])

    value_backtest.main()

    found = json.loads(capsys.readouterr().out.splitlines()[-1], parse_constant=_refuse)
    if found["candidates"]:
        chosen = found["candidates"][found["chosen"]]
        figures = ("rmse", "mae", "spearman", "gini", "top10", "total_error", "coverage80")
        assert {name: found[name] for name in figures} == {name: chosen[name] for name in figures}
        naive = min(found["candidates"][name]["mae"] for name in found["naive"])
        assert found["mae"] <= 1.02 * naive + 1e-6
    else:
        assert found["reason"] in ("no_orders", "history_too_short", "too_few_customers",
                                   "no_later_orders")  # fmt: skip
        assert found["chosen"] == "shared_rate"


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def test_days_are_read_in_utc_and_amounts_by_expression(tmp_path: Path) -> None:
    file = tmp_path / "orders.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"""COPY (SELECT 'b' AS who, TIMESTAMPTZ '2024-01-02 03:00:00+07' AS bought,
                             2 AS quantity, 1.255 AS price
                      UNION ALL SELECT 'a', TIMESTAMPTZ '2024-01-02 12:00:00+07', 1, 3)
                TO '{file}' (FORMAT parquet)"""
        )

    orders = value_backtest.read(file, customer="who", at="bought", amount="quantity * price")

    assert orders["customer_id"].tolist() == [1, 2]
    assert [str(day) for day in orders["ordered_on"]] == ["2024-01-02", "2024-01-01"]
    assert orders["net_amount"].tolist() == [300, 251]
