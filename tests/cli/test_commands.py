"""What the commands of every day print: status, login, demo."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from idic.cli.program import run
from idic.cli.up import choose_language, own_address, prepare
from idic.core import clock
from idic.core.models import Business, Job, Staff
from idic.identify.services import demo_removal
from idic.web.services import demo as loader
from tests.cast import NOW, open_shop

pytestmark = pytest.mark.django_db
KEYS = {
    "customers",
    "source_records",
    "events",
    "orders",
    "order_lines",
    "unlinked_orders",
    "segments",
    "messages",
    "rejected",
    "quarantined",
    "ingest_accepted",
    "ingest_stored",
    "ingest_duplicate",
    "ingest_rejected",
    "ingest_quarantined",
    "ingest_refused",
    "jobs_waiting",
    "lake_files",
}


def test_status_counts_what_matters(capsys: pytest.CaptureFixture[str]) -> None:
    shop = open_shop()
    shop.add("Ann", "Ben")
    shop.add_record(None, key="somebody")
    shop.sell("Ann", "2026-11-01", "Tea 5", "Jam 2")
    shop.sell(None, "2026-11-01", "Tea 5")
    shop.flush()
    Job.objects.create(task="t", state="waiting", run_after=NOW, created_at=NOW)
    Job.objects.create(task="t", state="done", run_after=NOW, created_at=NOW)

    assert run(["status", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert set(told) == KEYS
    files = told.pop("lake_files")
    assert files > 0
    assert told == dict.fromkeys(KEYS - {"lake_files"}, 0) | {
        "customers": 2,
        "source_records": 3,
        "orders": 2,
        "order_lines": 3,
        "unlinked_orders": 1,
        "jobs_waiting": 1,
    }


def test_status_is_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.rsplit(maxsplit=1)[0].replace(" ", "_") for line in lines] == sorted(
        KEYS, key=[line.rsplit(maxsplit=1)[0].replace(" ", "_") for line in lines].index
    )
    assert {line.rsplit(maxsplit=1)[1] for line in lines} == {"0"}


def link_in(text: str) -> str:
    found = re.search(r"http://[^/]+(/login/\S+/)", text)
    assert found, text
    return found[1]


def test_a_login_link_lets_the_owner_in_once(capsys: pytest.CaptureFixture[str]) -> None:
    open_shop()

    assert run(["login"]) == 0

    link = link_in(capsys.readouterr().out)
    client = Client()
    client.post(link)
    assert client.get("/customers/").status_code == 200
    second = Client()
    second.post(link)
    assert second.get("/customers/").status_code == 302


def test_without_an_owner_there_is_nobody_to_log_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["login"]) == 1

    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "There is no owner yet. Run “idic up” first.\n")


def test_a_first_start_sets_the_shop_up_and_asks_for_the_demo_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for _ in range(2):
        prepare(language="vi", demo=True)

    assert list(Business.objects.values_list("language", "currency")) == [("vi", "VND")]
    assert Staff.objects.count() == 1
    assert list(Job.objects.values_list("unique_key", "queue", "state")) == [
        ("web.demo", "long", "waiting")
    ]
    assert capsys.readouterr().out.count("Log in") == 2


def test_a_first_start_without_the_demo_asks_for_none() -> None:
    prepare(language="en", demo=False)

    assert not Job.objects.exists()


def test_a_later_start_keeps_the_language_of_the_shop() -> None:
    prepare(language="vi", demo=False)
    prepare(language="en", demo=False)

    assert Business.objects.get().language == "vi"


@pytest.mark.parametrize(
    ("locale", "code"),
    [("vi_VN.UTF-8", "vi"), ("zh_CN.UTF-8", "zh-hans"), ("en_GB.UTF-8", "en"), ("C", "en")],
)
def test_the_terminal_suggests_the_language(
    monkeypatch: pytest.MonkeyPatch, locale: str, code: str
) -> None:
    monkeypatch.setenv("LC_ALL", locale)

    assert choose_language("") == code
    assert choose_language("vi") == "vi"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("shop.local", "http://shop.local:8000"),
    ],
)
def test_the_address_printed_is_one_a_browser_opens(host: str, address: str) -> None:
    assert own_address(host, 8_000) == address


def test_a_demo_is_refused_beside_data(capsys: pytest.CaptureFixture[str]) -> None:
    shop = open_shop()
    shop.add("Ann")

    assert run(["demo"]) == 1

    assert capsys.readouterr().err == (
        "There is data of your own here, and the sample shop never lies beside it. "
        "To look at it, start a second IDIC with another IDIC_HOME.\n"
    )


def test_a_demo_is_not_loaded_twice_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    open_shop()
    now = clock.now()
    Job.objects.create(
        task="t",
        queue="long",
        unique_key="web.demo",
        state="running",
        run_after=now,
        created_at=now,
    )

    assert run(["demo"]) == 1

    assert capsys.readouterr().err == (
        "The sample shop is being set up already: “idic up” shows how far it is.\n"
    )


def test_another_sample_business_takes_the_place_of_the_first_only_when_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_shop()
    done: list[str] = []
    monkeypatch.setattr(loader, "find_trade", lambda: "supermarket")
    monkeypatch.setattr(loader, "load_anew", lambda **asked: done.append(asked["trade"]))
    monkeypatch.setattr(demo_removal, "remove_demo", lambda **_asked: done.append("removed"))

    assert run(["demo", "saas"]) == 1
    assert capsys.readouterr().err == (
        "A sample shop is here already. "
        "“idic demo saas --replace” removes it and sets this one up.\n"
    )
    assert done == []

    assert run(["demo", "saas", "--replace"]) == 0
    assert done == ["removed", "saas"]

    assert run(["demo", "supermarket"]) == 0  # a loading that was cut short goes on
    assert done == ["removed", "saas", "supermarket"]


def test_a_file_before_the_first_start_opens_the_shop_it_belongs_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    monkeypatch.setattr(settings, "IDIC_LANGUAGE", "")
    file = tmp_path / "orders.csv"
    file.write_text("Order,Date,Customer,Product,Quantity,Price\n1,2011-12-01,7,Tea,1,5\n")

    assert run(["import", "orders", str(file), "--as-of", "2011-12-09", "--yes", "--json"]) == 0

    assert Business.objects.get().language == "vi"
    assert Business.objects.get().as_of_date == date(2011, 12, 9)


def test_a_dry_run_before_the_first_start_opens_nothing(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("Order,Date,Customer,Product,Quantity,Price\n1,2011-12-01,7,Tea,1,5\n")

    assert run(["import", "orders", str(file), "--dry-run", "--json"]) == 0

    assert not Business.objects.exists()


def test_what_belongs_to_orders_is_refused_for_people_before_anything_opens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Name,Phone\nAnn,0912345678\n")

    assert run(["import", "customers", str(file), "--currency", "VND"]) != 0

    assert "belong to orders" in capsys.readouterr().err
    assert not Business.objects.exists()
