"""`idic clean`: what it says, puts right and takes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from idic.cli.program import run
from idic.identify.models import Customer
from tests.cast import open_shop

pytestmark = pytest.mark.django_db


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["clean", *arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.req("R029")
def test_values_are_looked_through_put_right_and_put_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_shop().add("Mr John Brown", "Mrs Ann Lee", "Ben")

    report = told(capsys)
    assert (report["customers"], report["decisions"]) == (3, [])
    (finding,) = report["findings"]
    assert (finding["reason"], finding["count"], finding["sure"]) == ("name_salutation", 2, 2)
    assert (finding["before"], finding["after"]) == ("Mr John Brown", "John Brown, called Mr")

    report = told(capsys, "--accept", "name_salutation")
    (act,) = report["decisions"]
    assert act["count"] == 2
    assert report["findings"] == []
    assert set(Customer.objects.values_list("full_name", "salutation")) == {
        ("John Brown", "Mr"),
        ("Ann Lee", "Mrs"),
        ("Ben", ""),
    }

    assert told(capsys, "--undo", act["id"]) == {"undone": 2}
    assert set(Customer.objects.values_list("full_name", "salutation")) == {
        ("Mr John Brown", ""),
        ("Mrs Ann Lee", ""),
        ("Ben", ""),
    }


def test_it_is_said_in_words_too(capsys: pytest.CaptureFixture[str]) -> None:
    open_shop().add("Mr John Brown")

    assert run(["clean"]) == 0

    said = capsys.readouterr().out
    assert "1 name holds a way of address: Mr John Brown → John Brown" in " ".join(said.split())
    assert "idic clean --accept name_salutation" in said


@pytest.mark.parametrize("wrong", [("--accept", "nonsense"), ("--undo", "nonsense")])
def test_what_nobody_knows_is_refused(
    capsys: pytest.CaptureFixture[str], wrong: tuple[str, str]
) -> None:
    open_shop()

    assert run(["clean", *wrong]) == 2
    assert "nonsense is no" in " ".join(capsys.readouterr().err.split())
