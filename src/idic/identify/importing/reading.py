"""Turns text columns of the workspace into typed ones. Plain values are read by DuckDB at once;
whatever is written otherwise is read in Python, each different text only once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from zoneinfo import ZoneInfo

from .columns import DAYS
from .presets import Preset, find_preset
from .readers import Workspace
from .terms import Terms
from .values import cells, contacts, dates, ledger, numbers, statuses

Read = Callable[[str], str | None]

_DECISION_VALUES = 100_000
_BALANCES = ("balance", "fees", "margin")
# Marks what cannot identify anybody: a placeholder, a masked number, the name "Walk-in".
PLACEHOLDER = "!"
_CURRENCY_SIGNS = {
    "₫": "VND",
    "đ": "VND",
    "vnđ": "VND",
    "dong": "VND",
    "¥": "CNY",
    "￥": "CNY",
    "rmb": "CNY",
    "元": "CNY",
    "人民币": "CNY",
    "$": "USD",
    "us$": "USD",
    "£": "GBP",
    "€": "EUR",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """How one field is read: `fast` is SQL over `v` that gives a value or NULL, `read` the rest."""

    kind: str  # DuckDB type of the value
    read: Read
    fast: str = "NULL"


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided once for the whole file, to be shown to the person who imports it."""

    date_order: dates.DateOrder
    is_date_order_certain: bool
    is_date_order_mixed: bool
    amount_mark: str
    quantity_mark: str


def column_of(workspace: Workspace, terms: Terms, field: str) -> str:
    """Give the name of the raw column that feeds a field, or "" when none does."""
    header = terms.mapping.get(field)
    return f"c{workspace.headers.index(header)}" if header in workspace.headers else ""


def decide(workspace: Workspace, terms: Terms) -> Decisions:
    """Decide day or month first, and the decimal marks, from all values of their columns."""
    day_field = DAYS.get(terms.kind, "")
    order = dates.decide_date_order(
        _distinct(workspace, terms, (day_field,)), default=terms.likely_date_order
    )
    amounts = ("unit_price", "line_total", "order_total", "discount", "amount", *_BALANCES)
    amount_mark = numbers.decide_decimal_mark(
        _distinct(workspace, terms, amounts), has_cents=terms.exponent > 0
    )
    quantity_mark = numbers.decide_decimal_mark(_distinct(workspace, terms, ("quantity",)))
    chosen = terms.date_order or order.order
    return Decisions(chosen, order.is_certain, order.is_mixed, amount_mark, quantity_mark)


def _distinct(workspace: Workspace, terms: Terms, fields: tuple[str, ...]) -> Iterator[str]:
    """Give the different values of some columns, as they first appear."""
    for field in fields:
        column = column_of(workspace, terms, field)
        if not column:
            continue
        rows = workspace.rows(
            f"SELECT {column} FROM raw WHERE {column} IS NOT NULL "  # noqa: S608 - our own names
            "GROUP BY 1 ORDER BY min(row_number)"
        )
        yield from (row[0] for row in islice(rows, _DECISION_VALUES))


def readers(terms: Terms, decisions: Decisions) -> dict[str, Reader]:
    """Give the reader of every field."""
    zone, preset = ZoneInfo(terms.time_zone), find_preset(terms.preset)
    text = Reader("VARCHAR", _text)
    key = Reader("VARCHAR", _key, _FAST_KEY)
    amount = Reader(
        "DECIMAL(38,6)",
        lambda v: _plain(numbers.parse_amount(v, mark=decisions.amount_mark)),
        _fast_number(decisions.amount_mark, 6),
    )
    moment = Reader("TIMESTAMP", _moment_reader(decisions, zone), _fast_moment(zone.key))
    found = {
        "order_number": key,
        "company_key": key,
        "tax_number": key,
        "account_number": key,
        "event_id": key,
        "customer_key": Reader(
            "VARCHAR", _nobody_marked(cells.clean_key, preset), _FAST_CUSTOMER_KEY
        ),
        "full_name": Reader("VARCHAR", _nobody_marked(cells.clean, preset)),
        "product_code": key,
        "line_number": Reader("BIGINT", _whole, _FAST_WHOLE),
        "ordered_at": moment,
        "occurred_at": moment,
        "given_at": moment,
        "birth_date": Reader("DATE", _day_reader(decisions)),
        "as_of_date": Reader("DATE", _month_end_reader(decisions)),
        "quantity": Reader(
            "DECIMAL(18,3)",
            lambda v: _plain(numbers.parse_quantity(v, mark=decisions.quantity_mark)),
            _fast_number(decisions.quantity_mark, 3),
        ),
        "unit_price": amount,
        "amount": amount,
        "balance": amount,
        "fees": amount,
        "margin": amount,
        "line_total": amount,
        "order_total": amount,
        "discount": Reader("VARCHAR", _discount_reader(decisions), _FAST_DISCOUNT),
        "currency": Reader("VARCHAR", _currency),
        "status": Reader("VARCHAR", _status_reader(preset)),
        "email": Reader("VARCHAR", lambda v: _contact(contacts.parse_email(v))),
        "phone": Reader(
            "VARCHAR", lambda v: _contact(contacts.parse_phone(v, country=terms.country))
        ),
        "contact": Reader("VARCHAR", _address_reader(terms)),
        "channel": Reader("VARCHAR", ledger.read_channel),
        "purpose": Reader("VARCHAR", ledger.read_purpose),
        "answer": Reader("VARCHAR", ledger.read_answer),
        "refusal": Reader("VARCHAR", cells.read_refusal),
        "gender": Reader("VARCHAR", lambda v: contacts.read_gender(cells.clean(v)) or None),
        "language": Reader("VARCHAR", lambda v: contacts.read_language(cells.clean(v)) or None),
        "consent_email": Reader("BOOLEAN", _answer),
        "consent_sms": Reader("BOOLEAN", _answer),
        "consent_zalo": Reader("BOOLEAN", _answer),
        "refusal_email": Reader("VARCHAR", cells.read_refusal),
        "refusal_sms": Reader("VARCHAR", cells.read_refusal),
    }
    for place in ("city", "province", "country"):
        found[place] = Reader("VARCHAR", lambda v: cells.clean_place(v) or None)
    for field in terms.mapping:
        found.setdefault(field, text)
    return found


def read_columns(workspace: Workspace, terms: Terms, decisions: Decisions) -> list[str]:
    """Make the table `typed`: row_number, and for each mapped field its value and, as
    `<field>_given`, the text that could not be read (of phone and e-mail: every text). Give the
    fields.
    """
    by_field = readers(terms, decisions)
    chosen = {field: column_of(workspace, terms, field) for field in terms.mapping}
    fields = [field for field, column in chosen.items() if column]
    parts, joins = ["raw.row_number"], []
    for field in fields:
        reader, column = by_field[field], chosen[field]
        _read_the_rest(workspace, field=field, column=column, reader=reader)
        fast = reader.fast.replace("{v}", f"raw.{column}")
        value = f"coalesce({fast}, read_{field}.value)"
        is_kept = "true" if field in {"email", "phone"} else f"{value} IS NULL"
        parts.append(f"{value} AS {field}")
        parts.append(f"CASE WHEN {is_kept} THEN raw.{column} END AS {field}_given")
        joins.append(f"LEFT JOIN read_{field} ON raw.{column} = read_{field}.given")
    workspace.run(
        f"CREATE TABLE typed AS SELECT {', '.join(parts)} FROM raw {' '.join(joins)} "  # noqa: S608
        "ORDER BY raw.row_number"
    )
    return fields


def _read_the_rest(workspace: Workspace, *, field: str, column: str, reader: Reader) -> None:
    """Read in Python what the fast way leaves, each different text once."""
    fast = reader.fast.replace("{v}", column)
    distinct = workspace.rows(
        f"SELECT DISTINCT {column} FROM raw "  # noqa: S608 - our own names
        f"WHERE {column} IS NOT NULL AND {fast} IS NULL"
    )
    workspace.run(f"CREATE TABLE read_{field}_text (given VARCHAR, value VARCHAR)")
    pairs = ((text, value) for (text,) in distinct if (value := reader.read(text)) is not None)
    workspace.insert(f"read_{field}_text", ["given", "value"], pairs)
    workspace.run(
        f"CREATE TABLE read_{field} AS SELECT given, TRY_CAST(value AS {reader.kind}) AS value "  # noqa: S608
        f"FROM read_{field}_text"
    )
    workspace.run(f"DROP TABLE read_{field}_text")


# A plain code of printable ASCII that Excel has not bent and that is no written nothing.
_FAST_KEY = (
    "CASE WHEN regexp_full_match({v}, '[A-Za-z0-9][A-Za-z0-9_/#:-]*') "
    "AND lower({v}) NOT IN ('null', 'nil', 'none', 'nan', 'na') THEN {v} END"
)
_FAST_CUSTOMER_KEY = (
    "CASE WHEN regexp_full_match({v}, '[A-Za-z_#:-]*[0-9][A-Za-z0-9_/#:-]*') THEN {v} END"
)
_FAST_WHOLE = "CASE WHEN regexp_full_match({v}, '[0-9]{1,9}') THEN CAST({v} AS BIGINT) END"
_FAST_DISCOUNT = "CASE WHEN {v} IN ('0', '0.0', '0.00') THEN '0' END"


def _fast_number(mark: str, decimals: int) -> str:
    # With the comma as decimal mark a dot groups thousands: only bare digits are plain.
    fraction = f"([.][0-9]{{1,{decimals}}})?" if mark == "." else ""
    kind = "DECIMAL(38,6)" if decimals == 6 else "DECIMAL(18,3)"
    return (
        f"CASE WHEN regexp_full_match({{v}}, '-?[0-9]{{1,12}}{fraction}') "
        f"THEN TRY_CAST({{v}} AS {kind}) END"
    )


def _fast_moment(zone: str) -> str:
    # The zone's name comes from the settings and is checked by ZoneInfo.
    return (
        "CASE WHEN regexp_full_match({v}, "
        "'[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?)?') "
        "AND {v} >= '1900' AND {v} < '2101' THEN date_trunc('second', "
        f"timezone('UTC', timezone('{zone}', TRY_CAST({{v}} AS TIMESTAMP)))) END"
    )


def _moment_reader(decisions: Decisions, zone: ZoneInfo) -> Read:
    def read(text: str) -> str | None:
        moment = dates.parse_moment(cells.clean(text), order=decisions.date_order, zone=zone)
        return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else None

    return read


def _day_reader(decisions: Decisions) -> Read:
    def read(text: str) -> str | None:
        day = dates.parse_day(cells.clean(text), order=decisions.date_order)
        # Forms that insist on a date get 1 January 1900.
        return day.isoformat() if day and day.year > 1900 else None

    return read


def _month_end_reader(decisions: Decisions) -> Read:
    """Read a day; of a month alone ("2026-10", "10/2026") its last, when its balances are drawn."""
    read_day = _day_reader(decisions)
    return lambda text: read_day(text) or dates.parse_month_end(cells.clean(text))


def _discount_reader(decisions: Decisions) -> Read:
    """Read a discount as an amount, or as a share written `r0.1`."""

    def read(text: str) -> str | None:
        share = numbers.parse_percent(text, mark=decisions.amount_mark)
        if share is not None:
            return f"r{share}"
        return _plain(numbers.parse_amount(cells.clean(text), mark=decisions.amount_mark))

    return read


def _text(text: str) -> str | None:
    return cells.clean(text) or None


def _key(text: str) -> str | None:
    return cells.clean_key(text) or None


def _nobody_marked(clean: Callable[[str], str], preset: Preset | None) -> Read:
    """Read a name or number, and mark what stands for whoever came in."""
    more = frozenset(preset.walk_in if preset else ())

    def read(text: str) -> str | None:
        value = clean(text)
        return (PLACEHOLDER + value if cells.is_walk_in(value, more=more) else value) or None

    return read


def _status_reader(preset: Preset | None) -> Read:
    if preset is None:
        return lambda text: statuses.read_status(text).value
    own = statuses.OwnWords(preset.done, preset.cancelled, preset.returned, preset.returns_cancel)
    return lambda text: statuses.read_own_status(text, own=own).value


def _whole(text: str) -> str | None:
    plain = cells.clean_key(text)
    return plain if plain.isdecimal() else None


def _plain(value: object) -> str | None:
    return None if value is None else f"{value:f}"


def _address_reader(terms: Terms) -> Read:
    """Read an e-mail address or a phone, whichever it is."""

    def read(text: str) -> str | None:
        if "@" in text or "＠" in text:
            return _contact(contacts.parse_email(text))
        return _contact(contacts.parse_phone(text, country=terms.country))

    return read


def _contact(found: contacts.Contact | None) -> str | None:
    if found is None:
        return None
    return PLACEHOLDER + found.value if found.is_placeholder else found.value


def _answer(text: str) -> str | None:
    answer = cells.read_yes_no(text)
    return None if answer is None else str(answer).lower()


def _currency(text: str) -> str | None:
    plain = cells.clean(text)
    known = _CURRENCY_SIGNS.get(plain.lower())
    if known or not plain:
        return known
    return plain.upper() if len(plain) == 3 and plain.isascii() and plain.isalpha() else None
