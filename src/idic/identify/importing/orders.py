"""From rows of an order file to orders with their lines: who bought, which rows belong together,
what is a return, what each line brought. Rows that cannot be read are set aside with their reason.

Leaves the tables `lines`, `orders`, `rejected`, `party`, `party_trait`, `party_identifier`.
"""

from __future__ import annotations

from collections.abc import Sequence

from idic.core import money

from . import parties, shapes
from .columns import FIELDS, Kind
from .readers import Workspace
from .reading import Decisions
from .terms import Terms

# More minor units than this are a slip of the pen, not a sale.
_LARGEST = 9 * 10**15
# SQL over the lines of one order, and over an order beside its content `c`.
DIGEST = (
    "md5(string_agg(concat_ws('|', line_number, product_code, product_name, category, quantity, "
    "unit_price, net_amount), chr(10) ORDER BY line_number))"
)
FINGERPRINT = "concat_ws('|', orders.party, {moment}, orders.currency, orders.store, c.digest)"
_TOTALS = (
    "('total', 'grand total', 'totals', 'sum', 'subtotal', 'tổng', 'tổng cộng', 'tổng số', "
    "'cộng', '合计', '总计', '小计')"
)


def build_orders(
    workspace: Workspace,
    terms: Terms,
    decisions: Decisions,
    *,
    fields: Sequence[str],
    file_mark: str,
) -> None:
    """Make all tables from `typed`. `file_mark` names orders that have neither number nor owner."""
    shapes.complete(workspace, terms, decisions, fields)
    shapes.make_rejected(workspace)
    _find_parties(workspace)
    _number(workspace, terms, fields, file_mark)
    _head(workspace)
    _judge(workspace, fields)
    _make_lines(workspace, terms, fields)
    _make_orders(workspace, terms)
    parties.make_parties(workspace, terms, rows="taken", fields=fields)


def _find_parties(workspace: Workspace) -> None:
    """Find for each row whose it is, unless it is nobody's."""
    workspace.run(
        f"CREATE TABLE keyed AS SELECT row_number, phone, email, {parties.PARTY} AS party, "  # noqa: S608
        f"{parties.IS_NOBODY} AS is_nobody, {parties.PARTY_KIND} AS party_kind FROM complete"
    )
    parties.make_aliases(workspace, rows="keyed")
    workspace.run(
        "CREATE TABLE owned AS SELECT row_number, is_nobody, "
        "coalesce(alias.is_party, keyed.party) AS party "
        "FROM keyed LEFT JOIN alias ON alias.party = keyed.party"
    )
    workspace.run("DROP TABLE keyed")


def _number(workspace: Workspace, terms: Terms, fields: Sequence[str], file_mark: str) -> None:
    """Give every row its order's number: as written; below it in cells left empty under a number;
    or, in a file without numbers, one number a person and visit.
    """
    number = (
        _number_as_written(workspace)
        if "order_number" in fields
        else _number_of_visit(workspace, terms, file_mark)
    )
    workspace.run(
        f"CREATE TABLE numbered AS SELECT row_number, party, {number} AS number "  # noqa: S608
        "FROM complete JOIN owned USING (row_number)"
    )
    # The place of a line within its order is its identity where the file gives none.
    workspace.run(
        "CREATE TABLE placed AS SELECT row_number, row_number() OVER "
        "(PARTITION BY number ORDER BY row_number) AS position FROM numbered"
    )
    workspace.run("DROP TABLE owned")


def _number_as_written(workspace: Workspace) -> str:
    continues = (
        "order_number IS NULL AND ordered_at IS NULL AND ordered_at_given IS NULL "
        "AND party IS NULL AND NOT is_nobody "
        "AND (product_code IS NOT NULL OR product_name IS NOT NULL)"
    )
    written = f"CASE WHEN lower(order_number) NOT IN {_TOTALS} THEN order_number END"
    has_gaps = workspace.value(
        f"SELECT count(*) > 0 FROM complete JOIN owned USING (row_number) WHERE {continues}"  # noqa: S608
    )
    if not has_gaps:
        return written
    above = "last_value(order_number IGNORE NULLS) OVER (ORDER BY row_number)"
    return f"CASE WHEN {continues} THEN {above} ELSE {written} END"


def _number_of_visit(workspace: Workspace, terms: Terms, file_mark: str) -> str:
    local = f"timezone('{terms.time_zone}', timezone('UTC', ordered_at))"
    has_times = workspace.value(
        f"SELECT count(*) > 0 FROM complete WHERE {local} <> date_trunc('day', {local})"  # noqa: S608
    )
    shape = "%Y-%m-%d %H:%M:%S" if has_times else "%Y-%m-%d"
    return (
        f"CASE WHEN party IS NOT NULL THEN party || ' ' || strftime({local}, '{shape}') "
        f"ELSE '{file_mark}-' || row_number END"
    )


def _head(workspace: Workspace) -> None:
    """Take what an order says once (on its first line, often) for all its rows."""
    workspace.run(
        """
        CREATE TABLE head AS
        SELECT number, min(ordered_at) AS moment, count(DISTINCT party) AS party_count,
            arg_min(party, row_number) FILTER (party IS NOT NULL) AS party,
            arg_min(currency, row_number) FILTER (currency IS NOT NULL) AS currency,
            arg_min(store, row_number) FILTER (store IS NOT NULL) AS store,
            arg_min(status, row_number) FILTER (status IS NOT NULL) AS status,
            max(order_total) AS head_total, min(order_total) AS least_total,
            count(*) AS row_count, sum(quantity) AS head_quantity
        FROM complete JOIN numbered USING (row_number) WHERE number IS NOT NULL GROUP BY number
        """
    )


def _judge(workspace: Workspace, fields: Sequence[str]) -> None:
    """Join rows and heads, and set rows aside that lack what an order needs or hold what cannot be
    read. A number used for two customers is two orders: the first keeps it, the others carry
    their owner beside it.
    """
    given = ", ".join(
        f"{field.name}_given"
        for field in FIELDS[Kind.ORDERS]
        if field.name not in {"email", "phone", "birth_date"}
    )
    workspace.run(
        f"""
        CREATE TABLE judged AS SELECT * EXCLUDE ({given}),
            CASE reason WHEN 'wrong_date' THEN ordered_at_given
                WHEN 'wrong_quantity' THEN quantity_given
                WHEN 'wrong_amount' THEN CASE
                    WHEN unit_price IS NULL AND unit_price_given IS NOT NULL THEN unit_price_given
                    ELSE coalesce(line_total_given, order_total_given) END
                WHEN 'wrong_currency' THEN currency_given ELSE '' END AS detail
        FROM (SELECT *, {_reason(fields)} AS reason FROM (
            SELECT c.* EXCLUDE (currency, store, status),
                CASE WHEN n.party <> h.party THEN n.number || ' · ' || n.party ELSE n.number END
                    AS number,
                coalesce(n.party, h.party) AS party, coalesce(c.currency, h.currency) AS currency,
                coalesce(c.store, h.store, '') AS store,
                coalesce(c.status, h.status, 'done') AS status,
                coalesce(c.ordered_at, h.moment) AS moment, placed.position,
                h.party_count, h.head_total, h.least_total, h.row_count, h.head_quantity
            FROM complete c JOIN numbered n USING (row_number) JOIN placed USING (row_number)
            LEFT JOIN head h ON h.number = n.number))
        """  # noqa: S608 - our own names
    )
    workspace.run(
        "INSERT INTO rejected SELECT row_number, reason, coalesce(detail, ''), position "
        "FROM judged WHERE reason IS NOT NULL"
    )
    workspace.run(
        "CREATE VIEW taken AS SELECT * EXCLUDE (reason, detail), moment AS observed_at "
        "FROM judged WHERE reason IS NULL"
    )
    workspace.run("DROP VIEW complete")
    for table in ("typed", "numbered", "placed", "head"):
        workspace.run(f"DROP TABLE {table}")


def _reason(fields: Sequence[str]) -> str:
    """Give SQL for the code of why a row cannot be taken; NULL where it can."""
    needs_quantity = "quantity" in fields and "line_total" not in fields
    amounts = [name for name in ("unit_price", "line_total", "order_total") if name in fields]
    wrong = " OR ".join(f"({name}_given IS NOT NULL AND {name} IS NULL)" for name in amounts)
    totals = "head_total IS NULL" if "order_total" in fields else "true"
    missing = " AND ".join([*(f"{name} IS NULL" for name in amounts), totals])
    too_long = " OR ".join(
        f"length({name}) > {shapes.LONGEST[name]}"
        for name in ("order_number", "customer_key", "product_code")
    )
    return f"""
        CASE WHEN lower(order_number) IN {_TOTALS} THEN 'total_row'
            WHEN number IS NULL THEN 'missing_order_number'
            WHEN ordered_at IS NULL AND ordered_at_given IS NOT NULL THEN 'wrong_date'
            WHEN moment IS NULL THEN 'missing_date'
            WHEN quantity IS NULL AND quantity_given IS NOT NULL THEN 'wrong_quantity'
            WHEN {needs_quantity} AND quantity IS NULL THEN 'missing_quantity'
            WHEN {wrong} THEN 'wrong_amount'
            WHEN {missing} THEN 'missing_amount'
            WHEN currency IS NULL AND currency_given IS NOT NULL THEN 'wrong_currency'
            WHEN {too_long} THEN 'too_long' END
    """


def _make_lines(workspace: Workspace, terms: Terms, fields: Sequence[str]) -> None:
    """Work out each line's exact price and what it brought, in minor units."""
    gross = _gross(fields)
    # A line that came back counts against the sale, however its file writes the sign.
    signed = f"CASE WHEN status = 'returned' THEN -abs({gross}) ELSE {gross} END"
    workspace.run(
        f"""
        CREATE TABLE priced AS
        SELECT *, {signed} AS gross,
            CASE WHEN status = 'returned' THEN -abs(units) ELSE units END AS signed_units,
            {_scale(workspace, terms)} AS scale
        FROM (SELECT *, coalesce(quantity, 1) AS units FROM taken)
        """  # noqa: S608 - our own names
    )
    workspace.run(
        f"""
        INSERT INTO rejected SELECT row_number, 'too_large', CAST(gross AS VARCHAR), position
        FROM priced WHERE abs(gross) * scale > {_LARGEST}
        """  # noqa: S608 - numbers of ours
    )
    is_numbered = "line_number IS NOT NULL" if "line_number" in fields else "false"
    workspace.run(
        f"""
        CREATE TABLE numbering AS SELECT number,
            bool_and({is_numbered}) AND count(DISTINCT line_number) = count(*) AS is_explicit
        FROM priced GROUP BY number
        """  # noqa: S608 - our own names
    )
    workspace.run(
        f"""
        CREATE TABLE lines AS
        SELECT p.row_number, p.number AS order_number,
            CASE WHEN n.is_explicit THEN p.line_number ELSE p.position END AS line_number,
            coalesce(product_code, left(product_name, 80), '') AS product_code,
            coalesce(product_name, '') AS product_name, coalesce(category, '') AS category,
            signed_units AS quantity,
            CAST(coalesce(unit_price, CASE WHEN units = 0 THEN gross ELSE abs(gross / units) END)
                 AS DECIMAL(18,6)) AS unit_price,
            CAST(round_even(gross * scale, 0) AS BIGINT) AS net_amount
        FROM priced p JOIN numbering n USING (number)
        WHERE status <> 'cancelled' AND abs(gross) * scale <= {_LARGEST}
        ORDER BY order_number, line_number
        """  # noqa: S608 - numbers of ours
    )


def _scale(workspace: Workspace, terms: Terms) -> str:
    """Give SQL for how many minor units one unit of a row's currency has."""
    found = workspace.rows("SELECT DISTINCT currency FROM taken WHERE currency IS NOT NULL")
    cases = [f"WHEN '{code}' THEN {10 ** money.exponent(code)}" for (code,) in found]
    own = 10**terms.exponent
    return f"CASE currency {' '.join(cases)} ELSE {own} END" if cases else str(own)


def _gross(fields: Sequence[str]) -> str:
    """Give SQL for what a line brought: its total, else price × quantity less its discount, else
    its share of the order's total.
    """
    sign = "CASE WHEN units < 0 THEN -1 ELSE 1 END"
    priced = "CAST(units AS DECIMAL(20,3)) * CAST(unit_price AS DECIMAL(18,6))"
    if "discount" in fields:
        amount = f"abs(TRY_CAST(discount AS DECIMAL(18,6))) * {sign}"
        share = f"TRY_CAST(ltrim(discount, 'r') AS DECIMAL(9,6)) * CAST({priced} AS DECIMAL(28,6))"
        less = f"CASE WHEN starts_with(discount, 'r') THEN {share} ELSE {amount} END"
        priced = f"CAST({priced} AS DECIMAL(38,9)) - coalesce({less}, 0)"
    parts = []
    if "line_total" in fields:
        parts.append("CASE WHEN units < 0 THEN -abs(line_total) ELSE line_total END")
    if "unit_price" in fields:
        parts.append(priced)
    if "order_total" in fields:
        parts.append(_share_of_total(sign))
    return f"CAST(coalesce({', '.join(parts)}, 0) AS DECIMAL(38,9))"


def _share_of_total(sign: str) -> str:
    """Divide a total that every row repeats by quantity; rows with totals of their own keep it."""
    is_repeated = "row_count > 1 AND head_total = least_total AND order_total IS NOT NULL"
    own = "CASE WHEN units < 0 THEN -abs(order_total) ELSE order_total END"
    weight = (
        "CASE WHEN coalesce(head_quantity, 0) = 0 THEN 1.0 / row_count "
        "ELSE units / head_quantity END"
    )
    return (
        f"CASE WHEN {is_repeated} AND head_total <> 0 "
        f"THEN CAST(head_total * ({weight}) AS DECIMAL(38,9)) ELSE {own} END"
    )


def _make_orders(workspace: Workspace, terms: Terms) -> None:
    """Gather lines into orders with the digest that tells whether anything changed."""
    workspace.run(
        f"""
        CREATE TABLE content AS
        SELECT order_number, CAST(sum(net_amount) AS BIGINT) AS net_amount,
            count(*) AS line_count, {DIGEST} AS digest
        FROM lines GROUP BY order_number
        """  # noqa: S608 - our own names
    )
    workspace.run(
        f"""
        CREATE TABLE orders AS
        SELECT orders.*, coalesce(c.net_amount, 0) AS net_amount,
            coalesce(c.line_count, 0) AS line_count,
            coalesce(c.net_amount, 0) < 0 AS is_return,
            md5({FINGERPRINT.format(moment="orders.moment")}) AS fingerprint
        FROM (
            SELECT p.number AS order_number, any_value(p.party) AS party,
                min(p.moment) AS moment, coalesce(any_value(p.currency), ?) AS currency,
                left(arg_min(p.store, p.row_number), 120) AS store,
                any_value(n.is_explicit) AS is_explicit,
                any_value(p.party_count) > 1 AS is_shared, min(p.row_number) AS first_row
            FROM priced p JOIN numbering n USING (number) GROUP BY p.number
        ) orders LEFT JOIN content c USING (order_number)
        WHERE c.line_count IS NOT NULL
           OR order_number IN (SELECT number FROM priced WHERE status = 'cancelled')
        ORDER BY orders.moment, orders.first_row
        """,  # noqa: S608 - our own names
        [terms.currency],
    )
    workspace.run("DROP TABLE priced")
