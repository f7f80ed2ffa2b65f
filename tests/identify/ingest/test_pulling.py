"""KiotViet asked for what is new: nothing lost and nothing twice, whatever it answers and whenever
we are killed; never more often than it bears.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from idic.core.models import AuditEntry
from idic.identify import tasks
from idic.identify.models import Event, IngestDay, Order, OrderLine, Pull, SourceRecord
from idic.identify.pulling.kiotviet import PAGE, Client
from idic.identify.services.ingest import pulling
from idic.identify.services.ingest.keys import WrongSource
from idic.identify.services.ingest.ledger import sum_days
from tests.identify.ingest import vectors
from tests.identify.ingest.hook_shop import HookShop, connect
from tests.identify.ingest.kiotviet_server import KiotViet, invoice
from tests.identify.ingest.shop import NOW, Shop, make_shop

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What ends a process in these tests."""


@pytest.fixture
def shop(tmp_path: Path, settings: Any) -> Shop:
    settings.IDIC_HOME = tmp_path
    return make_shop(tmp_path)


@pytest.fixture
def kiotviet() -> Iterator[KiotViet]:
    with KiotViet() as server:
        yield server


@pytest.fixture
def system(shop: Shop) -> HookShop:
    return connect(shop, "kiotviet")


@pytest.fixture
def pull(system: HookShop) -> Pull:
    return join(system)


def join(system: HookShop, **changed: str) -> Pull:
    said = {"retailer": "tiemtra", "client_id": "id", "secret": "client-secret"} | changed
    return pulling.connect(
        source=system.source, staff=system.shop.staff, home=system.shop.home, now=NOW, **said
    )


def ask(pull: Pull, kiotviet: KiotViet, shop: Shop, **changed: Any) -> Any:
    """Ask once, without waiting; gives when to come back and how long it waited in all."""
    waited: list[float] = []
    client = Client(
        pull.retailer,
        pull.client_id,
        changed.get("secret", "client-secret"),
        kiotviet.address,
        kiotviet.address,
        sleep=waited.append,
    )
    pull.refresh_from_db()
    progress = changed.get("progress", lambda _done, _label: None)
    again = pulling.run_round(pull=pull, client=client, home=shop.home, now=NOW, progress=progress)
    pull.refresh_from_db()
    return again, [one for one in waited if one != 0.25]


def ledger(pull: Pull) -> dict[str, int]:
    totals = sum_days(days=IngestDay.objects.filter(source=pull.source))
    ends = ("stored", "duplicate", "rejected", "quarantined")
    assert totals["accepted"] == sum(totals[name] for name in ends)
    return totals


def test_a_shop_is_read_whole_and_then_only_what_changed(
    shop: Shop, pull: Pull, kiotviet: KiotViet
) -> None:
    kiotviet.rows = {
        "invoices": [invoice(number) for number in range(250)],
        "customers": [{"id": 1, "code": "KH1", "name": "Hà", "createdDate": "2026-10-01T00:00:00"}],
        "returns": [
            {
                "id": 5,
                "code": "TH000005",
                "customerCode": "KH1",
                "returnDate": "2026-11-20T10:00:00",
                "modifiedDate": "2026-11-20T10:00:00",
                "returnTotal": 500,
                "returnDetails": [{"productCode": "SP1", "quantity": 1, "price": 500}],
            }
        ],
        "orders": [{"id": 9, "code": "DH000009", "createdDate": "2026-11-20T10:00:00"}],
    }
    ask(pull, kiotviet, shop)
    shop.load()

    assert (Order.objects.filter(is_return=False).count(), pull.pulled) == (250, 253)
    back = Order.objects.get(is_return=True)
    assert (back.order_number, back.net_amount) == ("TH000005", -500)
    assert SourceRecord.objects.filter(source=pull.source, kind="person").count() == 7
    assert (pull.pulled_at, pull.problem) == (NOW, "")
    first, before = len(kiotviet.asked), ledger(pull)
    assert before["duplicate"] == 0

    kiotviet.rows["invoices"][3] = invoice(3, at="2026-11-22T10:00:00", total=900)
    kiotviet.rows["invoices"].append(invoice(600))
    ask(pull, kiotviet, shop)
    shop.load()

    assert len(kiotviet.asked) - first == 4  # one page a list
    assert ledger(pull) == before | {
        "accepted": before["accepted"] + 2,
        "stored": before["stored"] + 2,
    }
    assert Order.objects.get(order_number="HD000003").net_amount == 900
    assert Order.objects.filter(is_return=False).count() == 251


def test_what_changes_while_pages_are_read_is_not_passed_over(
    shop: Shop, pull: Pull, kiotviet: KiotViet
) -> None:
    rows = [invoice(number) for number in range(3 * PAGE)]
    kiotviet.rows = {"invoices": rows}

    def change(request: int) -> None:
        """While it is read, the first invoices change and go to the end of the list."""
        if request in {3, 4}:
            rows[request] = invoice(request, at=f"2026-11-21T1{request}:00:00", total=700)

    kiotviet.before_page = change
    ask(pull, kiotviet, shop)
    shop.load()

    assert Order.objects.count() == 3 * PAGE
    assert set(Order.objects.filter(net_amount=700).values_list("order_number", flat=True)) == {
        "HD000003",
        "HD000004",
    }


@pytest.mark.parametrize("is_sorted", [True, False])
def test_as_many_at_one_moment_as_pages_hold_and_lists_in_no_order_are_read_whole(
    shop: Shop, pull: Pull, kiotviet: KiotViet, is_sorted: bool
) -> None:
    same = [invoice(number, at="2026-11-10T08:00:00") for number in range(2 * PAGE + 30)]
    rows = [*same, invoice(900), invoice(901), invoice(950, at="2026-11-12T08:00:00")]
    kiotviet.rows = {"invoices": rows if is_sorted else rows[::-1]}
    kiotviet.is_sorted = is_sorted

    ask(pull, kiotviet, shop)
    shop.load()
    assert Order.objects.count() == 2 * PAGE + 33
    before = len(kiotviet.asked)
    ask(pull, kiotviet, shop)
    shop.load()

    assert len(kiotviet.asked) - before == 4
    assert ledger(pull)["stored"] == 2 * PAGE + 33


@pytest.mark.parametrize("page", range(1, 5))
@pytest.mark.parametrize("is_kept", [True, False])
def test_killed_anywhere_nothing_is_lost_and_nothing_counts_twice(
    shop: Shop, pull: Pull, kiotviet: KiotViet, page: int, is_kept: bool, monkeypatch: Any
) -> None:
    kiotviet.rows = {"invoices": [invoice(number) for number in range(250)]}
    whole, moves = pulling._move, []

    def move(*args: Any) -> None:
        moves.append(args)
        if len(moves) == page:
            if is_kept:
                whole(*args)
            raise Killed
        whole(*args)

    monkeypatch.setattr(pulling, "_move", move)
    with pytest.raises(Killed):
        ask(pull, kiotviet, shop)
    shop.load()
    ask(pull, kiotviet, shop)
    shop.load()

    totals = ledger(pull)
    # The customers' empty list is the first page; each later one begins with the last one's end.
    twice = 0 if is_kept else {1: 0, 2: 100, 3: 99, 4: 51}[page]
    assert (totals["stored"], totals["duplicate"]) == (250, twice)
    assert (Order.objects.count(), OrderLine.objects.count()) == (250, 250)
    assert Event.objects.filter(source=pull.source).count() == 250


def test_a_token_that_ends_on_the_way_is_renewed(
    shop: Shop, pull: Pull, kiotviet: KiotViet
) -> None:
    kiotviet.rows = {"invoices": [invoice(number) for number in range(250)]}
    kiotviet.token_lives = 2

    ask(pull, kiotviet, shop)
    shop.load()

    assert (Order.objects.count(), kiotviet.tokens, pull.problem) == (250, 3, "")


def test_asked_too_often_it_waits_as_long_as_it_is_told(
    shop: Shop, pull: Pull, kiotviet: KiotViet
) -> None:
    kiotviet.rows = {"invoices": [invoice(1)]}
    kiotviet.answers = [(429, {"Retry-After": "7"}), (429, {}), (503, {})]

    again, waited = ask(pull, kiotviet, shop)
    shop.load()

    assert (again, waited) == (None, [7, 2, 4])
    assert Order.objects.count() == 1


def test_told_to_wait_for_long_it_comes_back_and_is_not_asked_before(
    shop: Shop, pull: Pull, kiotviet: KiotViet
) -> None:
    kiotviet.rows = {"invoices": [invoice(number) for number in range(150)]}

    def tire(request: int) -> None:
        if request == 2:
            kiotviet.answers = [(429, {"Retry-After": "1800"})]

    kiotviet.before_page = tire
    again, _waited = ask(pull, kiotviet, shop)

    assert again == pull.resume_at == NOW + timedelta(minutes=30)
    assert pull.problem == "too_often"
    assert pulling.list_due(now=NOW + timedelta(minutes=29)) == []
    assert pulling.list_due(now=again) == [pull.id]
    ask(pull, kiotviet, shop)
    shop.load()
    assert (ledger(pull)["stored"], ledger(pull)["duplicate"]) == (150, 0)


@pytest.mark.parametrize(
    ("changed", "answers", "problem"),
    [
        ({"secret": "wrong"}, [], "wrong_credentials"),
        ({"retailer": "other"}, [], "wrong_shop"),
        ({}, [(500, {})] * 5, "unreachable"),
        ({}, [(302, {"Location": "http://127.0.0.1:1/"})], "unexpected"),
        ({}, [(418, {})], "unexpected"),
    ],
)
def test_what_goes_wrong_is_said_and_the_place_stays(
    shop: Shop,
    system: HookShop,
    kiotviet: KiotViet,
    changed: dict[str, str],
    answers: list[Any],
    problem: str,
) -> None:
    pull = join(system, **{k: v for k, v in changed.items() if k == "retailer"})
    kiotviet.answers = answers

    again, _waited = ask(pull, kiotviet, shop, **changed)

    assert (again, pull.problem, pull.places, pull.pulled_at) == (None, problem, {}, None)


def test_without_anybody_there_it_says_so(shop: Shop, pull: Pull) -> None:
    with KiotViet() as gone:
        pass
    again, waited = ask(pull, gone, shop)
    assert (again, pull.problem, waited) == (None, "unreachable", [1, 2, 4, 8])


def test_no_room_stops_it_before_it_moves_on(
    shop: Shop, pull: Pull, kiotviet: KiotViet, monkeypatch: Any
) -> None:
    kiotviet.rows = {"invoices": [invoice(1)]}
    monkeypatch.setattr(pulling, "_LARGEST_BACKLOG", -1)

    again, _waited = ask(pull, kiotviet, shop)

    assert again == NOW + timedelta(minutes=2)
    assert (pull.problem, pull.places) == ("no_room", {})


def test_the_same_invoice_by_webhook_and_when_asked_is_one_call(
    shop: Shop, system: HookShop, pull: Pull, kiotviet: KiotViet
) -> None:
    told = {n[:1].lower() + n[1:]: value for n, value in vectors.KIOTVIET_INVOICE.items()}
    details = [{n[:1].lower() + n[1:]: v for n, v in told["invoiceDetails"][0].items()}]
    kiotviet.rows = {"invoices": [told | {"invoiceDetails": details}]}

    system.send(vectors.kiotviet("invoice.update.500", vectors.KIOTVIET_INVOICE))
    ask(pull, kiotviet, shop)
    shop.load()

    assert (ledger(pull)["stored"], ledger(pull)["duplicate"]) == (1, 1)


def test_the_secret_lies_in_a_file_of_its_owner_and_goes_with_the_connection(
    shop: Shop, pull: Pull
) -> None:
    file = pulling.secret_file(home=shop.home, source=pull.source)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "client-secret" not in str(
        list(Pull.objects.values()) + list(AuditEntry.objects.values())
    )

    pulling.disconnect(pull=pull, staff=shop.staff, home=shop.home, now=NOW)

    assert not file.exists()
    assert pulling.list_due(now=NOW) == []


def test_another_shop_is_asked_from_the_beginning_and_the_same_from_its_place(
    shop: Shop, system: HookShop, pull: Pull, kiotviet: KiotViet
) -> None:
    kiotviet.rows = {"invoices": [invoice(1)]}
    ask(pull, kiotviet, shop)
    assert pull.places != {}

    assert join(system, secret="new").places == pull.places
    assert join(system, retailer="other").places == {}
    with pytest.raises(WrongSource):
        join(system, client_id=" ")


def test_disconnected_meanwhile_it_stops(shop: Shop, pull: Pull, kiotviet: KiotViet) -> None:
    kiotviet.rows = {"invoices": [invoice(number) for number in range(250)]}

    def progress(done: int, _label: str) -> None:
        if done == PAGE:
            Pull.objects.update(is_off=True)

    ask(pull, kiotviet, shop, progress=progress)

    assert len(kiotviet.asked) == 3


def test_the_task_asks_and_the_clock_enqueues_it(
    shop: Shop, pull: Pull, kiotviet: KiotViet, settings: Any, monkeypatch: Any
) -> None:
    settings.IDIC_KIOTVIET_API = settings.IDIC_KIOTVIET_LOGIN = kiotviet.address
    kiotviet.rows = {"invoices": [invoice(1)]}
    monkeypatch.setattr("idic.identify.pulling.kiotviet._PAUSE_SECONDS", 0.0)

    tasks.pull_shop_systems.func()
    tasks.pull_shop_system.func(pull_id=pull.id)
    shop.load()

    assert Order.objects.count() == 1
    pulling.secret_file(home=shop.home, source=pull.source).unlink()
    tasks.pull_shop_system.func(pull_id=pull.id)
    pull.refresh_from_db()
    assert pull.problem == "no_secret"
