"""Every table that reaches a customer says what becomes of it when customers are joined: the table
in `docs/decisions/0007-merging.md` is whole.
"""

from __future__ import annotations

import re
from pathlib import Path

from django.apps import apps

from tests.house.test_personal_data import BARE_NUMBERS, reaches_a_person
from tools import house

DECISION = Path(__file__).parents[2] / "docs/decisions/0007-merging.md"
WAYS = {"record", "living", "computed", "then", "log"}
ROW = re.compile(r"^\| `(\w+\.\w+)` \| (\w+) \|", re.MULTILINE)


def test_every_table_that_reaches_a_customer_says_what_a_merge_does_with_it() -> None:
    decided = ROW.findall(DECISION.read_text())
    ours = [m for m in apps.get_models() if m._meta.app_label in house.HEIGHT]
    reaching = {m._meta.label for m in ours if reaches_a_person(m) or m.__name__ in BARE_NUMBERS}

    assert sorted(reaching - {name for name, _way in decided}) == []
    assert sorted({name for name, _way in decided} - reaching) == []
    assert {way for _name, way in decided} <= WAYS
    assert len(decided) == len({name for name, _way in decided})
