"""The pages of a mailbox: connecting one, what it brought, reading now, and letting it go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from idic.core import ids
from idic.core.jobs.worker import drain
from idic.identify.models import Event, Mailbox
from idic.identify.services import mailboxes
from idic.identify.services.mailboxes import MailboxForm
from tests.identify.ingest.shop import NOW, Shop, make_shop
from tests.identify.mailbox.imap import PASSWORD, PostOffice
from tests.identify.mailbox.mails import mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def alice(client: Client, shop: Shop) -> Client:
    client.force_login(shop.staff)
    return client


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with PostOffice().open() as office:
        yield office


def details(post: PostOffice, **more: str) -> dict[str, str]:
    return {
        "name": "Shop mail",
        "host": "127.0.0.1",
        "security": "none",
        "port": str(post.port),
        "user": "hello@shop.vn",
        "password": PASSWORD,
        "folder": "INBOX",
        "look_back": "30",
    } | more


def make_mailbox(shop: Shop, post: PostOffice) -> tuple[Mailbox, str]:
    given = details(post)
    del given["look_back"]
    form = MailboxForm(**given | {"port": post.port}, read_since=date(2026, 11, 1))  # type: ignore[arg-type]
    mailbox = mailboxes.connect(form=form, staff=shop.staff, now=NOW)
    return mailbox, ids.encode("source", mailbox.source_id)


@pytest.mark.req("R017")
def test_a_mailbox_is_connected_on_a_page_and_its_mails_stand_on_the_next(
    alice: Client, post: PostOffice, django_assert_max_num_queries: Any
) -> None:
    post.add(mail("Còn áo <b>cỡ L</b> không?", Subject="Áo"), mail(Precedence="bulk"))

    answer = alice.post(reverse("identify:mailbox_new"), details(post))
    drain()
    assert "The mailbox opens." in alice.get(answer["Location"]).content.decode()
    with django_assert_max_num_queries(10):
        page = alice.get(answer["Location"]).content.decode()

    assert answer.status_code == 302
    assert Event.objects.get().detail["subject"] == "Áo"
    assert "1 mail of customers has come in" in page
    assert "Còn áo &lt;b&gt;cỡ L&lt;/b&gt; không?" in page
    assert "Nguyễn Thị Lan" in page
    assert "Newsletters and mailing lists" in page
    assert PASSWORD not in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "no"}, "refused the user name or the password"),
        ({"folder": "Nowhere"}, "no such folder"),
        ({"port": "1"}, "does not answer"),
        ({"host": ""}, "This field is required"),
    ],
)
def test_what_does_not_open_is_said_on_the_form_and_kept_there(
    alice: Client, post: PostOffice, wrong: dict[str, str], said: str
) -> None:
    answer = alice.post(reverse("identify:mailbox_new"), details(post, **wrong))

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Mailbox.objects.exists()


def test_reading_now_changing_and_disconnecting_lead_back_to_its_page(
    alice: Client, shop: Shop, post: PostOffice
) -> None:
    mailbox, public = make_mailbox(shop, post)
    post.add(mail())
    edit = reverse("identify:mailbox_edit", args=[public])

    alice.post(reverse("identify:mailbox_read", args=[public]))
    drain()
    assert Event.objects.count() == 1
    assert PASSWORD not in alice.get(edit).content.decode()
    changed = details(post, password="", folder="INBOX.Care")
    assert alice.post(edit, changed).status_code == 302
    alice.post(reverse("identify:mailbox_disconnect", args=[public]))

    mailbox.refresh_from_db()
    assert (mailbox.folder, mailbox.is_on) == ("INBOX.Care", False)
    page = alice.get(reverse("identify:mailbox_detail", args=[public])).content.decode()
    assert "This mailbox is read no more" in page


def test_the_list_of_sources_leads_to_it(alice: Client, shop: Shop, post: PostOffice) -> None:
    _mailbox, public = make_mailbox(shop, post)

    page = alice.get(reverse("identify:source_list")).content.decode()

    assert reverse("identify:mailbox_detail", args=[public]) in page


def test_a_mailbox_that_is_none_is_not_found(alice: Client, shop: Shop) -> None:
    website = ids.encode("source", shop.source.id)

    for source in (website, "src_nothing", "x"):
        assert alice.get(reverse("identify:mailbox_detail", args=[source])).status_code == 404
