"""Whose an address is: the customers known by it, and those a source knows by a key of its own.
Only reads; shared by imports and by the loader of the ingest API.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from idic.identify.models import Identifier, Source, SourceRecord

_SLICE = 500
# Records that stand under an address because their source gave no key.
CONTACT_KEYS = ("phone:", "email:")


def find_owners(
    *, addresses: Iterable[tuple[str, str]], is_demo: bool
) -> dict[tuple[str, str], set[int]]:
    """Give the customers known by each (type, value). Real people and those of the sample shop
    are never taken for each other.
    """
    values: dict[str, list[str]] = defaultdict(list)
    for kind, value in addresses:
        values[kind].append(value)
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for kind, wanted in values.items():
        for start in range(0, len(wanted), _SLICE):
            rows = Identifier.objects.filter(
                type=kind,
                value__in=wanted[start : start + _SLICE],
                is_placeholder=False,
                record__customer__isnull=False,
                record__customer__is_staged=False,
                record__customer__is_demo=is_demo,
            )
            for value, customer_id in rows.values_list("value", "record__customer_id"):
                if customer_id is not None:
                    found[kind, value].add(customer_id)
    return found


def find_keyed(*, source: Source | None, customer_ids: Iterable[int]) -> set[int]:
    """Give those whom this source knows under a key of their own already: another key there is
    another person to it.
    """
    wanted = sorted(set(customer_ids))
    if source is None or not wanted:
        return set()
    found: set[int] = set()
    for start in range(0, len(wanted), _SLICE):
        rows = SourceRecord.objects.filter(
            source=source, customer_id__in=wanted[start : start + _SLICE]
        ).exclude(kind__in=["device", "receipt", "address"])
        found |= {
            customer_id
            for customer_id, key in rows.values_list("customer_id", "source_key")
            if customer_id is not None and not key.startswith(CONTACT_KEYS)
        }
    return found


def find_shared(*, values: Iterable[str], record_ids: Iterable[int]) -> set[str]:
    """Give the values that records of living others hold too: a family's phone."""
    own, shared = set(record_ids), set[str]()
    wanted = sorted(set(values))
    for start in range(0, len(wanted), _SLICE):
        rows = Identifier.everything.filter(
            value__in=wanted[start : start + _SLICE], record__customer__isnull=False
        )
        shared |= {value for value, key in rows.values_list("value", "record_id") if key not in own}
    return shared
