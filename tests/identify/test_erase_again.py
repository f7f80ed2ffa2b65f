"""After a backup was restored: whoever was erased since is erased again, and stays out."""

from __future__ import annotations

import json
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import models

from idic.cli import program
from idic.identify.models import Customer, Identifier, SourceRecord, Tombstone, Trait
from idic.identify.services.privacy import erase_again, erase_person, find_returned, list_noted
from idic.identify.services.privacy.again import journal
from tests.identify.importing import make_business, run_import, write_csv

pytestmark = [pytest.mark.django_db, pytest.mark.req("R155")]

HEAD = ("Customer ID", "Name", "Phone", "Email")
LAN = ("K-CANARY-1", "Nguyễn Thị Canaria", "0901 234 567", "canary@example.com")
MINH = ("K-2", "Trần Minh", "0907 654 321", "minh@example.com")
TABLES: tuple[type[models.Model], ...] = (Customer, SourceRecord, Identifier, Trait)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "IDIC_HOME", tmp_path)


@pytest.fixture
def lan(tmp_path: Path, now: datetime) -> Customer:
    make_business()
    path = write_csv(tmp_path / "people.csv", LAN, MINH, header=HEAD)
    run_import(path, now=now, kind="customers")
    return Customer.objects.get(full_name=LAN[1])


def backup() -> dict[type[models.Model], list[models.Model]]:
    return {model: list(model._base_manager.all()) for model in TABLES}


def restore(held: dict[type[models.Model], list[models.Model]]) -> None:
    """Put rows back as they were, and forget what came after."""
    Tombstone.objects.all().delete()
    for model, rows in held.items():
        known = set(model._base_manager.values_list("pk", flat=True))
        model._base_manager.bulk_create([row for row in rows if row.pk not in known])


def test_whoever_a_backup_brings_back_is_erased_again_and_stays_out(
    lan: Customer, tmp_path: Path, now: datetime
) -> None:
    held = backup()
    erase_person(customer_id=lan.id, actor="alice@example.com", now=now)
    stones = set(Tombstone.objects.values_list("digest", flat=True))
    restore(held)
    assert find_returned(noted=list_noted()) == [lan.id]

    done = erase_again(noted=list_noted(), actor="system:test", now=now + timedelta(hours=1))

    assert (done.noted, done.returned, done.stones) == (1, (lan.id,), len(stones))
    assert set(Tombstone.objects.values_list("digest", flat=True)) == stones
    assert [one.full_name for one in Customer.objects.all()] == ["Trần Minh"]
    assert not Identifier.everything.filter(value="canary@example.com").exists()
    again = write_csv(tmp_path / "again.csv", LAN, header=HEAD)
    counts = run_import(again, now=now + timedelta(days=1), kind="customers").counts
    assert counts["reasons"] == {"erased": 1}


def test_without_a_restore_it_does_nothing_however_often(lan: Customer, now: datetime) -> None:
    erase_person(customer_id=lan.id, actor="alice@example.com", now=now)
    Tombstone.objects.update(lifted_at=now)  # they came back themselves

    for _again in range(2):
        done = erase_again(noted=list_noted(), actor="system:test", now=now)
        assert (done.returned, done.stones) == ((), 0)
    assert not Tombstone.objects.filter(lifted_at=None).exists()


def test_the_note_names_nobody_and_is_its_owners_alone(lan: Customer, now: datetime) -> None:
    erase_person(customer_id=lan.id, actor="alice@example.com", now=now)

    text = journal().read_text()

    assert stat.S_IMODE(journal().stat().st_mode) == 0o600
    for word in ("canary", "Canaria", "901234567", "K-CANARY"):
        assert word not in text
    journal().write_bytes(journal().read_bytes() + b'{"customers": [1')
    assert [one.customer_ids for one in list_noted()] == [(lan.id,)]


def test_the_command_says_what_it_did_and_verify_that_it_is_needed(
    lan: Customer, tmp_path: Path, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*argv: str) -> tuple[int, str]:
        code = program.run(["privacy", *argv])
        return code, " ".join(capsys.readouterr().out.split())

    held = backup()
    erase_person(customer_id=lan.id, actor="alice@example.com", now=now)
    restore(held)
    kept = tmp_path / "kept"
    journal().rename(kept)  # the state directory was restored whole

    assert run("verify")[0] == 0
    assert json.loads(run("erase-again", "--json")[1])["returned"] == []
    code, said = run("erase-again", "--noted", str(kept), "--json")

    assert (code, json.loads(said)["returned"]) == (0, [lan.id])
    restore(held)
    code, said = run("verify")
    assert code == 1
    assert "Run idic privacy erase-again." in said
    assert run("erase-again", "--noted", "nowhere")[0] == 1
