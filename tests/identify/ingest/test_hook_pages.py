"""The pages of a shop system: connect it, its address and secret, close it, have it asked."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from idic.core import ids
from idic.core.models import Job, Role, Staff
from idic.identify.ingest.hooks.senders import SENDERS
from idic.identify.ingest.hooks.steps import list_steps
from idic.identify.ingest.words import _PROBLEMS
from idic.identify.models import Pull, Source, Webhook
from idic.identify.services.ingest import hooks, pulling
from idic.identify.views import webhooks
from tests.identify.ingest.hook_shop import HookShop, connect
from tests.identify.ingest.shop import NOW, Shop, make_shop
from tests.identify.ingest.vectors import SHOPIFY_ORDER

pytestmark = pytest.mark.django_db
ACCESS = {"act": "connect", "retailer": "tiemtra", "client_id": "id", "secret": "hush-hush"}


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


def page(client: Client, source: Source) -> str:
    return client.get(address(source)).content.decode()


@pytest.mark.parametrize("sender", SENDERS)
def test_a_system_is_connected_under_its_own_name(shop: Shop, alice: Client, sender: str) -> None:
    answer = alice.post("/sources/new/", {"system": sender, "name": ""})

    hook = Webhook.objects.select_related("source").get()
    assert answer.headers["Location"] == address(hook.source)
    assert hook.source.name == SENDERS[sender].name
    first = page(alice, hook.source)
    assert f"/hooks/{hook.token}" in first
    assert "needs a public HTTPS address" in first
    assert [step for step in list_steps(sender) if step not in html.unescape(first)] == []
    secret = hooks.read_secret(hook=hook, home=shop.home)
    if secret:  # one of ours: shown once
        assert f'value="{secret}"' in first
        again = page(alice, hook.source)
        assert secret not in again
        assert f"ending in {secret[-4:]}" in again
    else:
        assert "Nothing is taken until" in first


def test_the_secret_of_a_system_is_entered_and_never_shown(shop: Shop, alice: Client) -> None:
    hook = hooks.create_webhook(
        name="Shopify", sender="shopify", staff=shop.staff, home=shop.home, now=NOW
    )
    system = HookShop(shop, hook)

    alice.post(f"{address(hook.source)}secret/", {"secret": " shpss_1234 "})

    assert system.secret == "shpss_1234"
    shown = page(alice, hook.source)
    assert "shpss_1234" not in shown
    assert "ending in 1234" in shown
    assert system.send(SHOPIFY_ORDER, "orders/create").status == 200
    shop.load()
    assert "1 call has come in" in page(alice, hook.source)
    alice.post(f"{address(hook.source)}secret/", {"secret": "\n"})
    assert system.secret == "shpss_1234"


def test_what_was_turned_away_says_why(shop: Shop, alice: Client) -> None:
    system = connect(shop, "shopify")
    system.send(SHOPIFY_ORDER, "orders/create", secret="other")
    system.post(b"{}")
    shop.load()

    shown = page(alice, system.source)

    assert "It was not signed with the secret entered here" in shown
    assert "It was not signed at all" in shown
    assert "jon@example.com" not in shown


def test_a_secret_is_renewed_and_the_one_before_ended(shop: Shop, alice: Client) -> None:
    system = connect(shop, "woocommerce")
    before = system.secret

    alice.post(f"{address(system.source)}secret/")
    assert system.secret != before
    assert system.secret in page(alice, system.source)
    assert "still counts" in page(alice, system.source)
    alice.post(f"{address(system.source)}secret/", {"act": "end_former"})

    assert "still counts" not in page(alice, system.source)
    assert hooks.count_secrets(hook=system.hook, home=shop.home) == 1


def test_the_address_is_closed_and_opened(shop: Shop, alice: Client) -> None:
    system = connect(shop, "shopify")

    alice.post(f"{address(system.source)}switch/", {"act": "close"})
    assert system.send(SHOPIFY_ORDER, "orders/create").status == 401
    assert "The address is closed" in page(alice, system.source)
    alice.post(f"{address(system.source)}switch/", {"act": "open"})

    assert system.send(SHOPIFY_ORDER, "orders/create").status == 200


@pytest.mark.parametrize(
    ("said", "expected"),
    [("", "leads here"), ("nobody answered.", "does not lead here: nobody answered.")],
)
def test_the_public_address_can_be_checked(
    shop: Shop, alice: Client, settings: Any, monkeypatch: Any, said: str, expected: str
) -> None:
    settings.IDIC_PUBLIC_URL = "https://crm.shop.vn"
    system = connect(shop, "shopify")
    assert "Check the address" in page(alice, system.source)
    asked: list[str] = []
    monkeypatch.setattr(webhooks, "_ask", lambda at, _word: asked.append(at) or said)

    answer = alice.post(f"{address(system.source)}check/", follow=True)

    assert expected in answer.content.decode()
    assert asked[0].startswith(f"https://crm.shop.vn/hooks/{system.hook.token}?hub.verify_token=")


def test_nobody_asks_an_address_without_https() -> None:
    assert webhooks._ask("http://127.0.0.1:1/", "w") == "it does not begin with https://."
    assert webhooks._ask("https://127.0.0.1:1/", "w") == "nobody answered."


def test_kiotviet_is_connected_asked_and_disconnected(shop: Shop, alice: Client) -> None:
    source = connect(shop, "kiotviet").source
    assert "Connect and fetch" in page(alice, source)

    alice.post(f"{address(source)}pull/", ACCESS)
    pull = Pull.objects.get()
    file = pulling.secret_file(home=shop.home, source=source)
    assert file.read_text() == "hush-hush"
    assert Job.objects.filter(unique_key=f"identify.pull:{pull.id}").count() == 1
    shown = page(alice, source)
    assert "tiemtra" in shown
    assert "hush-hush" not in shown
    assert "is being fetched" in shown
    live = alice.get(address(source), headers={"HX-Request": "true", "HX-Target": "live"})
    assert '<div class="came-in" id="pull-figures" hx-swap-oob="true">' in live.content.decode()

    Pull.objects.update(problem="too_often", resume_at=NOW)
    assert "KiotViet wants to be asked less often" in page(alice, source)
    alice.post(f"{address(source)}pull/", {"act": "now"})
    assert Job.objects.filter(unique_key=f"identify.pull:{pull.id}").count() == 1

    alice.post(f"{address(source)}pull/", {"act": "disconnect"})
    assert not file.exists()
    assert "Connect and fetch" in page(alice, source)
    alice.post(f"{address(source)}pull/", {**ACCESS, "secret": ""})
    assert Pull.objects.get().is_off


def test_who_may_not_change_settings_changes_nothing(shop: Shop) -> None:
    system = connect(shop, "kiotviet")
    bob = Staff.objects.create(email="bob@shop.vn", display_name="Bob", role=Role.CARE)
    client = Client()
    client.force_login(bob)

    assert "Make another secret" not in page(client, system.source)
    for path in ("secret/", "switch/", "check/", "pull/"):
        assert client.post(address(system.source) + path).status_code == 403
    # A website has no such thing.
    alice = Client()
    alice.force_login(shop.staff)
    for path in ("secret/", "switch/", "check/", "pull/"):
        assert alice.post(address(shop.source) + path).status_code == 404


@pytest.mark.parametrize("language", ["vi", "zh-hans"])
def test_steps_and_problems_are_said_in_every_language(language: str) -> None:
    english = {one: list_steps(one) for one in SENDERS}, {n: str(w) for n, w in _PROBLEMS.items()}
    with translation.override(language):
        assert [one for one in SENDERS if set(list_steps(one)) & set(english[0][one])] == []
        assert [name for name, words in _PROBLEMS.items() if str(words) == english[1][name]] == []
