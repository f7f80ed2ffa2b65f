"""Which orders of a file are known, and whether it says anything new of them.

Leaves in the workspace the table `action`: order_number, order_id (NULL for a new one), action
(new, updated, unchanged, kept). Only reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from idic.identify.importing.orders import DIGEST, FINGERPRINT
from idic.identify.importing.readers import Workspace
from idic.identify.models import LIVE_KINDS, Order, OrderLine, Source, SourceKind

from .slices import slices

# Whose numbers they are: those of the sample shop and the owner's never meet.
MERCHANT, DEMO_MERCHANT = "main", "demo"
_KNOWN = "order_number VARCHAR, id BIGINT, fingerprint VARCHAR, owner_id BIGINT, owner_key VARCHAR"
_COLUMNS = (
    "order_number",
    "id",
    "fingerprint",
    "owner_id",
    "owner_key",
    "rank",
    "source_id",
    "moment",
    "currency",
    "amount",
    "is_live",
)
_MORE = "rank BIGINT, source_id BIGINT, moment TIMESTAMP, currency VARCHAR, amount BIGINT"


def merchant_of(*, is_demo: bool) -> str:
    """Give whose order numbers a file's are."""
    return DEMO_MERCHANT if is_demo else MERCHANT


def compare_orders(workspace: Workspace, *, source: Source | None, is_demo: bool = False) -> None:
    """Decide for each order of the file what is to be done with it."""
    merchant = merchant_of(is_demo=is_demo)
    workspace.run(f"CREATE TABLE known_order ({_KNOWN}, {_MORE}, is_live BOOLEAN)")
    if Order.objects.filter(merchant=merchant).exists():
        _take_known_forms(workspace, merchant)
        _look_up(workspace, "SELECT order_number FROM orders", merchant)
        _part_owners(workspace, source, merchant)
        _merge_numbered_lines(workspace)
    # A source of better standing has the word on an order that both report, and a shop system that
    # tells it live has it before a file of the same.
    source_id, rank = (source.id, source.rank) if source else (0, 50)
    is_kept = (
        f"(k.source_id <> {source_id} AND k.rank < {rank} OR k.source_id = {source_id} "
        "AND k.is_live)"
    )
    workspace.run(
        f"""
        CREATE TABLE action AS
        SELECT o.order_number, k.id AS order_id,
            CASE WHEN k.id IS NULL THEN 'new' WHEN {is_kept} THEN 'kept'
                WHEN k.fingerprint = o.fingerprint THEN 'unchanged' ELSE 'updated' END AS action
        FROM orders o LEFT JOIN known_order k USING (order_number)
        """  # noqa: S608 - numbers of ours
    )


def _take_known_forms(workspace: Workspace, merchant: str) -> None:
    """Shopify and its kin say #1001 here and 1001 there: what is known live keeps its form."""
    if not Source.objects.filter(kind__in=LIVE_KINDS, is_demo=False).exists():
        return
    forms = "CASE WHEN order_number[1] = '#' THEN order_number[2:] ELSE '#' || order_number END"
    other = {form: n for n, form in workspace.rows(f"SELECT order_number, {forms} FROM orders")}  # noqa: S608 - no value of anybody's
    known, numbers = set[str](), set(other.values())
    for chunk in slices([*other, *other.values()]):
        found = Order.objects.filter(merchant=merchant, order_number__in=chunk)
        known |= set(found.values_list("order_number", flat=True))
    said = [
        (number, form)
        for form, number in other.items()
        # A file may hold both, for two orders.
        if form in known and number not in known and form not in numbers
    ]
    if not said:
        return
    workspace.run("CREATE TABLE known_form (order_number VARCHAR, form VARCHAR)")
    workspace.insert("known_form", ("order_number", "form"), said)
    for table in ("orders", "lines"):
        workspace.run(
            f"UPDATE {table} SET order_number = k.form FROM known_form k "  # noqa: S608
            f"WHERE {table}.order_number = k.order_number"
        )


def _look_up(workspace: Workspace, numbers: str, merchant: str) -> None:
    wanted = [row[0] for row in workspace.rows(numbers)]
    workspace.insert("known_order", _COLUMNS, _known(wanted, merchant))


def _known(numbers: list[str], merchant: str) -> Iterator[tuple[Any, ...]]:
    for chunk in slices(numbers):
        found = Order.objects.filter(merchant=merchant, order_number__in=chunk)
        for number, key, digest, owner, owner_key, *rest in found.values_list(
            "order_number",
            "id",
            "fingerprint",
            "record__customer_id",
            "record__source_key",
            "source__rank",
            "source_id",
            "ordered_at",
            "currency",
            "net_amount",
            "source__kind",
            "said_at",
        ):
            rank, source_id, moment, currency, net_amount, kind, said_at = rest
            is_live = kind == SourceKind.SHOP_SYSTEM and said_at is not None
            yield (
                number,
                str(key),
                digest,
                None if owner is None else str(owner),
                owner_key,
                str(rank),
                str(source_id),
                f"{moment:%Y-%m-%d %H:%M:%S}",
                currency,
                str(net_amount),
                str(is_live).lower(),
            )


def _part_owners(workspace: Workspace, source: Source | None, merchant: str) -> None:
    """A number that belongs to another customer's order is another order's number: give it its
    owner beside it, as two customers under one number in one file get. The same money at the same
    time is one purchase all the same: two sources may know one buyer by two names.
    """
    source_id = source.id if source else 0
    workspace.run(
        f"""
        CREATE TABLE contested AS
        SELECT o.order_number, o.order_number || ' · ' || o.party AS own_number
        FROM orders o JOIN known_order k USING (order_number)
        LEFT JOIN match m ON m.party = o.party
        WHERE o.party IS NOT NULL AND k.owner_id IS NOT NULL
          AND NOT (k.source_id = {source_id} AND (k.owner_key = o.party OR k.is_live))
          AND NOT (k.source_id <> {source_id} AND k.currency = o.currency
              AND abs(epoch(o.moment) - epoch(k.moment)) <= 36 * 3600
              AND abs(o.net_amount - k.amount)
                  <= 0.05 * greatest(abs(o.net_amount), abs(k.amount)))
          AND m.customer_id IS DISTINCT FROM k.owner_id
          AND NOT regexp_matches(o.party, '^(phone|email):')
          AND NOT regexp_matches(k.owner_key, '^(phone|email):')
        """  # noqa: S608 - numbers of ours
    )
    if not workspace.value("SELECT count(*) FROM contested"):
        return
    for table in ("orders", "lines"):
        workspace.run(
            f"UPDATE {table} SET order_number = c.own_number FROM contested c "  # noqa: S608
            f"WHERE {table}.order_number = c.order_number"
        )
    workspace.run(
        "UPDATE orders SET is_shared = true "
        "WHERE order_number IN (SELECT own_number FROM contested)"
    )
    _look_up(workspace, "SELECT own_number FROM contested", merchant)


def _merge_numbered_lines(workspace: Workspace) -> None:
    """Where a file numbers its lines, lines it leaves out stay: it corrects single lines."""
    changed = """
        SELECT k.id, o.order_number FROM orders o JOIN known_order k USING (order_number)
        WHERE o.is_explicit AND k.fingerprint <> o.fingerprint
    """
    numbers = {int(key): number for key, number in workspace.rows(changed)}
    if not numbers:
        return
    columns = ("order_number", "line_number", "product_code", "product_name", "category")
    workspace.run(
        "CREATE TABLE present_line (order_number VARCHAR, line_number BIGINT, "
        "product_code VARCHAR, product_name VARCHAR, category VARCHAR, quantity DECIMAL(18,3), "
        "unit_price DECIMAL(18,6), net_amount BIGINT)"
    )
    names = (*columns, "quantity", "unit_price", "net_amount")
    workspace.insert("present_line", names, _present(numbers))
    workspace.run(
        f"INSERT INTO lines SELECT 0, {', '.join(names)} FROM present_line p "  # noqa: S608
        "WHERE NOT EXISTS (SELECT 1 FROM lines l WHERE l.order_number = p.order_number "
        "AND l.line_number = p.line_number)"
    )
    workspace.run(
        f"""
        UPDATE orders SET net_amount = c.net_amount, line_count = c.line_count,
            is_return = c.net_amount < 0, moment = least(orders.moment, c.moment),
            fingerprint = md5({FINGERPRINT.format(moment="least(orders.moment, c.moment)")})
        FROM (SELECT l.order_number, any_value(k.moment) AS moment,
                CAST(sum(net_amount) AS BIGINT) AS net_amount, count(*) AS line_count,
                {DIGEST} AS digest
              FROM lines l JOIN known_order k USING (order_number)
              WHERE l.order_number IN (SELECT order_number FROM present_line)
              GROUP BY l.order_number) c
        WHERE orders.order_number = c.order_number
        """  # noqa: S608 - our own names
    )


def _present(numbers: dict[int, str]) -> Iterator[tuple[Any, ...]]:
    for chunk in slices(numbers):
        rows = OrderLine.objects.filter(order_id__in=chunk).values_list(
            "order_id",
            "line_number",
            "product_code",
            "product_name",
            "category",
            "quantity",
            "unit_price",
            "net_amount",
        )
        for order_id, *rest in rows:
            yield (numbers[order_id], *(str(value) for value in rest))
