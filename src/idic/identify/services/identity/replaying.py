"""Computes who is who from the identity log alone, and says where the tables differ from it. A
record no act ever moved is whose it was when it came.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from idic.identify.models import Customer, IdentityMove, IdentityRedirect, SourceRecord
from idic.identify.services.imports.slices import slices

from .log import end_of


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the log comes to. `breaks` are moves that do not begin where the one before ended;
    `wrong_records` and `wrong_customers` are those the tables show differently.
    """

    owners: dict[int, int | None] = field(default_factory=dict)
    living: dict[int, int] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)
    wrong_records: list[int] = field(default_factory=list)
    wrong_customers: list[int] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Tell whether the tables are what the log says."""
        return not (self.breaks or self.wrong_records or self.wrong_customers)


def replay() -> Replayed:
    """Play the log from its beginning and compare. What was erased since is left out."""
    found = Replayed()
    _play_moves(found)
    _play_redirects(found)
    _compare(found)
    return found


def _play_moves(found: Replayed) -> None:
    moves = IdentityMove.objects.order_by("id").values_list(
        "id", "record_id", "from_customer_id", "to_customer_id"
    )
    for number, record_id, held, given in moves.iterator(chunk_size=2_000):
        if record_id in found.owners and found.owners[record_id] != held:
            found.breaks.append(number)
        found.owners[record_id] = given


def _play_redirects(found: Replayed) -> None:
    direct: dict[int, int | None] = {}
    rows = IdentityRedirect.objects.order_by("id").values_list("customer_id", "leads_to_id")
    for customer_id, leads_to_id in rows.iterator(chunk_size=2_000):
        direct[customer_id] = leads_to_id
    for customer_id in direct:
        found.living[customer_id] = end_of(customer_id, direct=direct)


def _compare(found: Replayed) -> None:
    for chunk in slices(found.owners):
        held = SourceRecord.everything.filter(id__in=chunk).values_list("id", "customer_id")
        found.wrong_records.extend(one for one, owner in held if found.owners[one] != owner)
    for chunk in slices(found.living):
        rows = Customer.objects.filter(id__in=chunk).values_list("id", "merged_into_id")
        found.wrong_customers.extend(
            one for one, into in rows if (into or one) != found.living[one]
        )
    # Whoever leads elsewhere must do so by a word of the log.
    led = Customer.objects.filter(merged_into__isnull=False).values_list("id", flat=True)
    found.wrong_customers.extend(one for one in led if one not in found.living)
