"""The unmodified SDKs of Segment and RudderStack, from Python, Node and Chromium, all against one
door behind its real server, over a network that first refuses and then loses an answer.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import rudderstack.analytics.client as rudderstack
import segment.analytics.client as segment
from pytest_django import DjangoDbBlocker
from segment.analytics.request import APIError

from idic.identify.models import Customer, Event, IngestDay, IngestProblem, Order, Source
from idic.identify.services.ingest.keys import create_source
from idic.identify.services.ingest.ledger import sum_days
from tests.browser.conftest import CHROMIUM
from tests.identify.ingest.clients import DoorProcess
from tests.identify.ingest.flaky import Flaky
from tests.identify.ingest.shop import NOW, Shop, make_shop
from tests.identify.ingest.web_pages import bundle, in_chromium, node

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

HERE = Path(__file__).parent
LAN = {"email": "Lan@Example.com", "name": "Nguyễn Thị Lan", "phone": "0901 234 567"}
PYTHON = ("segment-python", "segment-python-packed", "rudder-python")
NODE = ("segment-node", "rudder-node")
BROWSER = "segment-browser"
ALL = [*PYTHON, *NODE, *([BROWSER] if CHROMIUM else [])]
EVERYTHING = 7  # calls, of each SDK
KINDS = ["Order Completed", "Product Viewed", "alias", "group", "identify"]
KINDS += ["page_viewed", "screen_viewed"]


@dataclass
class Heard:
    """What came of all SDKs: the way each took, and what each complained of."""

    shop: Shop
    door: DoorProcess
    ways: dict[str, Flaky] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    problems: list[object] = field(default_factory=list)


def tell_everything(client: Any, *, user: str) -> None:
    client.identify(user, LAN)
    client.track(user, "Order Completed", {"order_id": "O1", "total": 1_250_000})
    client.page(user, "Docs", "Home", {"url": "https://shop.vn/"})
    client.screen(user, "Main", "Cart")
    client.group(user, "acme", {"name": "Acme"})
    client.alias("anon-9", user)
    client.track(anonymous_id="anon-9", event="Product Viewed", properties={"name": "Sữa tươi"})


def tell_by_python(heard: Heard, name: str) -> None:
    make = rudderstack.Client if name.startswith("rudder") else segment.Client
    client = make(
        heard.keys[name],
        host=heard.ways[name].address,
        gzip=name != "segment-python",
        upload_interval=0.05,
        on_error=lambda error, batch: heard.problems.append((name, error)),
    )
    tell_everything(client, user=name)
    client.flush()
    client.join()


def tell_by_node(heard: Heard) -> None:
    told = {name: {"key": heard.keys[name], "address": heard.ways[name].address} for name in NODE}
    done = subprocess.run(
        [*node(), str(HERE / "sdks.mjs"), json.dumps(told)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    heard.problems += json.loads(done.stdout) if done.returncode == 0 else [done.stderr]


def tell_by_browser(heard: Heard) -> None:
    way, key = heard.ways[BROWSER], heard.keys[BROWSER]

    def work(page: Any) -> None:
        abroad: list[str] = []
        page.on("request", lambda asked: abroad.append(asked.url))
        page.goto(f"{way.address}/page.html?key={key}")
        page.evaluate("tellEverything('browser-1')")
        # The two calls that went wrong come again by themselves.
        end = time.monotonic() + 20
        while len(way.posted) < EVERYTHING + 2 and time.monotonic() < end:
            page.wait_for_timeout(50)
        page.wait_for_load_state("networkidle")
        heard.problems += [url for url in abroad if not url.startswith(way.address)]

    in_chromium(work)


@pytest.fixture(scope="module")
def heard(
    standing: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Heard]:
    """Let every SDK tell the same, all at once, and load what came."""
    home = tmp_path_factory.mktemp("sdks")
    script = bundle(HERE / "sdk_page.ts")
    pages = {
        "/page.html": (
            "text/html",
            b'<!doctype html><title>Shop</title><script src="/page.js"></script>',
        ),
        "/page.js": ("text/javascript", script),
    }
    with django_db_blocker.unblock(), ExitStack() as stack:
        shop = make_shop(home)
        heard = Heard(shop, DoorProcess(home=home))
        heard.door.start()
        stack.callback(heard.door.kill)
        for name in ALL:
            source, key = create_source(name=name, staff=shop.staff, home=home, now=NOW)
            heard.sources[name], heard.keys[name] = source, key
            way = Flaky(door=heard.door.port, pages=pages if name == BROWSER else None)
            heard.ways[name] = stack.enter_context(way.open())
        told = [partial(tell_by_node, heard)]
        told += [partial(tell_by_python, heard, name) for name in PYTHON]
        threads = [Thread(target=one, daemon=True) for one in told]
        for thread in threads:
            thread.start()
        if CHROMIUM:
            tell_by_browser(heard)
        for thread in threads:
            thread.join(timeout=30)
        shop.load()
        yield heard


@pytest.mark.req("R017")
def test_no_sdk_has_anything_to_complain_of(heard: Heard) -> None:
    assert heard.problems == []
    assert IngestProblem.objects.count() == 0


@pytest.mark.req("R017")
@pytest.mark.parametrize("name", [*PYTHON, *NODE, BROWSER])
def test_every_call_is_stored_once_though_refused_first_and_sent_again(
    heard: Heard, name: str
) -> None:
    if name not in heard.ways:
        pytest.skip("Chromium is not on this machine")
    source, way = heard.sources[name], heard.ways[name]
    found = sum_days(days=IngestDay.objects.filter(source=source))
    kinds = Event.objects.filter(source=source).values_list("kind", flat=True)

    assert sorted(kinds) == KINDS
    assert way.lost == 1  # the answer to a batch that was kept, which so came again
    assert found["stored"] == EVERYTHING
    assert found["duplicate"] > 0
    assert found["rejected"] == found["quarantined"] == found["refused"] == 0


def test_what_all_sdks_say_of_one_person_is_one_customer_with_one_order(heard: Heard) -> None:
    [lan] = Customer.objects.all()
    [order] = Order.objects.all()

    assert (lan.full_name, lan.phone) == ("Nguyễn Thị Lan", "+84901234567")
    assert (order.order_number, order.net_amount) == ("O1", 125_000_000)  # pence
    assert lan.records.filter(kind="person").count() == len(ALL)


def test_a_wrong_key_is_told_to_the_sdk_in_its_own_words(heard: Heard) -> None:
    address = f"http://127.0.0.1:{heard.door.port}"
    client = segment.Client("nobody", host=address, sync_mode=True, max_retries=0)

    with pytest.raises(APIError) as told:
        client.track("lan-1", "E")

    assert (told.value.status, told.value.code) == (401, "invalid_write_key")
