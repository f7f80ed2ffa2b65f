"""A shop whose people are known for sure: some hundred, each in one to three records of two
sources, spelt as sources spell them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import product

from idic.core import bulk, ids
from idic.engine.agreement import Pairs, count_pairs
from idic.identify.models import (
    Customer,
    Identifier,
    LifecycleStage,
    Source,
    SourceRecord,
    Trait,
)
from tests.cast import NOW, Shop, open_shop

_FAMILIES = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ"]
_MIDDLES = ["Thị", "Văn", "Minh", "Ngọc", "Đức"]
_GIVEN = ["An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Khánh", "Lan", "Mai", "Nam", "Oanh", "Phúc"]
_CITIES = ["Hà Nội", "Đà Nẵng", "Huế", "Cần Thơ", "Hải Phòng"]


@dataclass
class Crowd:
    """Who every record truly is, with short ways to let somebody come."""

    shop: Shop
    web: Source
    truth: dict[int, int] = field(default_factory=dict)

    def come(self, person: int = -1, *, source: Source | None = None, **values: str) -> int:
        """Let a record in, a customer of its own, that says these values; give its number."""
        customer = Customer.objects.create(
            full_name=values.get("name", ""),
            lifecycle_stage=LifecycleStage.PROSPECT,
            created_at=NOW,
            is_demo=bool(source and source.is_demo),
        )
        record = SourceRecord.objects.create(
            source=source or self.web,
            source_key=f"come-{customer.id}",
            customer=customer,
            created_at=NOW,
        )
        for name, value in values.items():
            Trait.objects.create(record=record, name=name, value=value, observed_at=NOW)
            if name in ("phone", "email"):
                Identifier.objects.create(
                    record=record, type=name, value=value, as_given=value, created_at=NOW
                )
        self.truth[record.id] = person
        return record.id

    def found(self) -> Pairs:
        """Hold the customers there are against the truth."""
        rows = SourceRecord.objects.values_list("id", "customer_id")
        return count_pairs((owner, self.truth[one]) for one, owner in rows if one in self.truth)


def owner_of(record_id: int) -> int:
    """Give whose a record is."""
    owner = SourceRecord.objects.get(id=record_id).customer_id
    assert owner is not None
    return owner


def open_crowd(people: int = 240, *, seed: int = 7) -> Crowd:
    """Open a shop with so many people in it."""
    shop = open_shop()
    web = Source.objects.create(key="web", name="Web", kind="web_shop", created_at=NOW)
    crowd, dice = Crowd(shop, web), random.Random(seed)
    names = [" ".join(words) for words in product(_FAMILIES, _MIDDLES, _GIVEN)]
    dice.shuffle(names)
    rows: list[tuple[int, Source, dict[str, str]]] = []
    for person, name in enumerate(names[:people]):
        for source, values in _records(person, name, dice, [shop.till, web]):
            rows.append((person, source, values))
    _write(crowd, rows)
    return crowd


def _records(
    person: int, name: str, dice: random.Random, sources: list[Source]
) -> list[tuple[Source, dict[str, str]]]:
    family, middle, given = name.split()
    whole = {
        "name": name,
        "phone": f"+8490{person:07d}",
        "email": f"{given}.{family}{person}@example.com".lower(),
        "city": dice.choice(_CITIES),
        "birth_date": f"{dice.randint(1955, 2005)}-{dice.randint(1, 12):02d}-{dice.randint(1, 28)}",
    }
    spellings = [name, f"{given} {family}", f"{family} {middle[0]} {given}", name.lower()]
    found = []
    for source in sources[: dice.choice([1, 2, 2])]:
        kept = {k: v for k, v in whole.items() if k == "name" or dice.random() < 0.75}
        found.append((source, {**kept, "name": dice.choice(spellings)}))
    return found


def _write(crowd: Crowd, rows: list[tuple[int, Source, dict[str, str]]]) -> None:
    owners, records = ids.new_ids(len(rows)), ids.new_ids(len(rows))
    numbered = list(zip(records, owners, rows, strict=True))
    bulk.insert_rows(
        Customer,
        ["id", "full_name", "lifecycle_stage", "created_at"],
        [(owner, row[2]["name"], LifecycleStage.PROSPECT, NOW) for _one, owner, row in numbered],
    )
    bulk.insert_rows(
        SourceRecord,
        ["id", "source_id", "source_key", "customer_id", "created_at"],
        [(one, row[1].id, str(one), owner, NOW) for one, owner, row in numbered],
    )
    bulk.insert_rows(
        Trait,
        ["record_id", "name", "value", "observed_at"],
        [
            (one, name, value, NOW)
            for one, _owner, row in numbered
            for name, value in row[2].items()
        ],
    )
    crowd.truth |= {one: row[0] for one, _owner, row in numbered}
