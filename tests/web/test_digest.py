"""The morning mail: it says what Today says, to whom it is wanted, once, at their hour, in their
language; and it ends with one press.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from idic.channels.models import ChannelSetting
from idic.core import clock
from idic.core.models import AuditEntry, Business, Staff
from idic.differentiate.models import BusinessFigures
from idic.identify.models import Customer, Source
from idic.interact.models import Case, Message, Task
from idic.interact.services.cases import open_case
from idic.interact.services.tasks import create_task
from idic.measure.selectors import LatestSales, Period
from idic.web.digest import content, delivery
from idic.web.digest.delivery import send_due
from idic.web.digest.letter import write_letter
from idic.web.digest.sheet import off_word
from idic.web.digest.standing import first_morning
from idic.web.models import DigestMail
from idic.web.services import digest as journal
from tests.channels.sink import DROP_AFTER_DATA, LATER, REFUSE, Running, Sink
from tests.interact.mail import go_live

TODAY = date(2026, 11, 23)
SEVEN = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # seven in the morning in Hanoi
BASE = "https://shop.example"


@pytest.fixture(autouse=True)
def _set(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: SEVEN)
    settings.IDIC_PUBLIC_URL = BASE


@pytest.fixture
def an(staff: Callable[[str], Staff]) -> Staff:
    """Give the owner, who wants the mail."""
    owner = staff("owner")
    Staff.objects.filter(id=owner.id).update(digest_from=TODAY)
    owner.refresh_from_db()
    return owner


@pytest.fixture
def busy(an: Staff, add: Callable[..., Customer], business: Business) -> list[Customer]:
    """Fill the owner's day: a promise, a complaint, two who slip away, one of them newly."""
    promised = add("Phạm Thị Hứa", phone="+84912345678", expected_amount=3_000_000)
    create_task(
        text="Call about <rice>",
        kind="promise",
        due_date=TODAY,
        time_zone=business.time_zone,
        created_by=an,
        customer_id=promised.id,
        now=SEVEN - timedelta(days=3),
    )
    angry = add("Lê Văn Giận", phone="+84912345679", expected_amount=2_000_000)
    open_case(customer_id=angry.id, text="Broken eggs", now=SEVEN - timedelta(days=2))
    late = [
        add(
            name,
            phone="+84912345670",
            tier="at_risk",
            is_overdue=True,
            overdue_days=days,
            usual_gap_days=11.2,
            last_order_date=TODAY - timedelta(days=34),
            stake_amount=amount,
            winback_amount=amount,
        )
        for name, days, amount in (("Vũ Mới", 3, 5_000_000), ("Đỗ Cũ", 40, 4_000_000))
    ]
    BusinessFigures.objects.create(
        as_of_date=TODAY,
        computed_at=SEVEN,
        figures={"last_year_amount": 90_000_000, "late": {"count": 2, "stake_amount": 9_000_000}},
    )
    return [promised, angry, *late]


@pytest.fixture
def sink(business: Business) -> Iterator[Sink]:
    """Give a live mail server."""
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=SEVEN)
        yield sink


def written(staff: Staff, business: Business, **given: Any) -> Any:
    return write_letter(staff=staff, business=business, now=SEVEN, **given)


def names(html: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'/customers/cus_[^"]+"[^>]*>([^<]+)<', html)]


def amounts(html: str) -> list[str]:
    """Give what the rows stand for, on the page or in the mail."""
    found = re.findall(r'(?:<p class="value"><b>|class="ink" align="right"[^>]*>)([^<]*)<', html)
    return [unescape(amount) for amount in found if amount]


@pytest.mark.req("R055")
@pytest.mark.parametrize("role", ["owner", "sales", "care"])
def test_the_mail_names_whom_the_page_names_with_the_same_figures(
    role: str,
    busy: list[Customer],
    business: Business,
    staff: Callable[[str], Staff],
    as_role: Callable[[str], Client],
) -> None:
    page = as_role(role).get("/today/?open=-").content.decode()

    letter = written(staff(role), business)

    assert names(page)
    assert names(letter.html) == names(page)
    assert amounts(letter.html) == amounts(page)
    whys = re.findall(r'<p class="why">([^<]+)<', page)
    assert [why for why in whys if why not in letter.html] == []
    assert [why for why in whys if unescape(why) not in letter.text] == []
    assert [name for name in names(page) if name not in letter.text] == []


def test_the_owner_reads_who_slips_away_and_what_is_at_stake(
    busy: list[Customer], an: Staff, business: Business
) -> None:
    letter = written(an, business)

    assert letter.subject == "1 valuable customer begins to slip away"
    assert "New within a week: 1 person, longer away than is usual for them." in letter.text
    assert "- Vũ Mới: 34 days away, usually 11 days, ₫5m" in letter.text
    assert "2 valuable customers are slipping away with ₫9m." in letter.text
    assert "Call about &lt;rice&gt;" in letter.html


def test_only_who_leads_is_told_of_the_revenue(
    monkeypatch: pytest.MonkeyPatch,
    busy: list[Customer],
    an: Staff,
    staff: Callable[[str], Staff],
    business: Business,
) -> None:
    day = Period(TODAY - timedelta(days=1), TODAY - timedelta(days=1), 18_200_000, 14_000_000)
    week = Period(TODAY - timedelta(days=7), TODAY - timedelta(days=1), 90_000_000, 100_000_000)
    month = Period(TODAY.replace(day=1), TODAY - timedelta(days=1), 250_000_000, None)
    found = LatestSales(day=day, week=week, month=month)
    monkeypatch.setattr(content, "find_latest_sales", lambda *, as_of: found)

    letter = written(an, business)

    assert letter.subject.endswith(", ₫18.2m yesterday")
    assert "Yesterday: ₫18.2m – ₫4.2m (30%) more than last year's ₫14m" in letter.text
    assert "Last week: ₫90m – ₫10m (10%) less than last year's ₫100m" in letter.text
    assert "November 2026, up to 22 Nov: ₫250m – nothing known of last year yet" in letter.text
    assert "Yesterday" not in written(staff("sales"), business).text


def test_the_mail_fetches_and_runs_nothing(
    busy: list[Customer], an: Staff, business: Business
) -> None:
    html = written(an, business).html

    assert not re.search(r"<(?:script|img|link|iframe|form|object)|\bon\w+=|@import|url\(", html)
    targets = re.findall(r'(?:href|src)="([^"]+)"', html)
    assert {re.sub(r"^(tel:|https://shop\.example/).*", r"\1", one) for one in targets} == {
        "tel:",
        f"{BASE}/",
    }


@pytest.mark.parametrize(
    ("language", "subject"),
    [("vi", "1 khách quý sắp mất"), ("zh-hans", "1位重要客户快要流失"), ("", "1 valuable")],
)
def test_each_reads_it_in_their_own_language(
    busy: list[Customer], an: Staff, business: Business, language: str, subject: str
) -> None:
    an.language = language

    letter = written(an, business)

    assert letter.subject.startswith(subject)
    assert f'<html lang="{language or "en"}">' in letter.html


def test_figures_of_the_sample_shop_are_said_to_be_made_up(
    busy: list[Customer], an: Staff, business: Business
) -> None:
    Source.objects.create(key="demo", name="Demo", kind="demo", is_demo=True, created_at=SEVEN)
    Customer.objects.update(is_demo=True)

    letter = written(an, business)

    assert letter.subject.startswith("Sample shop: ")
    assert "The people are made up; do not call them." in letter.text
    assert "tel:" not in letter.html


# When, to whom, how often.


@pytest.mark.parametrize(
    ("moment", "hour", "sent"),
    [
        ("2026-11-22T23:55", 7, 0),
        ("2026-11-23T00:00", 7, 1),
        ("2026-11-23T04:59", 7, 1),  # the machine was off at the hour
        ("2026-11-23T05:00", 7, 0),  # twelve in Hanoi: no morning mail any more
        ("2026-11-23T00:00", 8, 0),
        ("2026-11-22T17:00", 0, 1),  # midnight in Hanoi: the day has begun there
        ("2026-11-21T00:00", 7, 0),  # before the first day
    ],
)
def test_it_comes_at_the_hour_by_the_clock_of_the_shop(
    sink: Sink,
    busy: list[Customer],
    an: Staff,
    business: Business,
    moment: str,
    hour: int,
    sent: int,
) -> None:
    Staff.objects.update(digest_hour=hour)

    assert send_due(business=business, now=datetime.fromisoformat(f"{moment}+00:00")) == sent
    assert len(sink.taken) == sent


def test_the_first_morning_is_today_while_the_hour_is_to_come() -> None:
    def first(hour: int) -> date:
        return first_morning(hour=hour, now=SEVEN, time_zone="Asia/Ho_Chi_Minh")

    assert (first(8), first(7)) == (TODAY, TODAY + timedelta(days=1))


@pytest.mark.req("R055")
def test_a_real_mail_server_gets_a_whole_mail_once_a_day(
    sink: Sink, busy: list[Customer], an: Staff, business: Business
) -> None:
    before = list(Customer.objects.order_by("id").values("summary__last_contact_at"))

    assert [send_due(business=business, now=SEVEN) for _ in range(3)] == [1, 0, 0]
    assert send_due(business=business, now=SEVEN + timedelta(days=1)) == 1

    mail = sink.taken[0]
    assert (mail["To"], mail["X-Test-Rcpt"]) == ("Owner <owner@shop.vn>", "owner@shop.vn")
    assert str(mail["Subject"]) == "1 valuable customer begins to slip away"
    assert parsedate_to_datetime(str(mail["Date"])) == SEVEN
    assert re.fullmatch(r"<digest\.20261123\.\d+@example\.com>", str(mail["Message-ID"]))
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = (body(mail, kind) for kind in ("plain", "html"))
    assert "Vũ Mới" in plain
    assert "Vũ Mới" in html
    # Nothing of it is a message to a customer.
    assert not Message.objects.exists()
    assert list(Customer.objects.order_by("id").values("summary__last_contact_at")) == before


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_mail(
    monkeypatch: pytest.MonkeyPatch,
    sink: Sink,
    busy: list[Customer],
    an: Staff,
    business: Business,
) -> None:
    together = threading.Barrier(2, timeout=20)
    found, sent = delivery.list_due, []

    def both_find(**given: Any) -> list[Staff]:
        people = found(**given)
        together.wait()
        return people

    def work() -> None:
        sent.append(send_due(business=business, now=SEVEN))
        connections.close_all()

    monkeypatch.setattr(delivery, "list_due", both_find)
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(sent) == [0, 1]
    assert len(sink.taken) == 1


def test_a_mail_in_hand_is_nobody_elses_until_its_lease_ends(an: Staff) -> None:
    def claim(minutes: int) -> DigestMail | None:
        later = SEVEN + timedelta(minutes=minutes)
        return journal.claim(staff_id=an.id, on_date=TODAY, now=later)

    slow, refused, next_one = claim(0), claim(4), claim(6)

    assert slow
    assert refused is None
    assert next_one
    assert not journal.begin_hand_over(mail=slow, now=SEVEN)
    assert journal.begin_hand_over(mail=next_one, now=SEVEN)
    assert claim(600) is None


def test_a_sender_killed_before_the_last_byte_is_made_good_and_after_it_never(
    sink: Sink, busy: list[Customer], an: Staff, business: Business
) -> None:
    held = journal.claim(staff_id=an.id, on_date=TODAY, now=SEVEN)
    assert held is not None
    assert send_due(business=business, now=SEVEN + timedelta(minutes=4)) == 0
    assert send_due(business=business, now=SEVEN + timedelta(minutes=6)) == 1
    assert not journal.begin_hand_over(mail=held, now=SEVEN)  # the dead one comes back late

    tomorrow, day = SEVEN + timedelta(days=1), TODAY + timedelta(days=1)
    held = journal.claim(staff_id=an.id, on_date=day, now=tomorrow)
    assert held is not None
    assert journal.begin_hand_over(mail=held, now=tomorrow)
    assert send_due(business=business, now=tomorrow + timedelta(hours=1)) == 0
    assert len(sink.taken) == 1


@pytest.mark.parametrize(
    ("plan", "state", "taken"),
    [
        ([LATER], "sent", 1),  # asked again ten minutes later
        ([REFUSE], "failed", 0),
        ([DROP_AFTER_DATA], "in_doubt", 1),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_the_server_says_decides_whether_it_is_tried_again(
    sink: Sink,
    busy: list[Customer],
    an: Staff,
    business: Business,
    plan: list[str],
    state: str,
    taken: int,
) -> None:
    sink.plan = lambda number: plan[number] if number < len(plan) else "accept"

    for minutes in (0, 5, 11, 60):
        send_due(business=business, now=SEVEN + timedelta(minutes=minutes))

    assert DigestMail.objects.get().state == state
    assert len(sink.taken) == taken


def test_nothing_is_sent_where_it_must_not(
    sink: Sink, busy: list[Customer], an: Staff, business: Business
) -> None:
    def sent() -> int:
        return send_due(business=business, now=SEVEN)

    ChannelSetting.objects.update(is_live=False)
    assert sent() == 0
    ChannelSetting.objects.update(is_live=True)
    Staff.objects.update(is_active=False)
    assert sent() == 0
    Staff.objects.update(is_active=True, email="owner@idic.local")
    assert sent() == 0
    Staff.objects.update(email="owner@shop.vn", digest_from=None)
    assert sent() == 0
    assert not DigestMail.objects.exists()

    Staff.objects.update(digest_from=TODAY)
    assert sent() == 1  # e-mail was switched on within the hours


def test_a_mail_switched_off_while_it_is_sent_is_withdrawn(
    sink: Sink, busy: list[Customer], an: Staff, business: Business
) -> None:
    held = journal.claim(staff_id=an.id, on_date=TODAY, now=SEVEN)
    Staff.objects.update(digest_from=None)

    assert held is not None
    assert not journal.begin_hand_over(mail=held, now=SEVEN)


# The switch, the door, the pages.


def test_one_press_on_today_switches_it_on_and_the_toast_takes_it_back(
    owner: Client, add: Callable[..., Customer]
) -> None:
    add("An")
    owner.cookies["idic_language"] = "vi"
    assert "Nhận trang này qua email mỗi sáng" in owner.get("/today/").content.decode()

    page = owner.post("/digest/switch/", {"act": "on", "to": "today"}, follow=True)

    held = Staff.objects.get()
    assert (held.digest_from, held.digest_hour) == (TODAY + timedelta(days=1), 7)
    assert held.language == "vi"
    said = page.content.decode()
    # It cannot leave yet: the settings say why, and what to do.
    assert page.redirect_chain[-1][0] == "/settings/#digest"
    assert "Chưa cài máy chủ thư" in said
    assert "Nhận trang này qua email mỗi sáng" not in owner.get("/today/").content.decode()
    undo = unescape(re.findall(r'action="(/digest/switch/\?[^"]+)"', said)[0])
    owner.post(undo)
    assert Staff.objects.get().digest_from is None


def test_nobody_else_is_offered_it_on_today_but_all_may_have_it(
    as_role: Callable[[str], Client], add: Callable[..., Customer]
) -> None:
    add("An")
    sales = as_role("sales")
    assert "/digest/switch/" not in sales.get("/today/").content.decode()

    sales.post("/digest/switch/", {"act": "on", "hour": "9"})

    held = Staff.objects.get(role="sales")
    assert (held.digest_from, held.digest_hour) == (TODAY, 9)
    assert sales.post("/digest/switch/", {"act": "on", "hour": "24"}).status_code == 404


def test_the_settings_say_what_is_in_the_way_and_the_next_step(
    owner: Client, as_role: Callable[[str], Client], an: Staff
) -> None:
    def says(client: Client) -> str:
        return client.get("/settings/").content.decode().split('id="digest"')[1]

    assert "No mail server is set up yet" in says(owner)
    assert 'href="/channels/">Set e-mail up</a>' in says(owner)
    assert "Ask the owner or a manager." in says(as_role("sales"))

    go_live(port=1, now=SEVEN)
    ChannelSetting.objects.update(is_live=False)
    assert "E-mail is in practice" in says(owner)
    ChannelSetting.objects.update(is_live=True)
    assert "note warn" not in says(owner)
    Staff.objects.filter(id=an.id).update(email="owner@idic.local")
    assert 'No mail arrives at owner@idic.local. <a href="/settings/#address">' in says(owner)


def test_an_address_of_ones_own_is_given_in_the_settings(
    owner: Client, staff: Callable[[str], Staff]
) -> None:
    staff("sales")
    taken = owner.post("/settings/address/", {"email": "SALES@shop.vn"})
    assert taken.status_code == 422
    assert "Somebody with this address works here already." in taken.content.decode()

    owner.post("/settings/address/", {"email": " An@Shop.vn "})

    assert Staff.objects.get(role="owner").email == "an@shop.vn"
    assert AuditEntry.objects.get(action="staff.email_set").detail == {"email": "an@shop.vn"}


def test_the_door_in_the_mail_ends_it_without_a_login(
    an: Staff, busy: list[Customer], business: Business
) -> None:
    stranger = Client(enforce_csrf_checks=True)
    door = written(an, business).off_url.removeprefix(BASE)

    assert "No more morning mail?" in stranger.get(door).content.decode()
    an.refresh_from_db()
    assert an.digest_from == TODAY  # scanners open pages

    done = stranger.post(door, {"List-Unsubscribe": "One-Click"})
    an.refresh_from_db()
    assert (done.status_code, an.digest_from) == (200, None)
    assert "You get no more morning mail" in done.content.decode()

    stranger.post(door, {"act": "on"})
    an.refresh_from_db()
    assert an.digest_from == TODAY + timedelta(days=1)
    forged = f"/digest/off/{off_word(staff_id=an.id)[:-1]}x/"
    assert stranger.post(forged).status_code == 404


def test_the_mail_stands_in_a_frame_in_which_nothing_runs(
    owner: Client, busy: list[Customer]
) -> None:
    page = owner.get("/digest/")
    frame = owner.get("/digest/mail/")

    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
    assert '<iframe class="mail digest-mail" src="/digest/mail/" sandbox="allow-top' in (
        page.content.decode()
    )
    policy = frame["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; ")
    assert "script" not in policy
    assert "frame-ancestors 'self'; sandbox allow-top" in policy
    assert 'href="http://testserver/today/' in frame.content.decode()
    assert Client().get("/digest/mail/").status_code == 302


def test_a_copy_at_once_goes_to_oneself_and_does_not_count_as_the_days(
    owner: Client, sink: Sink, busy: list[Customer], an: Staff, business: Business
) -> None:
    ChannelSetting.objects.update(is_live=False)  # as a test to oneself it needs no live channel

    page = owner.post("/digest/send/", follow=True).content.decode()

    assert "On its way to owner@shop.vn." in page
    assert [mail["X-Test-Rcpt"] for mail in sink.taken] == ["owner@shop.vn"]
    ChannelSetting.objects.update(is_live=True)
    assert send_due(business=business, now=SEVEN) == 1
    assert len(sink.count_by_id()) == 2


def test_a_copy_that_cannot_leave_says_why(owner: Client, busy: list[Customer]) -> None:
    page = owner.post("/digest/send/", follow=True).content.decode()

    assert "No mail server is set up yet, so nothing can leave this machine." in page
    assert re.search(r'<button class="btn primary" disabled>', page)


def test_a_full_morning_asks_no_more_than_a_small_one(
    an: Staff,
    busy: list[Customer],
    add: Callable[..., Customer],
    business: Business,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(25):
        person = add(f"Person {number}", phone="+84912345678", expected_amount=number)
        open_case(customer_id=person.id, text="x", now=SEVEN)

    with django_assert_max_num_queries(12):
        letter = written(an, business)

    assert len(set(names(letter.html))) == 20
    assert Task.objects.count() + Case.objects.count() == 27
