"""The pages of a website: connect it, see its key once, watch what comes, try again, revoke."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from idic.core import ids
from idic.core.models import Role, Staff
from idic.identify.ingest.keys import KeyRing
from idic.identify.ingest.words import _REASONS
from idic.identify.models import Event, IngestProblem, Source, WriteKey
from tests.identify.ingest.shop import Shop, make_shop, track

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(tmp_path: Path, settings: Any) -> Shop:
    settings.IDIC_HOME = tmp_path
    return make_shop(tmp_path)


@pytest.fixture
def alice(shop: Shop) -> Client:
    client = Client()
    client.force_login(shop.staff)
    return client


def address(source: Source) -> str:
    return f"/sources/{ids.encode('source', source.id)}/"


def opens(home: Path, key: str) -> int | None:
    ring = KeyRing(home)
    ring.look()
    return ring.find(key)


@pytest.mark.req("R017")
def test_a_website_is_connected_and_shows_its_key_once(shop: Shop, alice: Client) -> None:
    answer = alice.post("/sources/new/", {"name": " Web  shop "})

    source = Source.objects.get(name="Web shop")
    assert answer.headers["Location"] == address(source)
    first = alice.get(address(source)).content.decode()
    key = first.split('id="write-key" value="')[1].split('"')[0]
    assert opens(shop.home, key) == source.id
    assert first.count(key) > 5  # in each text to copy
    again = alice.get(address(source)).content.decode()
    assert key not in again
    assert "YOUR_WRITE_KEY" in again
    assert key not in str(list(WriteKey.objects.values()))


@pytest.mark.parametrize("name", ["", " ", "website", "x" * 121])
def test_a_website_needs_a_name_of_its_own(shop: Shop, alice: Client, name: str) -> None:
    assert alice.post("/sources/new/", {"name": name}).status_code == 422
    assert Source.objects.count() == 1


def test_a_key_takes_the_place_of_another_and_the_old_one_is_revoked(
    shop: Shop, alice: Client
) -> None:
    alice.post(f"{address(shop.source)}keys/new/")
    old = WriteKey.objects.earliest("id")
    assert opens(shop.home, shop.key) == shop.source.id

    alice.post(f"{address(shop.source)}keys/{old.id}/revoke/")

    assert opens(shop.home, shop.key) is None
    assert shop.post("/v1/t", track()).status == 401
    assert WriteKey.objects.filter(revoked_at=None).count() == 1


def test_the_page_shows_what_came_and_why_something_did_not(shop: Shop, alice: Client) -> None:
    assert "Waiting for the first call" in alice.get(address(shop.source)).content.decode()
    shop.send(track("Basket <b>"), {"type": "track", "event": "E"})
    shop.load()

    page = alice.get(address(shop.source)).content.decode()

    assert "1 call was not stored" in page
    assert "Basket &lt;b&gt;" in page
    assert "Customer lan-1" in page
    assert "It says neither userId nor anonymousId" in page
    only = alice.get(address(shop.source) + "?show=problems").content.decode()
    assert "Basket" not in only
    part = alice.get(address(shop.source), headers={"HX-Request": "true", "HX-Target": "live"})
    assert part.content.decode().startswith('<div id="live"')
    assert '<span id="heading" hx-swap-oob="true">1 call was not' in part.content.decode()
    assert "Website or app · 2 calls" in alice.get("/sources/").content.decode()


def test_a_call_is_tried_again_from_the_page(shop: Shop, alice: Client) -> None:
    shop.send(track(timestamp="2099-01-01T00:00:00Z"))
    shop.load()

    answer = alice.post(
        f"{address(shop.source)}retry/", {"problem": str(IngestProblem.objects.get().id)}
    )
    shop.load()

    assert answer.headers["Location"] == f"{address(shop.source)}#live"
    assert Event.objects.count() == 1
    assert "none is missing" in alice.get(address(shop.source)).content.decode()


def test_who_may_not_change_settings_sees_and_changes_nothing(shop: Shop) -> None:
    bob = Staff.objects.create(email="bob@shop.vn", display_name="Bob", role=Role.CARE)
    client = Client()
    client.force_login(bob)
    key = WriteKey.objects.get()

    assert "Make another key" not in client.get(address(shop.source)).content.decode()
    for path in ("keys/new/", f"keys/{key.id}/revoke/", "retry/"):
        assert client.post(address(shop.source) + path).status_code == 403
    assert client.get("/sources/new/").status_code == 403
    assert WriteKey.objects.filter(revoked_at=None).count() == 1


def test_pages_of_other_sources_are_not_there(shop: Shop, alice: Client) -> None:
    till = Source.objects.create(
        key="till", name="Till", kind="till", created_at=shop.source.created_at
    )

    assert alice.get(address(till)).status_code == 404
    assert alice.get("/sources/src_0/").status_code == 404


@pytest.mark.parametrize("language", ["vi", "zh-hans"])
def test_every_reason_is_said_in_every_language(language: str) -> None:
    english = {code: str(words) for code, words in _REASONS.items()}
    with translation.override(language):
        assert [code for code, words in _REASONS.items() if str(words) == english[code]] == []


def test_the_page_asks_as_little_for_many_calls_as_for_few(
    shop: Shop, alice: Client, django_assert_max_num_queries: Any
) -> None:
    shop.send(*(track(userId=f"u-{n}") for n in range(40)), {"type": "track", "event": "E"})
    shop.load()

    with django_assert_max_num_queries(10):
        alice.get(address(shop.source))
    with django_assert_max_num_queries(10):
        alice.get("/sources/")
