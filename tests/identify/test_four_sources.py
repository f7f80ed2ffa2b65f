"""One customer who writes, browses, orders, pays at the till and signs up on a form: every system
tells of her live, and she is one profile that names all of them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from idic.core import clock, ids
from idic.core.selectors import get_business
from idic.identify.models import Customer, Event, Mailbox, Order, Pull
from idic.identify.pulling.kiotviet import Client
from idic.identify.selectors import list_sources
from idic.identify.services import mailboxes
from idic.identify.services.ingest import pulling
from tests.cast import Shop as Cast
from tests.cast import browser_of
from tests.identify.forms.cast import Paper
from tests.identify.ingest import vectors
from tests.identify.ingest.hook_shop import connect
from tests.identify.ingest.kiotviet_server import KiotViet, invoice
from tests.identify.ingest.shop import NOW, Shop, make_shop
from tests.identify.mailbox.imap import PASSWORD, PostOffice
from tests.identify.mailbox.mails import mail

pytestmark = [pytest.mark.django_db, pytest.mark.req("R020", "R008")]
PHONE, ADDRESS = "0987654321", "ha@example.com"


@pytest.fixture
def shop(tmp_path: Path, settings: Any) -> Shop:
    settings.IDIC_HOME = tmp_path
    return make_shop(tmp_path)


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with PostOffice().open() as office:
        yield office


def browse(shop: Shop) -> None:
    shop.send(
        {"type": "page", "messageId": "1", "anonymousId": "a-device"},
        {
            "type": "identify", "messageId": "2", "anonymousId": "a-device", "userId": "web-7",
            "traits": {"name": "Thu Hà", "email": ADDRESS, "phone": PHONE},
        },
    )  # fmt: skip
    shop.load()


def write_mail(shop: Shop, post: PostOffice) -> Mailbox:
    form = mailboxes.MailboxForm(
        name="Shop mail", host="127.0.0.1", port=post.port, security="none",
        user="hello@shop.vn", password=PASSWORD, folder="INBOX", read_since=date(2026, 10, 1),
    )  # fmt: skip
    mailbox = mailboxes.connect(form=form, staff=shop.staff, now=NOW)
    post.add(mail("Còn áo cỡ L không?", From=f"Phạm Thu Hà <{ADDRESS.upper()}>"))
    mailboxes.read_mailbox(mailbox_id=mailbox.id, business=get_business(), now=NOW)
    return mailbox


def order_online(shop: Shop) -> None:
    said: dict[str, Any] = copy.deepcopy(vectors.SHOPIFY_ORDER)
    said |= {"email": ADDRESS, "contact_email": ADDRESS}
    said["customer"] |= {"email": ADDRESS, "first_name": "Hà", "last_name": "Phạm"}
    system = connect(shop, "shopify")
    assert system.send(said, "orders/create").status == 200
    shop.load()


def pay_at_the_till(shop: Shop) -> Pull:
    system = connect(shop, "kiotviet")
    pull = pulling.connect(
        source=system.source, staff=shop.staff, home=shop.home, now=NOW,
        retailer="tiemtra", client_id="id", secret="client-secret",
    )  # fmt: skip
    at = "2026-11-20T09:00:00.0000000"
    hers = {"code": "KH45", "name": "Phạm Thu Hà", "contactNumber": PHONE, "modifiedDate": at}
    with KiotViet() as server:
        server.rows["customers"] = [{"id": 45, **hers}]
        server.rows["invoices"] = [invoice(1, customerCode="KH45", customerName="Phạm Thu Hà")]
        client = Client(
            "tiemtra", "id", "client-secret", server.address, server.address,
            sleep=lambda _seconds: None,
        )  # fmt: skip
        pulling.run_round(
            pull=pull, client=client, home=shop.home, now=NOW, progress=lambda _done, _label: None
        )
    shop.load()
    return pull


def test_who_comes_by_every_door_is_one_profile_that_names_them_all(
    shop: Shop, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    browse(shop)
    mailbox = write_mail(shop, post)
    order_online(shop)
    pull = pay_at_the_till(shop)
    paper = Paper(Cast(business=get_business(), till=shop.source), monkeypatch)
    paper.send(name="Phạm Thu Hà", phone=PHONE, email=ADDRESS)

    [customer] = Customer.objects.all()
    known_by = set(customer.records.values_list("source__kind", flat=True))
    assert known_by == {"sdk", "mailbox", "shop_system", "form"}
    assert set(customer.records.filter(kind="person").values_list("source__name", flat=True)) == {
        shop.source.name, "Shop mail", "shopify shop", "kiotviet shop", "Membership",
    }  # fmt: skip
    assert Order.objects.filter(record__customer=customer).count() == 2
    kinds = set(Event.objects.filter(record__customer=customer).values_list("kind", flat=True))
    assert {"email", "form_submitted"} <= kinds

    listed = {one.source.name: one for one in list_sources() if one.records}
    assert len(listed) == 5
    assert all((one.customers, one.matched == one.records) == (1, True) for one in listed.values())
    assert all(one.received_at is not None for one in listed.values())
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))
    alice = browser_of("Alice")
    page = alice.get("/sources/").content.decode()
    for name, one in listed.items():
        assert f'class="name" href="/{_door(one)}' in page, name
    profile = alice.get(f"/customers/{ids.encode('customer', customer.id)}/").content.decode()
    assert [name for name in listed if name not in profile] == []

    assert 'data-tone="bad"' not in page
    Mailbox.objects.filter(id=mailbox.id).update(problem="login")
    Pull.objects.filter(id=pull.id).update(problem="wrong_secret")
    broken = alice.get("/sources/").content.decode()
    assert len(broken) > len(page)
    assert [bool(one.trouble) for one in list_sources() if one.source.kind == "mailbox"] == [True]


def _door(one: Any) -> str:
    if one.form_page:
        return f"forms/{one.form_page}/"
    room = "mailboxes" if one.source.kind == "mailbox" else "sources"
    return f"{room}/{one.public_id}/"
