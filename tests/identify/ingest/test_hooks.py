"""Webhooks of shop systems: who is let in, what is stored of each system, what is told twice."""

from __future__ import annotations

import stat
import time
from pathlib import Path
from typing import Any

import pytest

from idic.core.models import AuditEntry
from idic.identify.ingest.hooks.senders import SENDERS, find_fault
from idic.identify.ingest.keys import hooks_file_of
from idic.identify.models import (
    Customer,
    Event,
    IngestProblem,
    Order,
    OrderLine,
    Source,
    SourceRecord,
    Trait,
    Webhook,
)
from idic.identify.services.ingest import hooks
from idic.identify.services.ingest.keys import WrongSource
from idic.identify.services.ingest.retrying import request_retry
from tests.identify.ingest import vectors
from tests.identify.ingest.hook_shop import HookShop, connect, held
from tests.identify.ingest.shop import NOW, Shop, ask, make_shop, run, track
from tests.identify.ingest.vectors import ORDERS, SHOPIFY_CUSTOMER, SHOPIFY_ORDER, WOO_ORDER

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(tmp_path: Path, settings: Any) -> Shop:
    settings.IDIC_HOME = tmp_path
    return make_shop(tmp_path)


def given(shop: Shop) -> dict[str, Any]:
    return {"staff": shop.staff, "home": shop.home, "now": NOW}


@pytest.mark.req("R008", "R020")
@pytest.mark.parametrize("sender", ORDERS)
def test_an_order_of_each_system_becomes_an_order_of_its_buyer(shop: Shop, sender: str) -> None:
    topic, said, number, currency, amount, lines = ORDERS[sender]
    system = connect(shop, sender)

    assert system.send(said, topic).status == 200
    shop.load()

    order = Order.objects.select_related("record__customer").get()
    assert (order.order_number, order.currency) == (number, currency)
    assert (order.net_amount, order.line_count, order.source) == (amount, lines, system.source)
    assert sum(line.net_amount for line in OrderLine.objects.all()) == amount
    assert f"{order.ordered_at:%Y-%m-%d}" == "2026-11-20"
    assert order.record is not None
    assert order.record.customer is not None
    assert order.record.customer.lifecycle_stage == "customer"
    assert system.ledger()["stored"] == 1


@pytest.mark.parametrize("sender", ORDERS)
def test_the_same_webhook_again_changes_nothing_whatever_stands_beside_it(
    shop: Shop, sender: str
) -> None:
    topic, said, *_rest = ORDERS[sender]
    system = connect(shop, sender)
    system.send(said, topic)
    shop.load()
    before = list(Order.objects.values())

    system.send(said, topic, **{"X-Shopify-Webhook-Id": "another", "X-WC-Webhook-Delivery-ID": "2"})
    shop.load()

    assert list(Order.objects.values()) == before
    assert system.ledger()["duplicate"] == 1
    assert Event.objects.count() == 1


@pytest.mark.parametrize("sender", SENDERS)
def test_what_is_not_signed_is_turned_away_alike_and_counted(shop: Shop, sender: str) -> None:
    system = connect(shop, sender)
    stranger = system.post(b"{}", at="/hooks/nobody-knows-this")
    bare = system.post(b"{}")
    forged = system.send({"id": 1}, "orders/create", secret="guessed" * 4)

    assert {stranger.status, bare.status, forged.status} == {401}
    assert stranger.body == bare.body == forged.body
    shop.load()
    assert system.ledger() == dict.fromkeys(system.ledger(), 0) | {"refused": 2}
    reasons = set(IngestProblem.objects.values_list("reason", "body"))
    assert reasons == {("no_such_hook", ""), ("no_signature", ""), ("wrong_signature", "")}
    assert not Event.objects.exists()


def test_nothing_is_taken_before_the_secret_is_entered(shop: Shop) -> None:
    hook = hooks.create_webhook(name="Shopify", sender="shopify", **given(shop))
    system = HookShop(shop, hook)

    answer = system.send(SHOPIFY_ORDER, "orders/create", secret=" ")
    shop.load()

    assert answer.status == 401
    assert IngestProblem.objects.get().reason == "no_secret"


def test_standard_webhooks_are_read_as_their_documentation_signs_them() -> None:
    secret, number, second, body, signature = vectors.STANDARD
    headers = {
        b"webhook-id": number.encode(),
        b"webhook-timestamp": str(second).encode(),
        b"webhook-signature": signature.encode(),
    }

    def fault(now: float, **changed: bytes) -> str:
        sent = headers | {name.encode(): value for name, value in changed.items()}
        one = SENDERS["standard"]
        return find_fault(one, headers=sent, body=body, secrets=["old", secret], now=now)

    assert fault(second) == ""
    assert [fault(second + by) for by in (299, -299, 301, -301)] == ["", "", "stale", "stale"]
    assert fault(second, **{"webhook-id": b"msg_other"}) == "wrong_signature"
    assert fault(second, **{"webhook-timestamp": b"later"}) == "wrong_signature"


def test_a_plain_hmac_may_carry_its_second(shop: Shop) -> None:
    system = connect(shop, "hmac")
    body = vectors.encode(track(messageId="m-1"))

    def signed(second: int) -> dict[str, str]:
        raw = vectors.digest(system.secret.encode(), f"{second}.".encode() + body)
        return {"X-Signature": f"t={second},v1={raw.hex()}"}

    now = int(time.time())
    assert system.post(body, **signed(now)).status == 200
    assert system.post(body, **signed(now - 900)).status == 401
    shop.load()
    assert Event.objects.get().message_id == "m-1"
    assert IngestProblem.objects.get().reason == "stale"


def test_calls_in_the_common_format_come_signed_and_count_once(shop: Shop) -> None:
    for sender in ("standard", "hmac"):
        system = connect(shop, sender)
        call = track("Order Completed", properties={"order_id": f"A-{sender}", "total": 5})
        body = vectors.encode({"batch": [call, track()]})
        number, second = "msg_1", int(time.time())
        signed = vectors.sign(sender, system.secret, body, number=number, second=second)
        assert [system.post(body, **signed).status for _ in range(2)] == [200, 200]
        shop.load()
        assert (system.ledger()["stored"], system.ledger()["duplicate"]) == (2, 2)
        assert Order.objects.get(order_number=f"A-{sender}").net_amount == 500


def test_a_secret_takes_the_place_of_another_and_the_one_before_counts_until_it_is_ended(
    shop: Shop,
) -> None:
    system = connect(shop, "woocommerce")
    first = system.secret

    hooks.renew_secret(hook=system.hook, **given(shop))
    second = system.secret
    assert second != first
    assert [system.send(WOO_ORDER, "order.updated", secret=one).status for one in (first, second)]
    assert hooks.count_secrets(hook=system.hook, home=shop.home) == 2

    hooks.end_former(hook=system.hook, **given(shop))

    assert system.send(WOO_ORDER, "order.updated", secret=first).status == 401
    assert system.send(WOO_ORDER, "order.updated", secret=second).status == 200
    hooks.renew_secret(hook=system.hook, **given(shop))
    hooks.renew_secret(hook=system.hook, **given(shop))
    assert system.send(WOO_ORDER, "order.updated", secret=second).status == 401
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"webhook.secret_changed", "webhook.former_secret_ended"} <= actions


def test_the_address_is_not_the_secret_and_no_table_holds_it(shop: Shop) -> None:
    system = connect(shop, "kiotviet")

    assert system.hook.token not in system.secret
    assert system.secret not in str(list(Webhook.objects.values())) + str(
        list(AuditEntry.objects.values())
    )
    assert stat.S_IMODE(hooks_file_of(shop.home).stat().st_mode) == 0o600


def test_an_address_can_be_closed_and_opened(shop: Shop) -> None:
    system = connect(shop, "shopify")

    hooks.switch(hook=system.hook, is_off=True, **given(shop))
    assert system.send(SHOPIFY_ORDER, "orders/create").status == 401
    hooks.switch(hook=system.hook, is_off=False, **given(shop))
    assert system.send(SHOPIFY_ORDER, "orders/create").status == 200


def test_addresses_whose_file_is_gone_are_known_again_without_their_secrets(shop: Shop) -> None:
    system = connect(shop, "shopify")
    hooks_file_of(shop.home).unlink()

    hooks.restore(home=shop.home)

    found = held(shop.home, system.hook.token)
    assert found is not None
    assert (found.source_id, found.secrets) == (system.source.id, [])


def test_too_much_is_refused_and_without_room_it_is_to_come_later(shop: Shop) -> None:
    system = connect(shop, "shopify")
    big = SHOPIFY_ORDER | {"note": "x" * 520_000}

    assert system.send(big, "orders/create").status == 413
    shop.limits["largest_backlog"] = -1
    answer = system.send(SHOPIFY_ORDER, "orders/create")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    shop.limits.clear()
    assert system.send(SHOPIFY_ORDER, "orders/create").status == 200
    shop.load()
    assert Order.objects.count() == 1


def test_topics_we_keep_nothing_of_and_first_greetings_are_answered_well(shop: Shop) -> None:
    shopify, woo = connect(shop, "shopify"), connect(shop, "woocommerce")

    assert shopify.send({"id": 7, "title": "Trà"}, "products/update").status == 200
    assert woo.send(b"webhook_id=7", "").status == 200
    shop.load()
    assert shopify.ledger()["accepted"] + woo.ledger()["accepted"] == 0


def test_the_trial_button_shows_that_it_works_and_sells_nothing(shop: Shop) -> None:
    system = connect(shop, "shopify")

    system.send(SHOPIFY_ORDER | {"test": True}, "orders/create")
    shop.load()

    assert Event.objects.get().kind == "Test Order"
    assert Order.objects.count() + Customer.objects.count() == 0


def test_haravan_hears_its_own_word_back(shop: Shop) -> None:
    system = connect(shop, "haravan")
    token = system.hook.token
    query = f"hub.mode=subscribe&hub.verify_token={token}&hub.challenge=917"
    said = []

    async def send(message: Any) -> None:
        said.append(message)

    def get(path: str, query: str) -> tuple[int, bytes]:
        said.clear()
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": [],
        }
        run(shop.door(), lambda door: door(scope, None, send))  # type: ignore[arg-type]
        return said[0]["status"], said[1]["body"]

    assert get(f"/hooks/{token}", query) == (200, b"917")
    assert get(f"/hooks/{token}", query.replace(token, "guess"))[0] == 405
    assert get("/hooks/guess", query.replace(token, "guess"))[0] == 405


@pytest.mark.parametrize(
    ("sender", "changes"),
    [
        ("shopify", {"cancelled_at": "2026-11-21T10:00:00Z"}),
        ("shopify", {"financial_status": "refunded", "current_subtotal_price": "0.00"}),
        ("haravan", {"cancelled_status": "cancelled"}),
        ("sapo", {"cancelled_on": "2026-11-21T10:00:00Z"}),
        ("sapo", {"status": "cancelled"}),
        ("woocommerce", {"status": "refunded"}),
        ("woocommerce", {"status": "cancelled"}),
    ],
)
def test_an_order_called_off_there_has_nothing_in_it_here(
    shop: Shop, sender: str, changes: dict[str, Any]
) -> None:
    topic, said, *_rest = ORDERS[sender]
    system = connect(shop, sender)
    system.send(said, topic)

    system.send(said | {"updated_at": "2026-11-21T10:00:01Z"} | changes, topic)
    shop.load()

    assert list(Order.objects.values_list("net_amount", "line_count")) == [(0, 0)]
    assert not OrderLine.objects.exists()


def test_goods_given_back_leave_the_order(shop: Shop) -> None:
    system = connect(shop, "haravan")
    back = {"line_item_id": 1069874210, "quantity": 1, "subtotal": 125000.0}
    system.send(
        ORDERS["haravan"][1] | {"refunds": [{"refund_line_items": [back]}]}, "orders/updated"
    )
    woo = connect(shop, "woocommerce")
    woo.send(WOO_ORDER | {"refunds": [{"id": 1, "total": "-6.00"}]}, "order.updated")
    shop.load()

    assert sorted(Order.objects.values_list("net_amount", flat=True)) == [1_200, 125_000]


def test_woocommerce_tells_of_a_deleted_order_by_its_id_alone(shop: Shop) -> None:
    system = connect(shop, "woocommerce")
    system.send(WOO_ORDER, "order.created")
    system.send({"id": 727}, "order.deleted")
    shop.load()

    assert Order.objects.get().net_amount == 0


def test_an_old_order_sent_again_under_another_topic_is_not_called_off(shop: Shop) -> None:
    system = connect(shop, "shopify")
    system.send(SHOPIFY_ORDER, "orders/create")
    system.send(SHOPIFY_ORDER, "orders/cancelled")
    system.send(SHOPIFY_ORDER, "customers/update")
    woo = connect(shop, "woocommerce")
    woo.send(WOO_ORDER, "order.created")
    woo.send(WOO_ORDER, "order.deleted")
    shop.load()

    assert sorted(Order.objects.values_list("net_amount", flat=True)) == [1_800, 39_800]
    assert Customer.objects.count() == 2


def test_a_basket_that_waits_for_its_payment_is_no_order(shop: Shop) -> None:
    system = connect(shop, "woocommerce")

    system.send(WOO_ORDER | {"status": "pending"}, "order.created")
    shop.load()

    assert Event.objects.get().kind == "Checkout Started"
    assert not Order.objects.exists()


def test_customers_come_with_what_is_known_of_them(shop: Shop) -> None:
    connect(shop, "shopify").send(SHOPIFY_CUSTOMER, "customers/create")
    connect(shop, "woocommerce").send(vectors.WOO_CUSTOMER, "customer.updated")
    said = vectors.kiotviet("customer.update.500", vectors.KIOTVIET_CUSTOMER)
    connect(shop, "kiotviet").send(said)
    shop.load()

    def traits(key: str) -> dict[str, str]:
        return dict(Trait.objects.filter(record__source_key=key).values_list("name", "value"))

    bob, ha = traits("706405506930370084"), traits("KH000045")
    assert (bob["name"], bob["email"]) == ("Bob Biller", "bob@biller.com")
    assert (ha["name"], ha["birth_date"]) == ("Phạm Thu Hà", "1988-05-20")
    # The phone of Shopify's customer and of WooCommerce's is one.
    owners = SourceRecord.objects.exclude(source_key="KH000045")
    assert len(set(owners.values_list("customer_id", flat=True))) == 1


def test_a_sale_to_nobody_in_particular_has_no_owner(shop: Shop) -> None:
    system = connect(shop, "kiotviet")
    invoice = vectors.KIOTVIET_INVOICE | {"CustomerCode": None, "CustomerName": "Khách lẻ"}

    system.send(vectors.kiotviet("invoice.update.500", invoice))
    shop.load()

    order = Order.objects.get()
    assert (order.record, order.store, order.net_amount) == (None, "Quận 7", 350_000)
    assert Customer.objects.count() == 0

    named = vectors.KIOTVIET_INVOICE | {"ModifiedDate": "2026-11-21T09:00:00"}
    system.send(vectors.kiotviet("invoice.update.500", named))
    shop.load()

    order = Order.objects.get()
    assert order.record is not None
    assert order.record.source_key == "KH000045"


def test_a_webhook_of_what_has_no_meaning_is_rejected_with_its_reason(shop: Shop) -> None:
    system = connect(shop, "shopify")

    system.send({"id": 5, "order_id": 7, "refund_line_items": []}, "orders/edited")
    shop.load()

    assert IngestProblem.objects.get().reason == "unused_topic"
    assert system.ledger()["rejected"] == 1


def test_a_source_whose_files_came_before_becomes_the_system(shop: Shop) -> None:
    files = Source.objects.create(key="kiotviet", name="KiotViet", kind="file", created_at=NOW)

    hook = hooks.create_webhook(name="kiotviet", sender="kiotviet", **given(shop))

    assert hook.source == files
    files.refresh_from_db()
    assert (files.kind, files.rank) == ("shop_system", 40)
    with pytest.raises(WrongSource):
        hooks.create_webhook(name="KiotViet", sender="kiotviet", **given(shop))


def test_two_systems_may_stand_side_by_side_and_only_posts_are_taken(shop: Shop) -> None:
    one, two = connect(shop, "shopify"), connect(shop, "sapo")

    assert (
        one.send(ORDERS["sapo"][1], "orders/create", at=f"/hooks/{two.hook.token}/").status == 401
    )
    assert (
        two.send(ORDERS["sapo"][1], "orders/create", at=f"/hooks/{two.hook.token}/").status == 200
    )
    answer = run(shop.door(), lambda door: ask(door, "PUT", f"/hooks/{two.hook.token}", b"{}"))
    assert answer.status == 405


def test_a_webhook_held_back_is_tried_again_as_it_came(shop: Shop) -> None:
    system = connect(shop, "shopify")
    many = SHOPIFY_ORDER["line_items"] * 60  # longer than any call of a website may be
    system.send(
        SHOPIFY_ORDER | {"updated_at": "2099-01-01T00:00:00Z", "line_items": many, "note": "x"},
        "orders/create",
    )
    shop.load()
    problem = IngestProblem.objects.get()
    assert (problem.reason, system.ledger()["quarantined"]) == ("future", 1)
    assert len(problem.body) > 20_000

    request_retry(source=system.source, staff=shop.staff, now=NOW)
    shop.load()

    assert (system.ledger()["stored"], system.ledger()["quarantined"]) == (1, 0)
    assert Order.objects.get().line_count == 120
