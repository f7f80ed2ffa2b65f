"""What comes in by a form: one customer, their answers, who agreed to what, and the ledger."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from idic.core import ids
from idic.identify.models import (
    Asking,
    Consent,
    ConsentStatus,
    ConsentWording,
    Customer,
    Event,
    FormSubmission,
    HeldSubmission,
    Identifier,
    IngestDay,
    LifecycleStage,
    Source,
    SourceRecord,
    Trait,
)
from idic.identify.services.consent import record_consent
from idic.identify.services.customers import edit_customer
from idic.identify.services.forms.building import change_form, set_open, word_consent
from idic.identify.services.forms.links import create_link, revoke_links
from idic.identify.services.forms.reviewing import accept, discard, discard_old
from idic.identify.services.privacy import erase_person
from tests.cast import NOW, Shop, hire, open_shop

from .cast import THANKS, Paper

pytestmark = [pytest.mark.django_db, pytest.mark.req("R021")]
LAN = {"name": "Lan Anh", "phone": "0912 345 678", "email": "Lan@Example.com"}


@pytest.fixture
def shop() -> Shop:
    return open_shop(language="vi")


@pytest.fixture
def paper(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Paper:
    return Paper(shop, monkeypatch)


def ledger() -> dict[str, int]:
    columns = ("accepted", "stored", "duplicate", "rejected", "quarantined")
    return IngestDay.objects.aggregate(**{name: Sum(name) for name in columns})


def known(shop: Shop) -> Customer:
    """A customer the shop has: the number that Lan writes."""
    shop.add("Lan")
    edit_customer(
        customer_id=shop.people["Lan"].id,
        changes={"phone": "0912345678", "city": "Huế"},
        actor="bob@example.com",
        country="VN",
        now=NOW,
    )
    return Customer.objects.get(id=shop.people["Lan"].id)


@pytest.mark.req("R001")
def test_a_stranger_becomes_a_customer_with_what_they_said_and_where_it_came_from(
    paper: Paper,
) -> None:
    answer = paper.send(**LAN, city="Đà Nẵng", birth_date="02/03/1990", agree_email="1")

    assert answer.status_code == THANKS
    customer = Customer.objects.get()
    assert (customer.full_name, customer.phone) == ("Lan Anh", "+84912345678")
    assert (customer.email, customer.city) == ("lan@example.com", "Đà Nẵng")
    assert (str(customer.birth_date), customer.lifecycle_stage) == (
        "1990-03-02",
        LifecycleStage.PROSPECT,
    )
    record = SourceRecord.objects.get(customer=customer)
    assert (record.source, record.source_key) == (paper.form.source, "phone:+84912345678")
    assert Event.objects.get(record=record).kind == "form_submitted"
    assert set(Identifier.objects.values_list("type", flat=True)) == {"phone", "email"}
    assert not Trait.objects.exclude(verified_at=None).exists()
    assert ledger() == {
        "accepted": 1, "stored": 1, "duplicate": 0, "rejected": 0, "quarantined": 0,
    }  # fmt: skip


def test_who_agreed_saw_this_wording_and_an_empty_box_says_nothing(paper: Paper) -> None:
    box = paper.field("consent", channel="email")
    word = paper.open()[1]
    word_consent(
        form_id=paper.form.id, field_id=box.id, texts={"vi": "Lời mới"}, staff=hire("Bob"), now=NOW
    )

    paper.send(word=word, **LAN, agree_email="1")

    consent = Consent.objects.get()
    first = ConsentWording.objects.get(field=box, version=1)
    assert (consent.address, consent.channel, consent.status) == (
        "lan@example.com", "email", ConsentStatus.GRANTED,
    )  # fmt: skip
    assert consent.wording_version == f"{first.id} v1 vi"
    assert consent.proof.startswith("form Membership, sub_")
    assert [one.version for one in ConsentWording.objects.filter(field=box)] == [1, 2]


def test_a_second_press_counts_once(paper: Paper) -> None:
    word = paper.open()[1]

    first, second = paper.send(word=word, **LAN), paper.send(word=word, **LAN)

    assert (first.status_code, second.status_code) == (THANKS, THANKS)
    assert (FormSubmission.objects.count(), Event.objects.count()) == (1, 1)
    assert ledger()["duplicate"] == 1


def test_a_customer_known_by_the_number_is_found_and_the_page_tells_nobody(
    shop: Shop, paper: Paper
) -> None:
    customer = known(shop)

    stranger = paper.send(name="A", phone="0987654321")
    paper.wait(minutes=5)
    answer = paper.send(**LAN, city="Hà Nội")

    assert (answer.status_code, answer.headers["Location"]) == (
        stranger.status_code, stranger.headers["Location"],
    )  # fmt: skip
    assert "Huế" not in paper.open()[0]
    record = SourceRecord.objects.get(source=paper.form.source, customer=customer)
    customer.refresh_from_db()
    assert customer.city == "Huế"
    assert Trait.objects.filter(record=record, name="city", value="Hà Nội").exists()
    assert FormSubmission.objects.get(record=record).differs == ["city"]


@pytest.mark.req("R073")
def test_a_form_asking_what_is_known_is_a_repeat_and_what_was_left_empty_is_remembered(
    shop: Shop, paper: Paper
) -> None:
    known(shop)

    paper.send(**LAN, city="Huế")

    askings = {one.question.trait: one for one in Asking.objects.select_related("question")}
    assert {trait: (one.state, one.is_repeat) for trait, one in askings.items()} == {
        "city": ("answered", True), "birth_date": ("open", False),
    }  # fmt: skip
    assert askings["city"].asked_by_name == "Membership"


@pytest.mark.req("R073")
def test_who_comes_by_a_link_of_their_own_is_asked_only_what_is_not_known(
    shop: Shop, paper: Paper
) -> None:
    customer = known(shop)
    url = f"{paper.url}{create_link(customer_id=customer.id, staff=hire('Bob'), now=NOW)}/"

    page, _word = paper.open(url)
    assert paper.name("phone") not in page
    assert f"f{paper.question('city').id}" not in page
    answer = paper.send(url=url, birth_date="1990-03-02", agree_sms="1")

    assert answer.status_code == THANKS
    assert Customer.objects.count() == 1
    birth = Trait.objects.get(name="birth_date")
    assert (birth.record.customer, birth.verified_at) == (customer, paper.now)
    assert [one.is_repeat for one in Asking.objects.all()] == [False]
    assert Consent.objects.get().address == "+84912345678"
    later = paper.open(url)[0]
    assert f"f{paper.question('birth_date').id}" not in later
    assert paper.name("consent", channel="sms") not in later


def test_a_personal_link_is_nobodys_guess_and_ends(shop: Shop, paper: Paper) -> None:
    customer = known(shop)
    word = create_link(customer_id=customer.id, staff=hire("Bob"), now=NOW)

    answer = paper.browser.get(f"{paper.url}{word}/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert word not in str(list(customer.links.values_list("digest", flat=True)))
    for wrong in (word[:-1], word + "x", "x" * 500, ids.encode("customer", customer.id)):
        assert paper.browser.get(f"{paper.url}{wrong}/").status_code == 404
    revoke_links(customer_id=customer.id, staff=hire("Bob"), now=NOW)
    assert paper.browser.get(f"{paper.url}{word}/").status_code == 404
    other = create_link(customer_id=customer.id, staff=hire("Bob"), now=NOW)
    paper.wait(days=31)
    assert paper.browser.get(f"{paper.url}{other}/").status_code == 404


@pytest.mark.req("R156")
def test_who_was_looking_around_keeps_what_they_did_once_they_say_who_they_are(
    shop: Shop, paper: Paper
) -> None:
    web = Source.objects.create(key="web", name="Web", kind="sdk", created_at=NOW)
    device = SourceRecord.objects.create(
        source=web, source_key="anon:dev-1", kind="device", created_at=NOW
    )
    Identifier.objects.create(
        record=device, type="device", value="dev-1", as_given="dev-1", created_at=NOW
    )
    Event.objects.create(
        source=web, message_id="1", record=device, kind="page_viewed",
        occurred_at=NOW - timedelta(days=1), received_at=NOW, detail={},
    )  # fmt: skip

    url = f"{paper.url}?visitor=dev-1"
    assert 'name="visitor" value="dev-1"' in paper.open(url)[0]
    paper.send(url=url, extra={"visitor": "dev-1"}, **LAN)

    device.refresh_from_db()
    assert device.customer == Customer.objects.get()
    viewed = Event.objects.filter(record__customer=device.customer, kind="page_viewed")
    assert viewed.count() == 1


def test_anothers_device_stays_with_its_owner(shop: Shop, paper: Paper) -> None:
    owner = known(shop)
    web = Source.objects.create(key="web", name="Web", kind="sdk", created_at=NOW)
    device = SourceRecord.objects.create(
        source=web, source_key="anon:dev-1", kind="device", customer=owner, created_at=NOW
    )
    Identifier.objects.create(
        record=device, type="device", value="dev-1", as_given="dev-1", created_at=NOW
    )

    paper.send(name="Minh", phone="0987654321", extra={"visitor": "dev-1"})

    device.refresh_from_db()
    assert device.customer == owner


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"extra": {"website": "http://spam"}}, "trap"),
        ({"seconds": 1}, "too_fast"),
        ({"city": "https://a.example https://b.example"}, "links"),
    ],
)
def test_what_looks_like_a_machine_is_held_back_and_not_lost(
    paper: Paper, said: dict[str, object], reason: str
) -> None:
    answer = paper.send(**LAN, **said)  # type: ignore[arg-type]

    assert answer.status_code == THANKS
    assert not Customer.objects.exists()
    held = HeldSubmission.objects.get()
    assert (held.submission.reason, held.address) == (reason, "lan@example.com")
    assert ledger()["quarantined"] == 1


def test_many_from_one_address_are_held_back_and_a_flood_is_not_read(paper: Paper) -> None:
    for number in range(12):
        paper.send(name=f"P{number}", phone=f"09123456{number:02}")

    held = FormSubmission.objects.filter(state="held")
    assert set(held.values_list("reason", flat=True)) == {"too_many"}
    assert held.count() == 2
    statuses = [paper.browser.get(paper.url).status_code for _number in range(60)]
    assert statuses[-1] == 429


def test_what_was_held_back_is_taken_or_thrown_away_by_a_person(shop: Shop, paper: Paper) -> None:
    paper.send(**LAN, agree_email="1", seconds=1)
    paper.send(name="Bot", phone="0987654321", seconds=1)
    good, bad = FormSubmission.objects.order_by("id")
    bob = hire("Bob")

    assert accept(
        submission_id=good.id, form=paper.form, staff=bob, business=shop.business, now=paper.now
    )
    assert discard(submission_id=bad.id, form=paper.form, staff=bob, now=paper.now)

    assert Customer.objects.get().full_name == "Lan Anh"
    assert Consent.objects.get().address == "lan@example.com"
    assert not HeldSubmission.objects.exists()
    assert ledger() == {
        "accepted": 2, "stored": 1, "duplicate": 0, "rejected": 1, "quarantined": 0,
    }  # fmt: skip
    assert not discard(submission_id=good.id, form=paper.form, staff=bob, now=paper.now)


def test_what_nobody_decides_on_goes_after_two_months(paper: Paper) -> None:
    paper.send(**LAN, seconds=1)

    assert discard_old(now=paper.wait(days=59)) == 0
    assert discard_old(now=paper.wait(days=2)) == 1
    assert not HeldSubmission.objects.exists()


def test_a_stranger_cannot_take_back_anothers_refusal(shop: Shop, paper: Paper) -> None:
    customer = known(shop)
    record_consent(
        address="lan@example.com", channel="email", status=ConsentStatus.DENIED,
        customer_id=customer.id, now=NOW,
    )  # fmt: skip

    paper.send(**LAN, agree_email="1")

    assert [one.status for one in Consent.objects.all()] == [ConsentStatus.DENIED]


def test_what_is_missing_or_wrong_is_said_at_its_place_and_nothing_is_written(
    paper: Paper,
) -> None:
    word = paper.open()[1]
    answer = paper.send(word=word, name="", phone="12", email="x", birth_date="2090-01-01")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count('class="error"') == 4
    assert not FormSubmission.objects.exists()
    assert paper.send(url="", **LAN).status_code == THANKS


def test_who_agrees_to_mail_must_say_where(paper: Paper) -> None:
    answer = paper.send(name="Lan", phone="0912345678", agree_email="1")

    assert answer.status_code == 422
    assert not Customer.objects.exists()


def test_an_old_forged_or_foreign_word_is_asked_to_be_sent_once_more(
    shop: Shop, paper: Paper
) -> None:
    old = paper.open()[1]
    paper.wait(hours=13)

    for word in (old, "forged", "x" * 10_000, old[:-2]):
        answer = paper.send(word=word, **LAN)
        assert answer.status_code == 422
        assert 'value="Lan Anh"' in answer.content.decode()
    assert not FormSubmission.objects.exists()


def test_only_places_the_page_had_are_read(paper: Paper) -> None:
    change_form(form_id=paper.form.id, values={"most_questions": 1}, staff=hire("Bob"), now=NOW)
    page, word = paper.open()
    assert f"f{paper.question('city').id}" not in page

    paper.send(word=word, **LAN, city="Huế", birth_date="1990-03-02")

    assert Customer.objects.get().city == ""
    assert Asking.objects.count() == 1


def test_hostile_texts_are_shown_never_run_and_bounded(paper: Paper) -> None:
    nasty = '"><script>alert(1)</script>'
    answer = paper.send(name=nasty, phone="12", city="x" * 600)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page

    assert paper.send(name="Lan\x00 \x07Anh\n", phone="0912345678").status_code == THANKS
    assert Customer.objects.get().full_name == "Lan Anh"
    big = paper.browser.post(paper.url, {"word": "x", "f1": "x" * 200_000})
    assert big.status_code == 413


def test_a_form_with_no_way_to_reach_anybody_makes_no_customer(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = Paper(shop, monkeypatch, kind="feedback")

    assert paper.send(feedback="Too cold").status_code == THANKS

    assert not Customer.objects.exists()
    record = SourceRecord.objects.get(source=paper.form.source)
    assert (record.kind, record.customer) == ("device", None)
    assert Trait.objects.get(record=record).value == "Too cold"


def test_a_closed_form_takes_nothing_and_an_unknown_one_is_not_there(paper: Paper) -> None:
    word = paper.open()[1]
    set_open(form_id=paper.form.id, is_open=False, staff=hire("Bob"), now=NOW)

    paper.send(word=word, **LAN)

    assert not FormSubmission.objects.exists()
    assert paper.browser.get("/f/nothing/").status_code == 404


def test_only_the_sites_named_may_frame_it_and_none_by_default(paper: Paper) -> None:
    answer = paper.browser.get(paper.url)
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"

    change_form(
        form_id=paper.form.id, values={"sites": ["https://Shop.example/"]}, staff=hire("Bob"),
        now=NOW,
    )  # fmt: skip
    answer = paper.browser.get(paper.url)
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors https://shop.example" in policy
    assert "script-src 'self'" in policy
    assert "X-Frame-Options" not in answer.headers
    assert (
        "frame-ancestors 'none'" in paper.browser.get("/login/").headers["Content-Security-Policy"]
    )


def test_an_erased_person_leaves_nothing_and_may_come_back_by_agreeing_afresh(
    shop: Shop, paper: Paper
) -> None:
    paper.send(**LAN, city="Huế", agree_email="1")
    paper.send(**LAN, seconds=1)
    erase_person(customer_id=Customer.objects.get().id, actor="a", now=paper.wait(hours=1))
    assert not FormSubmission.objects.filter(record__isnull=False).exists()
    assert not HeldSubmission.objects.exists()
    assert not Asking.objects.exists()

    paper.wait(hours=1)
    paper.send(**LAN)
    assert not Customer.objects.exists()
    paper.wait(hours=1)
    paper.send(**LAN, agree_email="1")
    assert Customer.objects.get().full_name == "Lan Anh"


def test_the_page_costs_ten_queries_at_most_also_of_somebody_known(
    shop: Shop, paper: Paper
) -> None:
    word = create_link(customer_id=known(shop).id, staff=hire("Bob"), now=NOW)
    for url in (paper.url, f"{paper.url}{word}/"):
        paper.browser.get(url)
        with CaptureQueriesContext(connection) as caught:
            paper.browser.get(url)
        assert len(caught) <= 10


def test_an_old_page_sent_once_more_does_not_bring_an_erased_person_back(paper: Paper) -> None:
    word = paper.open()[1]
    paper.send(word=word, **LAN, agree_email="1")
    erase_person(customer_id=Customer.objects.get().id, actor="a", now=paper.wait(minutes=5))
    before = ledger()

    for _again in range(2):  # the same post, from a browser's history or a log
        assert paper.send(word=word, **LAN, agree_email="1").status_code == THANKS

    assert not Customer.objects.exists()
    assert not SourceRecord.objects.exists()
    assert not Trait.objects.exists()
    assert not Consent.objects.exists()
    after = ledger()
    assert after["rejected"] - before["rejected"] == 1
    assert after["accepted"] == sum(
        after[name] for name in ("stored", "duplicate", "rejected", "quarantined")
    )
    paper.wait(minutes=5)
    paper.send(**LAN, agree_email="1")  # a page opened since
    assert Consent.objects.get().record.customer == Customer.objects.get()
