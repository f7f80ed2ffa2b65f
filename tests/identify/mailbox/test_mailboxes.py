"""A mailbox as a source: what comes in becomes people and lines of their timelines, once, wherever
reading was broken off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from idic.channels import secret
from idic.core.models import Business
from idic.core.selectors import get_business
from idic.identify.events import MailBounced, MailReceived
from idic.identify.mailbox.server import MailProblem
from idic.identify.models import Customer, Event, IngestDay, Mailbox, SourceRecord
from idic.identify.services import mailboxes
from idic.identify.services.ingest.ledger import sum_days
from idic.identify.services.mailboxes import MailboxForm, WrongMailbox
from idic.identify.services.privacy import erase_person
from tests.cast import Shop as Cast
from tests.identify.forms.cast import Paper
from tests.identify.ingest.shop import NOW, Shop, make_shop, track
from tests.identify.mailbox.imap import PASSWORD, PostOffice
from tests.identify.mailbox.mails import bounce, mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with PostOffice().open() as office:
        yield office


@pytest.fixture
def mailbox(shop: Shop, post: PostOffice) -> Mailbox:
    return mailboxes.connect(form=form_of(post), staff=shop.staff, now=NOW)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    events: list[object] = []
    monkeypatch.setattr(mailboxes, "publish", lambda *, event: events.append(event))
    return events


def form_of(post: PostOffice, **more: str) -> MailboxForm:
    form = MailboxForm(
        name="Shop mail",
        host="127.0.0.1",
        port=post.port,
        security="none",
        user="hello@shop.vn",
        password=PASSWORD,
        folder="INBOX",
        read_since=date(2026, 10, 1),
    )
    return replace(form, **more)


def read(mailbox: Mailbox) -> int:
    business: Business = get_business()
    count = mailboxes.read_mailbox(mailbox_id=mailbox.id, business=business, now=NOW)
    mailbox.refresh_from_db()
    return count


@pytest.mark.req("R017")
def test_a_letter_becomes_a_person_and_a_line_of_their_timeline(
    mailbox: Mailbox, post: PostOffice, told: list[object]
) -> None:
    post.add(mail(In_Reply_To="<ours-1@shop.vn>"), mail("Còn áo cỡ L không?", Subject="Áo"))

    assert read(mailbox) == 2

    [lan] = Customer.objects.all()
    assert (lan.full_name, lan.email) == ("Nguyễn Thị Lan", "lan@example.com")
    [record] = SourceRecord.objects.all()
    assert (record.source, record.source_key) == (mailbox.source, "email:lan@example.com")
    events = list(Event.objects.filter(record=record).order_by("id"))
    assert [one.detail["subject"] for one in events] == ["Hỏi giờ mở cửa", "Áo"]
    assert events[1].detail["text"] == "Còn áo cỡ L không?"
    assert {one.kind for one in events} == {"email"}
    assert told == [MailReceived(event_ids=tuple(one.id for one in events))]
    day = IngestDay.objects.get(source=mailbox.source)
    assert (day.accepted, day.stored) == (2, 2)


def test_who_is_known_by_their_address_stays_one_customer(
    shop: Shop, mailbox: Mailbox, post: PostOffice
) -> None:
    shop.send({"type": "identify", "userId": "7", "traits": {"email": "lan@example.com"}}, track())
    shop.load()
    before = Customer.objects.get(records__source_key="7")
    post.add(mail())

    read(mailbox)

    assert Event.objects.get(kind="email").record.customer == before  # type: ignore[union-attr]


def test_what_nobody_wrote_is_counted_and_left_out(
    mailbox: Mailbox, post: PostOffice, told: list[object]
) -> None:
    post.add(mail(Auto_Submitted="auto-replied"), mail(List_Id="<news>"), b"", bounce())
    post.add(mail(From="alice@shop.vn"))  # a colleague

    assert read(mailbox) == 0

    assert mailbox.left_out == {"automatic": 1, "list": 1, "nobody": 1, "bounce": 1, "own": 1}
    assert mailbox.last_uid == 5
    assert told == [MailBounced(status="5.1.1", references=("<ours-1@shop.vn>",))]
    assert not Event.objects.exists()


def test_only_what_is_new_is_fetched(mailbox: Mailbox, post: PostOffice) -> None:
    post.add(mail(), mail())
    read(mailbox)
    post.add(mail())

    assert [read(mailbox), read(mailbox)] == [1, 0]
    assert post.fetched == [1, 2, 3]


def test_the_same_letter_is_stored_once_however_the_server_numbers_it(
    mailbox: Mailbox, post: PostOffice, told: list[object]
) -> None:
    post.add(mail(Message_ID="<same@x.vn>"), mail(Message_ID="<same@x.vn>"))
    assert read(mailbox) == 1
    post.uid_validity += 1  # restored from a backup: every number may mean another mail
    post.add(mail())

    assert read(mailbox) == 1

    assert Event.objects.count() == 2
    assert (mailbox.uid_validity, mailbox.last_uid) == (8, 3)
    assert post.fetched == [1, 2, 1, 2, 3]
    assert len(told) == 2


def test_reading_goes_on_where_the_line_dropped(mailbox: Mailbox, post: PostOffice) -> None:
    post.add(*[mail() for _ in range(60)])
    post.cut_after = 40

    assert read(mailbox) == 25
    assert (mailbox.problem, mailbox.last_uid) == ("unreachable", 25)

    post.cut_after = 10**9
    assert read(mailbox) == 35
    assert (mailbox.problem, Event.objects.count()) == ("", 60)
    assert IngestDay.objects.get(source=mailbox.source).duplicate == 0


def test_a_letter_that_cannot_be_stored_holds_up_no_other(
    mailbox: Mailbox, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = mailboxes.load

    def fail(**told: object) -> float:
        if any("bad" in one.meaning.detail["subject"] for one in told["arrivals"]):  # type: ignore
            raise ValueError("nobody foresaw this")
        return load(**told)  # type: ignore[arg-type]

    monkeypatch.setattr(mailboxes, "load", fail)
    post.add(mail(), mail(Subject="bad"), mail())

    assert read(mailbox) == 2
    assert (mailbox.left_out, mailbox.last_uid) == ({"unreadable": 1}, 3)


def test_a_wrong_password_or_folder_is_said_before_anything_is_made(
    shop: Shop, post: PostOffice
) -> None:
    for form, code in (
        (form_of(post, password="wrong"), "login"),
        (form_of(post, folder="Nowhere"), "folder"),
        (replace(form_of(post), port=1), "unreachable"),
        (form_of(post, security="tls"), "security"),
    ):
        with pytest.raises(MailProblem) as problem:
            mailboxes.connect(form=form, staff=shop.staff, now=NOW)
        assert problem.value.code == code
    with pytest.raises(WrongMailbox):
        mailboxes.connect(form=form_of(post, name="website"), staff=shop.staff, now=NOW)
    assert not Mailbox.objects.exists()


def test_the_password_lies_in_no_table_and_goes_with_the_connection(
    shop: Shop, mailbox: Mailbox, post: PostOffice
) -> None:
    assert mailboxes.account_of(mailbox=mailbox).password == PASSWORD
    assert PASSWORD not in str(vars(mailbox))

    mailboxes.disconnect(mailbox=mailbox, staff=shop.staff, now=NOW)
    post.add(mail())

    assert secret.read(channel=f"mailbox_{mailbox.id}") == ""
    assert read(mailbox) == 0


def test_another_folder_is_read_from_its_beginning_with_the_password_kept(
    shop: Shop, mailbox: Mailbox, post: PostOffice
) -> None:
    post.add(mail())
    read(mailbox)
    form = form_of(post, password="", folder="INBOX.Shop")

    mailboxes.change(mailbox=mailbox, form=form, staff=shop.staff, now=NOW)
    mailbox.refresh_from_db()

    assert (mailbox.last_uid, mailbox.folder) == (0, "INBOX.Shop")
    assert read(mailbox) == 0  # the same letter, known by its Message-ID
    assert Event.objects.count() == 1


@pytest.mark.req("R017")
def test_old_mail_fetched_again_brings_nobody_back_and_who_comes_back_begins_anew(
    shop: Shop, mailbox: Mailbox, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.add(mail("Old", Date="Mon, 23 Nov 2026 08:00:00 +0700"))
    read(mailbox)
    erased_at = NOW + timedelta(hours=1)
    erase_person(customer_id=Customer.objects.get().id, actor="a", now=erased_at)

    post.uid_validity += 1  # the server numbers its mails anew: all of them are fetched again
    assert read(mailbox) == 0
    post.add(mail("Meanwhile", Date="Mon, 23 Nov 2026 17:30:00 +0700"))
    assert read(mailbox) == 0
    assert (Customer.objects.count(), Event.objects.count()) == (0, 0)
    assert SourceRecord.objects.count() == 0
    totals = sum_days(days=IngestDay.objects.all())
    assert (totals["accepted"], totals["stored"], totals["rejected"]) == (3, 1, 2)

    paper = Paper(Cast(business=get_business(), till=shop.source), monkeypatch)
    paper.now = erased_at + timedelta(days=1)
    paper.send(name="Lan", phone="0912345678", email="lan@example.com", agree_email="1")
    lan = Customer.objects.get()
    post.uid_validity += 1
    post.add(mail("New", Date="Wed, 25 Nov 2026 08:00:00 +0700"))
    business = get_business()
    mailboxes.read_mailbox(
        mailbox_id=mailbox.id, business=business, now=erased_at + timedelta(days=2)
    )

    mails = Event.objects.filter(kind="email", record__customer=lan).order_by("occurred_at")
    assert [one.detail["text"] for one in mails] == ["Meanwhile", "New"]  # nothing from before
