"""Random small files, brought in and undone in any order: the business is always what the files
that are left make of it.
"""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from idic.identify.models import ImportRun

from .importing import make_business
from .test_import_undo import NOW, bring, everything, undo

pytestmark = pytest.mark.django_db

SHIPS = ("Till", "Web shop")


def make_orders(dice: random.Random) -> list[tuple[object, ...]]:
    rows = []
    for number in dice.sample(range(6), dice.randint(1, 4)):
        person = dice.choice(["C1", "C2", "C3", ""])
        for line in range(dice.randint(1, 2)):
            rows.append(
                (
                    f"A{number}",
                    f"2026-10-0{1 + number}",
                    person,
                    f"{person.lower()}@x.vn" if person and dice.random() < 0.7 else "",
                    dice.choice(["", f"Name {person}", f"Other {person}"]) if person else "",
                    f"P{line}",
                    "Tea",
                    dice.randint(1, 3),
                    "1.50",
                )
            )
    return rows


def make_people(dice: random.Random) -> list[tuple[object, ...]]:
    return [
        (f"C{n}", dice.choice([f"Name C{n}", f"New C{n}"]), f"c{n}@x.vn", dice.choice(["Hue", ""]))
        for n in dice.sample(range(1, 5), 2)
    ]


def bring_any(dice: random.Random, folder: Path, number: int) -> ImportRun:
    path, now = folder / f"{number}.csv", NOW + timedelta(minutes=number)
    source = dice.choice(SHIPS)
    if dice.random() < 0.3:
        return bring(path, *make_people(dice), kind="customers", source=source, now=now)
    return bring(path, *make_orders(dice), source=source, now=now)


@pytest.mark.parametrize("seed", range(3))
def test_undo_takes_back_exactly_the_last_file_and_any_order_ends_in_nothing(
    seed: int, tmp_path: Path
) -> None:
    make_business()
    dice = random.Random(seed)
    nothing = everything()
    runs = [bring_any(dice, tmp_path, number) for number in range(3)]
    before = everything()

    undo(bring_any(dice, tmp_path, 3))
    assert everything() == before

    dice.shuffle(runs)
    for run in runs:
        undo(run)
    assert everything() == nothing
