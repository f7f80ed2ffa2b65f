"""The unmodified SDKs of Segment and RudderStack against the door behind its real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rudderstack.analytics.client as rudderstack
import segment.analytics.client as segment
from segment.analytics.request import APIError

from idic.identify.models import Customer, Event, IngestProblem
from tests.identify.ingest.clients import DoorProcess
from tests.identify.ingest.shop import Shop, make_shop

pytestmark = pytest.mark.django_db

LAN = {"email": "Lan@Example.com", "name": "Nguyễn Thị Lan", "phone": "0901 234 567"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


@pytest.fixture
def address(shop: Shop) -> Iterator[str]:
    door = DoorProcess(home=shop.home)
    door.start()
    yield f"http://127.0.0.1:{door.port}"
    door.kill()


def tell_everything(client: Any, *, user: str) -> None:
    client.identify(user, LAN)
    client.track(user, "Order Completed", {"order_id": "O1", "total": 1_250_000})
    client.page(user, "Docs", "Home", {"url": "https://shop.vn/"})
    client.screen(user, "Main", "Cart")
    client.group(user, "acme", {"name": "Acme"})
    client.alias("anon-9", user)
    client.track(anonymous_id="anon-9", event="Product Viewed", properties={"name": "Sữa tươi"})


@pytest.mark.req("R017")
def test_python_sdks_are_heard_whole_and_have_nothing_to_send_again(
    shop: Shop, address: str
) -> None:
    errors: list[Exception] = []
    options = {"on_error": lambda error, batch: errors.append(error), "max_retries": 0}
    for make, user, is_packed in (
        (segment.Client, "segment-1", False),
        (segment.Client, "segment-2", True),
        (rudderstack.Client, "rudder-1", True),
    ):
        client = make(shop.key, host=address, gzip=is_packed, upload_interval=0.01, **options)
        tell_everything(client, user=user)
        client.join()

    assert errors == []
    assert shop.load() == 21
    assert shop.ledger()["stored"] == 21
    assert IngestProblem.objects.count() == 0
    lan = Customer.objects.filter(full_name="Nguyễn Thị Lan", phone="+84901234567")
    assert lan.count() == 3  # three numbers of one source: nobody is merged by a call
    assert Event.objects.filter(kind="Product Viewed").count() == 3


def test_a_wrong_key_is_told_to_the_sdk_in_its_own_words(shop: Shop, address: str) -> None:
    client = segment.Client("nobody", host=address, sync_mode=True, max_retries=0)

    with pytest.raises(APIError) as told:
        client.track("lan-1", "E")

    assert (told.value.status, told.value.code) == (401, "invalid_write_key")
