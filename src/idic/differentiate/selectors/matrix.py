"""Value × needs: the cells with their sums, what stands out in them, and the people of one cell.
Read from stored sums, so a million customers cost no more than a hundred.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce

from django.db.models import Q, QuerySet

from idic.core.charts import heat_class
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary, MatrixCell, NeedGroup, Tier

PAGE_SIZE = 20
UNCLEAR = 0
# A need group is called slipping when so much less is expected of it.
SLIPPING_RATE = -0.05
FEWEST_TO_MENTION = 10


@dataclass(frozen=True)
class Spot:
    """A place in the matrix: a tier, a need group (0: not clear), both, or neither."""

    tier: str | None = None
    need: int | None = None

    @property
    def query(self) -> str:
        """Write the spot for an address."""
        parts = {"tier": self.tier, "need": self.need}
        return "&".join(f"{key}={value}" for key, value in parts.items() if value is not None)

    @property
    def tree(self) -> segments.Tree:
        """Give the rule that holds for its people."""
        conditions: list[segments.Tree] = []
        tiers = (self.tier,) if self.tier else tuple(Tier.values)
        conditions.append(segments.Choice("tier", "one_of", tiers))
        if self.need is not None:
            conditions.append(segments.InNeedGroup("one_of", (self.need,)))
        return segments.All(tuple(conditions))


@dataclass(frozen=True)
class Cell:
    """What one place of the matrix holds. Amounts are minor units."""

    spot: Spot
    label: str
    count: int = 0
    last_year_amount: int = 0
    expected_amount: int = 0
    overdue_count: int = 0
    stake_amount: int = 0
    heat: str = ""

    @property
    def change_rate(self) -> float | None:
        """What is expected against what came, less one."""
        if self.last_year_amount <= 0:
            return None
        return self.expected_amount / self.last_year_amount - 1

    @property
    def said_last_year(self) -> int:
        """What came, in as many digits as a small cell takes."""
        return rounded(self.last_year_amount)

    @property
    def said_expected(self) -> int:
        """What is expected, in as many digits as a small cell takes."""
        return rounded(self.expected_amount)

    @property
    def change_size(self) -> float:
        """How large the change is, without its direction."""
        return abs(self.change_rate or 0.0)

    @property
    def direction(self) -> str:
        """up, down or flat: what the change rounds to."""
        rate = round((self.change_rate or 0) * 100)
        return "up" if rate > 0 else "down" if rate < 0 else "flat"


def rounded(amount: int, *, digits: int = 3) -> int:
    """Keep the first digits of an amount: 36,993,412 → 37,000,000."""
    step: int = 10 ** max(0, len(str(abs(amount))) - digits)
    return round(amount / step) * step


@dataclass(frozen=True)
class Column:
    """A need group, or those whose need is not clear."""

    need: int
    name: str
    group: NeedGroup | None = None


@dataclass(frozen=True)
class MatrixRow:
    """A tier with its cells and their sum."""

    tier: Tier
    cells: list[Cell]
    total: Cell


@dataclass(frozen=True)
class Matrix:
    """The whole picture. `waiting_count` people have not bought anything yet and stand outside."""

    columns: list[Column]
    rows: list[MatrixRow]
    totals: list[Cell]
    grand: Cell
    waiting_count: int = 0

    def find(self, spot: Spot) -> Cell:
        """Give the cell of a spot; an empty one when there is none."""
        every = [*self.totals, self.grand]
        for row in self.rows:
            every += [*row.cells, row.total]
        return next((cell for cell in every if cell.spot == spot), Cell(spot, ""))

    def of_tier(self, tier: str) -> Cell:
        """Give a tier's sum."""
        return self.find(Spot(tier=tier))


@dataclass(frozen=True)
class Finding:
    """Something the matrix says, with its figures and the place it speaks of. The page has the
    words: `kind` is vip, late, slipping, unclear, fresh or quiet.
    """

    kind: str
    cell: Cell
    whole: Cell
    weight: float
    inner: Cell | None = None
    facts: dict[str, float] = field(default_factory=dict)


def list_matrix(*, unclear_label: str, total_label: str) -> Matrix:
    """Give tiers × need groups with their sums. Two queries."""
    groups = list(NeedGroup.objects.filter(is_current=True).order_by("position", "id"))
    held = list(MatrixCell.objects.all())
    known = {group.id for group in groups}
    found: dict[Spot, Cell] = {}
    for row in held:
        need = row.need_group_id if row.need_group_id in known else UNCLEAR
        spot = Spot(row.tier, need)
        found[spot] = _add(spot, [found.get(spot, Cell(spot, "")), _cell(spot, row)])
    # A need nobody is known to have says nothing: its column would be empty from top to bottom.
    held_needs = {spot.need for spot, cell in found.items() if spot.tier and cell.count}
    columns = [Column(g.id, g.name, g) for g in groups if g.id in held_needs]
    columns.append(Column(UNCLEAR, unclear_label))
    tiers = [t for t in Tier if any(found.get(Spot(t.value, c.need)) for c in columns)]
    highest = max((found[s].expected_amount for s in found if s.tier), default=0)
    rows = [_row(tier, columns, found, highest, total_label) for tier in tiers]
    totals = [
        _add(Spot(need=column.need), (row.cells[i] for row in rows), column.name)
        for i, column in enumerate(columns)
    ]
    return Matrix(
        columns=columns,
        rows=rows,
        totals=totals,
        grand=_add(Spot(), totals, total_label),
        waiting_count=sum(cell.count for spot, cell in found.items() if not spot.tier),
    )


def _cell(spot: Spot, row: MatrixCell) -> Cell:
    return Cell(
        spot=spot,
        label="",
        count=row.customer_count,
        last_year_amount=row.last_year_amount,
        expected_amount=row.expected_amount,
        overdue_count=row.overdue_count,
        stake_amount=row.stake_amount,
    )


def _row(
    tier: Tier, columns: list[Column], found: dict[Spot, Cell], highest: int, total_label: str
) -> MatrixRow:
    cells = []
    for column in columns:
        spot = Spot(tier.value, column.need)
        cell = found.get(spot, Cell(spot, ""))
        heat = heat_class(cell.expected_amount, highest=highest)
        cells.append(Cell(**{**vars(cell), "label": column.name, "heat": heat}))
    total = _add(Spot(tier=tier.value), cells, total_label)
    # Where no need is known, the sum is the only column, and it is the one to be shaded.
    heat = cells[0].heat if len(cells) == 1 else total.heat
    return MatrixRow(tier, cells, replace(total, heat=heat))


def _add(spot: Spot, cells: Iterable[Cell], label: str = "") -> Cell:
    def both(first: Cell, second: Cell) -> Cell:
        return Cell(
            spot=spot,
            label=label,
            count=first.count + second.count,
            last_year_amount=first.last_year_amount + second.last_year_amount,
            expected_amount=first.expected_amount + second.expected_amount,
            overdue_count=first.overdue_count + second.overdue_count,
            stake_amount=first.stake_amount + second.stake_amount,
        )

    return reduce(both, cells, Cell(spot, label))


def list_findings(matrix: Matrix, *, most: int = 3) -> list[Finding]:
    """Choose what to say about the matrix: who brings the money, who is about to go, what is not
    known. The VIPs open; the rest follow by how much money they speak of.
    """
    vip = [_vip(matrix)]
    others = [_late(matrix), _slipping(matrix), _unclear(matrix), _fresh(matrix), _quiet(matrix)]
    ranked = sorted((f for f in others if f), key=lambda finding: -finding.weight)
    return [finding for finding in [*vip, *ranked] if finding][:most]


def _vip(matrix: Matrix) -> Finding | None:
    cell, whole = matrix.of_tier(Tier.VIP), matrix.grand
    if not cell.count or whole.last_year_amount <= 0:
        return None
    facts = {
        "people_rate": cell.count / whole.count,
        "money_rate": cell.last_year_amount / whole.last_year_amount,
    }
    return Finding("vip", cell, whole, float("inf"), facts=facts)


def _late(matrix: Matrix) -> Finding | None:
    cell = matrix.of_tier(Tier.AT_RISK)
    # What may be lost for good outweighs any forecast: counted three times.
    return Finding("late", cell, matrix.grand, 3.0 * cell.stake_amount) if cell.count else None


def _slipping(matrix: Matrix) -> Finding | None:
    """Find the need group that is expected to lose most, and the tier where it loses most."""
    falling = [
        cell
        for cell in matrix.totals
        if cell.spot.need
        and cell.count >= FEWEST_TO_MENTION
        and (cell.change_rate or 0) <= SLIPPING_RATE
    ]
    if not falling:
        return None
    worst = min(falling, key=_loss)
    inner = min((row.cells[i] for row in matrix.rows for i in _places(matrix, worst)), key=_loss)
    return Finding("slipping", worst, matrix.grand, float(-_loss(worst)), inner=inner)


def _places(matrix: Matrix, cell: Cell) -> list[int]:
    return [i for i, column in enumerate(matrix.columns) if column.need == cell.spot.need]


def _loss(cell: Cell) -> int:
    return cell.expected_amount - cell.last_year_amount


def _unclear(matrix: Matrix) -> Finding | None:
    if len(matrix.columns) < 2:
        return None
    cell = matrix.find(Spot(need=UNCLEAR))
    best = [Spot(tier.value, UNCLEAR) for tier in (Tier.VIP, Tier.LOYAL)]
    valuable = sum(matrix.find(spot).count for spot in best)
    facts = {"valuable_count": float(valuable)}
    weight = 0.1 * cell.expected_amount
    return Finding("unclear", cell, matrix.grand, weight, facts=facts) if cell.count else None


def _fresh(matrix: Matrix) -> Finding | None:
    cell = matrix.of_tier(Tier.NEW)
    return Finding("fresh", cell, matrix.grand, 0.1 * cell.expected_amount) if cell.count else None


def _quiet(matrix: Matrix) -> Finding | None:
    cell = matrix.of_tier(Tier.DORMANT)
    weight = 0.05 * cell.last_year_amount
    return Finding("quiet", cell, matrix.grand, weight) if cell.count else None


def find_spot(matrix: Matrix) -> Spot:
    """Choose whose people to show first: the valuable who are overdue, else the best there are."""
    order = [Tier.AT_RISK, *Tier]
    return next((Spot(tier.value) for tier in order if matrix.of_tier(tier).count), Spot())


def list_people(
    spot: Spot, *, after: str = "", limit: int = PAGE_SIZE
) -> tuple[list[CustomerSummary], str]:
    """Give some people of a spot, and where to go on (empty: those were all). One query."""
    column = "winback_amount" if spot.tier == Tier.AT_RISK else "expected_amount"
    people = _people_of(spot).filter(_beyond(column, after))
    ordered = people.select_related("customer", "need_group").order_by(f"-{column}", "customer_id")
    found = list(ordered[: limit + 1])
    if len(found) <= limit:
        return found, ""
    last = found[limit - 1]
    return found[:limit], f"{getattr(last, column)}_{last.customer_id}"


def _people_of(spot: Spot) -> QuerySet[CustomerSummary]:
    people = CustomerSummary.objects.all()
    if spot.tier:
        people = people.filter(tier=spot.tier)
    else:
        people = people.exclude(tier="")
    if spot.need is None:
        return people
    if spot.need == UNCLEAR:
        return people.filter(need_group_id=None)
    return people.filter(need_group_id=spot.need)


def _beyond(column: str, after: str) -> Q:
    amount, _, customer_id = after.partition("_")
    if not customer_id.isdecimal() or not amount.lstrip("-").isdecimal():
        return Q()
    if len(customer_id) > 19 or len(amount) > 19:
        return Q()
    return Q(**{f"{column}__lt": int(amount)}) | Q(
        **{column: int(amount), "customer_id__gt": int(customer_id)}
    )
