"""Gives a person everything every room holds about them: as data, as a page to read, as a table a
file, in one archive.
"""

from __future__ import annotations

import csv
import html
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from idic.core import ids
from idic.core.personal_data import tables
from idic.core.templatetags import ui
from idic.identify.services.trail import record_act
from idic.lake.reader import open_reader

from .person import find_person

# A cell that begins so would be run as a formula by a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What the lake keeps beside the tables: the same orders and events, by bare numbers.
_LAKE = ("order", "event")
_MOST = 100_000
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:15px/1.6 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%;margin:.5rem 0 2rem;font-size:13px}}
th,td{{border:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}}
section{{overflow-x:auto}}</style></head><body><h1>{title}</h1><p>{lead}</p>{sections}</body></html>
"""


def export_person(*, customer_id: int, now: datetime) -> dict[str, Any]:
    """Give everything every room holds about a person, table by table, as plain values."""
    person = find_person(customer_id=customer_id)
    return {
        "customer": ids.encode("customer", customer_id),
        "exported_at": now.isoformat(),
        "tables": {
            table.model._meta.label: table.exported(person) for table in reversed(list(tables()))
        },
        "lake": _read_lake(person.record_ids),
    }


def write_export(*, customer_id: int, actor: str, now: datetime) -> bytes:
    """Give the archive to hand over, and write down that it was made: JSON, a page to read, and
    each table as CSV.
    """
    found = export_person(customer_id=customer_id, now=now)
    rows_of = {name: rows for name, rows in found["tables"].items() if rows}
    rows_of |= {f"lake.{name}": rows for name, rows in found["lake"].items() if rows}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.json", json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False))
        file.writestr("read-me-first.html", _page(rows_of, now))
        for name, rows in rows_of.items():
            file.writestr(f"tables/{name}.csv", "\ufeff" + _csv(rows))
    record_act(
        customer_id=customer_id,
        action="customer.exported",
        actor=actor,
        now=now,
        detail={"rows": {name: len(rows) for name, rows in rows_of.items()}},
    )
    return archive.getvalue()


def _read_lake(record_ids: Sequence[int]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    with open_reader() as reader:
        reader.add(name="asked_record", table={"id": list(record_ids) or [-1]})
        for name in _LAKE:
            table = reader.query(
                f'SELECT * FROM "{name}" WHERE record_id IN '  # noqa: S608 - names of ours
                f"(SELECT id FROM asked_record) LIMIT {_MOST}"
            )
            found[name] = [dict(zip(table.columns, row, strict=True)) for row in table.rows()]
    return found


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows[0])
    writer.writerows([_safe(_plain(value)) for value in row.values()] for row in rows)
    return text.getvalue()


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    return "" if value is None else str(value)


def _page(rows_of: Mapping[str, Sequence[Mapping[str, Any]]], now: datetime) -> str:
    """Make one page that reads without any program of ours."""
    lead = _("Everything stored about you here on %(day)s, table by table.") % {"day": ui.day(now)}
    return _PAGE.format(
        language=html.escape(get_language() or "en"),
        title=html.escape(_("What is stored about you")),
        lead=html.escape(lead),
        sections="".join(_sections(rows_of)),
    )


def _sections(rows_of: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    for name, rows in rows_of.items():
        head = "".join(f"<th>{html.escape(column)}</th>" for column in rows[0])
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_plain(v))}</td>" for v in row.values()) + "</tr>"
            for row in rows
        )
        count = html.escape(ui.number(len(rows)))
        yield (
            f"<section><h2>{html.escape(name)} ({count})</h2>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>"
        )
