"""A customer's rights on the pages: what they allowed, their archive, erasure."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from idic.core import clock, ids
from idic.core.jobs.worker import drain
from idic.core.models import Role
from idic.identify.models import Consent, Customer, Identifier
from idic.identify.services.consent import record_consent
from tests.cast import NOW, Shop, open_shop
from tests.interact import cast

pytestmark = [pytest.mark.django_db, pytest.mark.req("R155")]


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    shop = open_shop()
    lan = shop.add("Lan", email="lan@example.com")[0]
    record = shop.records["Lan"]
    Identifier.objects.create(
        record=record, type="email", value="lan@example.com", as_given="", created_at=NOW
    )
    record_consent(
        record_id=record.id,
        customer_id=lan.id,
        address="lan@example.com",
        channel="email",
        status="granted",  # type: ignore[arg-type]
        proof="signed at the till",
        wording_version="2026-11",
        now=NOW,
    )
    return shop


def client_of(role: Role) -> Client:
    client = Client()
    client.force_login(cast.hire(role))
    return client


def page_of(customer: Customer, what: str) -> str:
    return f"/customers/{ids.encode('customer', customer.id)}/{what}/"


def test_the_page_says_what_holds_by_which_word_and_a_refusal_holds_at_once(shop: Shop) -> None:
    client, lan = client_of(Role.CARE), shop.people["Lan"]
    page = client.get(page_of(lan, "consent")).content.decode()
    assert "Lan allows advertising by E-mail" in page
    assert "signed at the till" in page
    assert "wording 2026-11" in page

    said = {"address": "email:lan@example.com", "purpose": "marketing", "status": "denied"}
    answer = client.post(page_of(lan, "consent"), said, follow=True)

    assert "Lan has allowed no advertising" in answer.content.decode()
    assert list(Consent.objects.order_by("id").values_list("status", flat=True)) == [
        "granted",
        "denied",
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"proof": " "},
        {"address": "email:other@example.com"},
        {"address": "fax:lan@example.com"},
        {"purpose": "anything"},
        {"status": "unknown"},
    ],
)
def test_a_word_without_proof_address_or_purpose_is_not_taken(
    shop: Shop, changed: dict[str, str]
) -> None:
    said = {
        "address": "email:lan@example.com",
        "purpose": "marketing",
        "status": "granted",
        "proof": "by phone",
    }

    answer = client_of(Role.CARE).post(page_of(shop.people["Lan"], "consent"), said | changed)

    assert answer.status_code == 422
    assert Consent.objects.count() == 1


def test_who_may_only_read_writes_no_word_and_erases_nobody(shop: Shop) -> None:
    reader, lan = client_of(Role.READ_ONLY), shop.people["Lan"]
    said = {"address": "email:lan@example.com", "purpose": "marketing", "status": "denied"}

    assert reader.get(page_of(lan, "consent")).status_code == 200
    assert reader.post(page_of(lan, "consent"), said).status_code == 403
    assert reader.get(page_of(lan, "rights")).status_code == 403
    assert reader.post(page_of(lan, "archive")).status_code == 403
    marketer = client_of(Role.MARKETER)
    assert marketer.post(page_of(lan, "erase"), {"typed": "Lan"}).status_code == 403
    assert (Consent.objects.count(), Customer.objects.count()) == (1, 1)


def test_everything_stored_is_handed_over_and_erased_once_the_name_is_typed(
    shop: Shop, now: datetime
) -> None:
    owner, lan = client_of(Role.OWNER), shop.people["Lan"]
    archive = owner.post(page_of(lan, "archive"))
    assert archive["Content-Type"] == "application/zip"
    assert "Erase this person for good" in owner.get(page_of(lan, "rights")).content.decode()

    wrong = owner.post(page_of(lan, "erase"), {"typed": "Minh"})
    assert wrong.status_code == 422
    drain()
    assert Customer.objects.count() == 1

    owner.post(page_of(lan, "erase"), {"typed": "lan"})
    drain()

    assert Customer.objects.count() == 0
    answer = owner.post("/customers/new/", {"email": "lan@example.com"})
    assert answer.status_code == 422
    assert "How they agreed to being stored again" in answer.content.decode()
