"""The script for a shop's own pages in Chromium: nothing before a yes, everything once after it,
nothing ever for who says no.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from idic.identify.ingest.door import Door
from idic.identify.ingest.snippet_file import SnippetFile
from idic.identify.models import Customer, Event
from tests.identify.ingest.clients import DoorProcess
from tests.identify.ingest.flaky import Flaky
from tests.identify.ingest.shop import Answer, Shop, ask, make_shop, run
from tests.identify.ingest.web_pages import in_chromium

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database,
    pytest.mark.skipif(
        SnippetFile().get() is None,
        reason="assets are not built: python -m tools.assets build",
    ),
]

PAGE = """<!doctype html><title>Shop</title>
<form data-idic-form action="/form"><input name="email"></form>
<script>
(window.idic = window.idic || []).push(["track", "Product Viewed", {name: "Sữa tươi"}])
</script>
<script src="%s/idic.js" data-key="%s" defer></script>
"""
KEPT = "Object.keys(localStorage).map(name => name.split('.').slice(0, 2).join('.')).sort()"
SENT = "() => !Object.keys(localStorage).some(name => name.startsWith('idic.queue'))"
FIELD = "document.querySelector('[name=idic_anonymous_id]')?.value ?? ''"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


@pytest.fixture
def way(shop: Shop) -> Iterator[Flaky]:
    door = DoorProcess(home=shop.home)
    door.start()
    flaky = Flaky(door=door.port)
    text = (PAGE % (flaky.address, shop.key)).encode()
    kind = "text/html; charset=utf-8"
    flaky.pages |= dict.fromkeys(("/", "/tea", "/form"), (kind, text))
    with flaky.open():
        yield flaky
    door.kill()


@pytest.mark.req("R017")
def test_a_visitor_who_agrees_is_heard_once_and_one_who_does_not_leaves_nothing(
    shop: Shop, way: Flaky
) -> None:
    seen: dict[str, Any] = {}
    # A name of its own for the shop: its door is a stranger to the browser, as in real life.
    site = way.address.replace("127.0.0.1", "localhost")

    def look(page: Page) -> dict[str, Any]:
        cookies = {one["name"]: one["value"] for one in page.context.cookies()}
        return {"cookies": cookies, "kept": page.evaluate(KEPT), "field": page.evaluate(FIELD)}

    def work(page: Page) -> None:
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{site}/?utm_source=zalo&utm_campaign=tet")
        page.wait_for_timeout(200)
        seen["before"], seen["posted before"] = look(page), len(way.posted)

        page.evaluate("idic.consent(true)")
        page.evaluate("history.pushState({}, '', '/tea#top')")
        page.evaluate("idic.identify('lan-1', {name: 'Lan', email: 'lan@example.com'})")
        page.wait_for_function(SENT)
        seen["agreed"] = look(page)

        page.route("**/v1/batch", lambda route: route.abort())
        page.evaluate("idic.track('Coupon Applied', {coupon: 'TET'})")
        page.wait_for_timeout(50)
        page.unroute("**/v1/batch")
        page.goto(f"{site}/tea")
        page.wait_for_function(SENT)
        seen["next page"] = look(page)

        page.evaluate("idic.consent(false); idic.track('Product Added')")
        page.wait_for_timeout(100)
        seen["refused"], seen["wrong"] = look(page), wrong
        refuse_by_browser(page)

    def refuse_by_browser(page: Page) -> None:
        assert page.context.browser is not None
        context = page.context.browser.new_context()
        context.add_init_script(
            "Object.defineProperty(navigator, 'globalPrivacyControl', {value: 1})"
        )
        other, before = context.new_page(), len(way.posted)
        other.goto(f"{site}/")
        other.evaluate("idic.consent(true); idic.track('Product Added')")
        other.wait_for_timeout(100)
        seen["signal"], seen["posted then"] = look(other), len(way.posted) - before

    in_chromium(work)
    shop.load()

    nothing = {"cookies": {}, "kept": [], "field": ""}
    visitor = seen["agreed"]["field"]
    assert (seen["wrong"], seen["posted before"], seen["posted then"]) == ([], 0, 0)
    assert seen["before"] == seen["refused"] == seen["signal"] == nothing
    assert len(visitor) == 36
    assert seen["agreed"]["cookies"] == seen["next page"]["cookies"] == {"idic_id": visitor}
    assert seen["agreed"]["kept"] == seen["next page"]["kept"] == ["idic.id", "idic.user"]
    assert seen["next page"]["field"] == visitor
    kinds = Event.objects.values_list("kind", flat=True)
    assert sorted(kinds) == [
        *["Coupon Applied", "Product Viewed", "Product Viewed", "identify"],
        *["page_viewed", "page_viewed", "page_viewed"],
    ]
    [lan] = Customer.objects.all()
    assert (lan.full_name, lan.records.filter(kind="device").get().source_key) == (
        "Lan",
        f"anon:{visitor}",
    )
    first = Event.objects.filter(kind="page_viewed").earliest("occurred_at")
    assert first.detail["campaign"] == {"source": "zalo", "name": "tet"}
    ledger = shop.ledger()
    assert (way.lost, ledger["stored"], ledger["rejected"], ledger["refused"]) == (1, 7, 0, 0)
    assert ledger["duplicate"] > 0  # the batch whose answer was lost


def test_the_door_hands_out_the_script_packed_and_knows_its_version(shop: Shop) -> None:
    async def work(door: Door) -> list[Answer]:
        plain = await ask_raw(door, {})
        packed = await ask_raw(door, {"accept-encoding": "gzip, br"})
        same = await ask_raw(door, {"if-none-match": plain.headers["etag"]})
        return [plain, packed, same]

    plain, packed, same = run(shop.door(), work)

    assert [one.status for one in (plain, packed, same)] == [200, 200, 304]
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) <= 5_000


async def ask_raw(door: Door, headers: dict[str, str]) -> Answer:
    return await ask(door, "GET", "/idic.js", headers=headers, is_json=False)
