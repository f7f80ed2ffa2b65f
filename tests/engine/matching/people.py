"""A small town for the matcher's tests: people with names, numbers and days of birth, seeded."""

from __future__ import annotations

import numpy as np

from idic.engine.matching import Field, Schema
from idic.engine.table import Table

SCHEMA = Schema(
    (
        Field("name", "name", ("name",)),
        Field("phone", "phone", ("phone",)),
        Field("email", "email", ("email",)),
        Field("born", "date", ("born",)),
        Field("city", "place", ("city",)),
    )
)
_FAMILIES = "nguyen tran le pham smith jones brown miller wang zhang rocha keates".split()
_GIVEN = "an binh chi dung giang hoa khanh lan minh nam oanh phong quan son thao uyen vinh".split()
_CITIES = ["hanoi", "hue", "leeds", "york", "beijing"]


def make_town(*, people: int = 400, seed: int = 5) -> tuple[Table, np.ndarray]:
    """Make one to four records of each of some people, and whose each is; a tenth has a slip."""
    random = np.random.default_rng(seed)
    rows: list[list[str | None]] = []
    owners = []
    for person in range(people):
        family, given = _pick(random, _FAMILIES), f"{_pick(random, _GIVEN)}{person % 23 * 'x'}"
        phone = f"+849{random.integers(10**7, 10**8)}"
        email = f"{given}.{family}{random.integers(100)}@mail.example"
        born = f"{random.integers(1950, 2005)}-{random.integers(1, 13):02}-{person % 28 + 1:02}"
        city = _pick(random, _CITIES)
        for _ in range(random.integers(1, 5)):
            name = f"{given} {family}" if random.random() < 0.5 else f"{family} {given}"
            if random.random() < 0.1:
                name = name[:-2] + name[-1]
            cells: list[str | None] = [name, phone, email, born, city]
            for place in (1, 2, 3, 4):
                if random.random() < 0.3:
                    cells[place] = None
            rows.append(cells)
            owners.append(person)
    kinds = dict.fromkeys(["name", "phone", "email", "born", "city"], str)
    return Table.from_rows(rows, columns=kinds), np.array(owners)


def _pick(random: np.random.Generator, words: list[str]) -> str:
    return words[int(random.integers(len(words)))]


def records(*rows: tuple[str | None, ...]) -> Table:
    """Give cleaned rows of the town's columns."""
    kinds = dict.fromkeys(["name", "phone", "email", "born", "city"], str)
    return Table.from_rows(rows, columns=kinds)
