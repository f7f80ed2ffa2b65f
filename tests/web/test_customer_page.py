"""The customer page: what it says of somebody, its timeline, editing, notes, promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from idic.core import ids
from idic.core.models import AuditEntry
from idic.customize.models import Product, Recommendation
from idic.differentiate.models import NeedGroup, TierChange, ValueModel
from idic.identify.models import (
    Consent,
    Customer,
    Event,
    IdentityLogEntry,
    Order,
    SourceRecord,
    Trait,
)
from idic.identify.services.notes import NoteKind, add_note
from idic.identify.services.states import StateKind, set_state
from idic.interact.models import Case, Message

POLYGLOT = "<svg/onload=alert(1)>'\"><script>alert(1)</script>{{7*7}}"


def address(customer: Customer, path: str = "") -> str:
    return f"/customers/{ids.encode('customer', customer.id)}/{path}"


def text_of(client: Client, customer: Customer, **query: str) -> str:
    response = client.get(address(customer), query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def huong(add: Callable[..., Customer], now: datetime) -> Customer:
    """A customer of whom much is known."""
    group = NeedGroup.objects.create(name="Fresh family meals", created_at=now)
    huong = add(
        "Nguyễn Thị Hương",
        orders=3,
        phone="+84900000217",
        city="Huế",
        tier="vip",
        tier_since=now.date(),
        need_group=group,
        need_confidence=0.86,
        order_count=42,
        expected_amount=22_400_000,
        expected_low_amount=17_900_000,
        expected_high_amount=26_800_000,
        last_year_amount=24_900_000,
        churn_risk=0.31,
        is_overdue=True,
        overdue_days=11,
        usual_gap_days=8.0,
        zalo_reach="allowed",
        sms_reach="unknown",
        email_reach="denied",
        last_order_date=now.date() - timedelta(days=19),
    )
    Customer.objects.filter(id=huong.id).update(salutation="chị", birth_date="1988-03-02")
    huong.refresh_from_db()
    return huong


@pytest.mark.req("R034", "R039", "R055")
def test_the_page_says_who_they_are_what_they_need_and_what_they_are_worth(
    owner: Client, huong: Customer, now: datetime
) -> None:
    record = SourceRecord.objects.get(customer=huong)
    Trait.objects.create(record=record, name="city", value="Huế", observed_at=now)
    product = Product.objects.create(code="P9", name="Norwegian salmon")
    Recommendation.objects.create(
        customer=huong, product=product, kind="buy_again", rank=1, score=1.0,
        reason={"times_bought": 11, "last_bought_date": "2026-11-01"},
    )  # fmt: skip

    page = text_of(owner, huong)

    for said in [
        "chị Nguyễn Thị Hương",
        "0900 000 217",
        "VIP",
        "38 years old, born 2 Mar 1988",
        "Till, 23 Nov 2026",
        "Fresh family meals",
        "86% sure, from 42 orders",
        "Norwegian salmon",
        "bought 11 times, last on 1 Nov 2026",
        "₫22.4m",
        "between 17.9m and 26.8m",
        "possible, 31%",
        "Silent for 19 days; usually comes every 8 days.",
    ]:
        assert said in page, said


@pytest.mark.req("R040")
def test_the_value_names_its_method_and_how_wrong_that_was(
    owner: Client, huong: Customer, now: datetime
) -> None:
    ValueModel.objects.create(
        as_of_date=now.date(),
        horizon_days=365,
        method="own_rate",
        parameters={},
        replay={"holdout_days": 90, "scores": [{"method": "own_rate", "total_miss_rate": 0.12}]},
        customer_count=1,
        fitted_at=now,
    )

    page = text_of(owner, huong)

    assert "Everybody is expected to keep their own pace so far." in page
    assert "Tried on the last 90 days without seeing them, the total was off by 12%." in page


@pytest.mark.req("R099")
def test_the_next_best_action_says_why_and_why_not(owner: Client, huong: Customer) -> None:
    portrait = owner.get(address(huong)).context["portrait"]

    assert portrait.action.say == "Call and ask how they are"
    assert portrait.action.href == "tel:+84900000217"
    assert portrait.action.button == "Call 0900 000 217"
    assert [o.why_not for o in portrait.action.alternatives][-1] == "The one chosen"
    assert all(other.why_not for other in portrait.action.alternatives)


@pytest.mark.req("R093")
def test_an_open_complaint_comes_before_every_offer(
    owner: Client, huong: Customer, now: datetime
) -> None:
    set_state(customer_id=huong.id, kind=StateKind.OPEN_CASE, now=now, reference="case:1")

    action = owner.get(address(huong)).context["portrait"].action

    assert action.say == "Solve the open complaint first"
    assert "A complaint is open: no offers until it is solved." in action.why


@pytest.mark.req("R071")
def test_each_channel_says_whether_it_is_open_and_why_not(
    owner: Client, huong: Customer, now: datetime
) -> None:
    record = SourceRecord.objects.get(customer=huong)
    for channel, status in (("zalo", "granted"), ("email", "denied")):
        Consent.objects.create(
            record=record, address="x", channel=channel, purpose="marketing", status=status,
            basis="consent", proof="at the till", given_at=now, recorded_at=now,
        )  # fmt: skip

    lines = owner.get(address(huong)).context["portrait"].permissions

    assert [(line.name, line.word) for line in lines] == [
        ("Call", "Yes"),
        ("Zalo", "Yes"),
        ("SMS", "Service messages only"),
        ("E-mail", "No"),
    ]
    assert lines[1].reason == "The person agreed, 23 Nov 2026, at the till"
    assert lines[3].reason == "said no on 23 Nov 2026"


def test_who_asked_not_to_be_contacted_has_no_open_channel(
    owner: Client, huong: Customer, now: datetime
) -> None:
    set_state(customer_id=huong.id, kind=StateKind.DO_NOT_CONTACT, now=now)

    page = owner.get(address(huong))

    assert {line.word for line in page.context["portrait"].permissions} == {"No"}
    assert "Asked not to be contacted" in page.content.decode()


@pytest.fixture
def eventful(huong: Customer, now: datetime) -> Customer:
    """One happening of every sort, an hour apart, the newest an hour ago."""
    record = SourceRecord.objects.get(customer=huong)
    Order.objects.filter(record=record).delete()

    def at(hours: int) -> datetime:
        return now - timedelta(hours=hours)

    def event(kind: str, hours: int, **detail: str) -> None:
        Event.objects.create(
            source=record.source, message_id=f"{kind}{hours}", record=record, kind=kind,
            occurred_at=at(hours), received_at=now, detail=detail,
        )  # fmt: skip

    Order.objects.create(
        order_number="R1", source=record.source, record=record, ordered_at=at(1),
        currency="VND", net_amount=-50_000, line_count=1, is_return=True,
    )  # fmt: skip
    Message.objects.create(
        customer=huong, channel="email", purpose="marketing", address="h@x.vn", subject="11.11",
        message_id_header="m1", token="t1", send_after=now, created_at=at(2), state="sent",
    )  # fmt: skip
    event("note", 3, text="Likes salmon", author="mai@shop.vn")
    event("call", 4, text="", outcome="no_answer", author="mai@shop.vn")
    event("Product Viewed", 5, name="Salmon")
    Case.objects.create(customer=huong, text="Bruised salad", opened_at=at(6))
    Consent.objects.create(
        record=record, address="x", channel="zalo", purpose="marketing", status="granted",
        basis="consent", given_at=at(7), recorded_at=now,
    )  # fmt: skip
    IdentityLogEntry.objects.create(at=at(8), act="merge", by="rule:phone", customer=huong)
    TierChange.objects.create(
        customer=huong, from_tier="loyal", to_tier="vip", on_date=at(48).date()
    )
    return huong


@pytest.mark.req("R010", "R080")
def test_one_timeline_tells_everything_newest_first(owner: Client, eventful: Customer) -> None:
    drawn = owner.get(address(eventful)).context["drawn"]

    assert [line.said.text for line in drawn] == [
        "Gave goods back",
        "E-mail “11.11”",
        "Likes salmon",
        "Call: No answer",
        "Looked at a product: Salmon",
        "Complaint: Bruised salad",
        "Allowed messages: Zalo",
        "Another customer turned out to be this one and was joined",
        "Tier: Loyal → VIP",
    ]
    assert drawn[0].said.end == "−₫50,000"
    assert [line.month for line in drawn] == ["November 2026", *[""] * 8]


@pytest.mark.parametrize(
    ("group", "count"),
    [("purchases", 1), ("talks", 2), ("notes", 1), ("cases", 1), ("visits", 1), ("profile", 3)],
)
def test_the_timeline_is_filtered_by_what_it_counts(
    owner: Client, eventful: Customer, group: str, count: int
) -> None:
    page = owner.get(address(eventful), {"show": group})

    assert page.context["timeline"].counts[group] == count
    assert len(page.context["drawn"]) == count


def test_a_staged_order_is_not_on_the_timeline(
    owner: Client, huong: Customer, now: datetime
) -> None:
    from idic.identify.models import ImportRun

    run = ImportRun.objects.create(
        kind="orders", file_name="a.csv", state="running", created_at=now
    )
    Order.objects.update(import_run=run)

    assert owner.get(address(huong)).context["timeline"].total == 0


def test_older_things_are_on_older_pages_once_each(
    owner: Client, huong: Customer, now: datetime
) -> None:
    Order.objects.all().delete()
    record = SourceRecord.objects.get(customer=huong)
    Event.objects.bulk_create(
        Event(
            source=record.source,
            message_id=str(n),
            record=record,
            kind="note",
            occurred_at=now - timedelta(hours=n // 3),
            received_at=now,
            detail={"text": str(n)},
        )
        for n in range(70)
    )
    seen: list[str] = []
    query = ""
    while True:
        page = owner.get(address(huong) + query)
        seen += [line.said.text for line in page.context["drawn"]]
        query = page.context["older_url"]
        if not query:
            break

    assert sorted(seen, key=int) == [str(n) for n in range(70)]
    assert len(seen) == 70


def test_htmx_gets_the_timeline_alone(owner: Client, eventful: Customer) -> None:
    part = owner.get(
        address(eventful),
        {"show": "notes"},
        headers={"HX-Request": "true", "HX-Target": "timeline"},
    ).content.decode()

    assert part.strip().startswith('<div id="timeline">')
    assert "Likes salmon" in part
    assert "Bruised salad" not in part


@pytest.mark.req("R010")
def test_ten_thousand_events_take_as_few_queries_as_one(
    owner: Client, huong: Customer, now: datetime
) -> None:
    def queries() -> int:
        owner.get(address(huong))
        with CaptureQueriesContext(connection) as caught:
            assert owner.get(address(huong)).status_code == 200
        return len(caught)

    few = queries()
    record = SourceRecord.objects.get(customer=huong)
    Event.objects.bulk_create(
        (
            Event(
                source=record.source,
                message_id=str(n),
                record=record,
                kind="page_viewed",
                occurred_at=now - timedelta(minutes=n),
                received_at=now,
                detail={},
            )
            for n in range(10_000)
        ),
        batch_size=500,
    )

    assert queries() == few
    assert few <= 10


@pytest.mark.req("R003")
def test_an_id_merged_away_leads_to_the_one_that_lives_on(
    owner: Client, huong: Customer, now: datetime
) -> None:
    middle = Customer.objects.create(merged_into=huong, created_at=now)
    oldest = Customer.objects.create(merged_into=middle, created_at=now)

    response = owner.get(address(oldest), {"list": "tier=vip"})

    assert response.status_code == 302
    assert response["Location"] == f"{address(huong)}?list=tier%3Dvip"


def test_unknown_staged_and_circular_ids_are_404(
    owner: Client, huong: Customer, now: datetime
) -> None:
    staged = Customer.objects.create(is_staged=True, created_at=now)
    round_trip = Customer.objects.create(created_at=now)
    Customer.objects.filter(id=round_trip.id).update(merged_into=round_trip)

    for path in (address(staged), address(round_trip), "/customers/cus_zzz/", "/customers/17/"):
        assert owner.get(path).status_code == 404


def test_next_and_previous_follow_the_list(owner: Client, add: Callable[..., Customer]) -> None:
    first, second, third = (
        add(n, tier="vip", expected_amount=a) for n, a in zip("ABC", (9, 5, 1), strict=True)
    )
    add("D", tier="new", expected_amount=7)
    query = "?list=tier%3Dvip"

    forward = owner.get(address(first, f"next/{query}"))
    back = owner.get(address(third, f"previous/{query}"))
    beyond = owner.get(address(third, f"next/{query}"))

    assert forward["Location"] == address(second) + query
    assert back["Location"] == address(second) + query
    assert beyond["Location"] == "/customers/?tier=vip"


def test_whatever_sources_say_is_text(owner: Client, eventful: Customer, now: datetime) -> None:
    Customer.objects.filter(id=eventful.id).update(
        full_name=POLYGLOT, salutation="<b>", email=POLYGLOT[:200], city=POLYGLOT[:100]
    )
    record = SourceRecord.objects.get(customer=eventful)
    SourceRecord.objects.filter(id=record.id).update(source_key=POLYGLOT)
    for name in ("city", "occupation", POLYGLOT[:50]):
        Trait.objects.create(record=record, name=name, value=POLYGLOT, observed_at=now)
    Event.objects.update(detail={"text": POLYGLOT, "author": POLYGLOT, "name": POLYGLOT})
    Case.objects.update(text=POLYGLOT)
    Message.objects.update(subject=POLYGLOT)
    add_note(customer_id=eventful.id, text=POLYGLOT, author=POLYGLOT, now=now,
             kind=NoteKind.PROMISE, due=now.date())  # fmt: skip

    for page in (text_of(owner, eventful), owner.get(address(eventful, "edit/")).content.decode()):
        assert "<svg/onload" not in page
        assert "<script>alert" not in page
        assert "&lt;svg/onload" in page


@pytest.mark.parametrize("language", ["vi", "zh-hans", "en"])
def test_the_page_speaks_three_languages(owner: Client, eventful: Customer, language: str) -> None:
    owner.cookies["idic_language"] = language

    assert f'lang="{language}"' in text_of(owner, eventful)


def test_somebody_of_whom_nothing_is_known_has_a_page(
    owner: Client, business: Any, now: datetime
) -> None:
    page = text_of(owner, Customer.objects.create(created_at=now))

    assert "No name" in page
    assert "Nothing has happened yet." in page


@pytest.mark.req("R007")
def test_an_edit_is_saved_shown_in_the_history_and_undone_from_the_toast(
    owner: Client, huong: Customer
) -> None:
    saved = owner.post(address(huong, "edit/"), {"city": "Đà Nẵng"}, follow=True)

    assert "Đà Nẵng" in saved.content.decode()
    trait = Trait.objects.get(name="city", is_pinned=True)
    undo = address(huong, f"undo/{trait.id}/")
    assert undo in saved.content.decode()
    history = owner.get(address(huong, "edit/")).content.decode()
    assert "owner@shop.vn" in history
    undone = owner.post(undo, follow=True).content.decode()
    assert "The edit is taken back." in undone
    huong.refresh_from_db()
    assert huong.city == "Huế"


def test_a_wrong_value_is_said_at_its_field_and_kept_for_correction(
    owner: Client, huong: Customer
) -> None:
    response = owner.post(address(huong, "edit/"), {"city": "Đà Nẵng", "phone": "hello"})

    assert response.status_code == 422
    page = response.content.decode()
    assert "This is no phone number" in page
    assert 'value="hello"' in page
    huong.refresh_from_db()
    assert (huong.city, huong.phone) == ("Huế", "+84900000217")


def test_only_the_fields_of_the_form_can_be_changed(owner: Client, huong: Customer) -> None:
    before = Customer.objects.values().get(id=huong.id)
    other = {
        "is_staged": "1",
        "merged_into": "1",
        "is_demo": "1",
        "id": "5",
        "lifecycle_stage": "lead",
    }

    owner.post(address(huong, "edit/"), other)

    assert Customer.objects.values().get(id=huong.id) == before


@pytest.mark.req("R001", "R033")
def test_a_customer_is_made_by_hand(owner: Client, business: Any) -> None:
    response = owner.post(
        "/customers/new/", {"full_name": "Trần Lan", "phone": "0911 222 333"}, follow=True
    )

    customer = Customer.objects.get()
    assert (customer.full_name, customer.phone) == ("Trần Lan", "+84911222333")
    assert "Trần Lan" in response.content.decode()
    assert owner.post("/customers/new/", {"city": "Huế"}).status_code == 422


@pytest.mark.req("R063", "R072")
def test_notes_calls_and_promises_land_on_the_timeline(owner: Client, huong: Customer) -> None:
    post = address(huong, "note/")
    owner.post(post, {"kind": "note", "text": "Likes salmon"})
    owner.post(post, {"kind": "call", "outcome": "no_answer", "text": ""})
    page = owner.post(
        post, {"kind": "promise", "text": "Call when it is in", "due": "2026-11-30"}, follow=True
    )

    assert "Call when it is in" in [p.text for p in page.context["portrait"].facts.promises]
    promise = Event.objects.get(kind="promise")
    kept = owner.post(address(huong, f"promise/{promise.id}/kept/"), follow=True)
    assert kept.context["portrait"].facts.promises == []
    assert {line.said.text for line in kept.context["drawn"]} >= {
        "Likes salmon",
        "Call: No answer",
        "Promise kept: Call when it is in",
    }


def test_an_empty_note_says_what_is_missing(owner: Client, huong: Customer) -> None:
    page = owner.post(address(huong, "note/"), {"kind": "promise", "text": "x"}, follow=True)

    assert "Say until when." in page.content.decode()
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "edit/"),
        ("post", "edit/"),
        ("post", "note/"),
        ("post", "undo/1/"),
        ("post", "note/1/remove/"),
        ("post", "promise/1/kept/"),
    ],
)
@pytest.mark.parametrize("role", ["read_only", "analyst"])
def test_who_may_not_edit_changes_nothing(
    as_role: Callable[[str], Client], huong: Customer, role: str, method: str, path: str
) -> None:
    before = _everything()

    refused = getattr(as_role(role), method)(
        address(huong, path), {"full_name": "X", "text": "X", "kind": "note"}
    )

    assert refused.status_code == 403
    assert _everything() == before


def test_who_may_not_edit_sees_no_form(as_role: Callable[[str], Client], huong: Customer) -> None:
    page = text_of(as_role("read_only"), huong)

    assert "note-text" not in page
    assert "/edit/" not in page


def _everything() -> list[Any]:
    return [
        list(model.objects.order_by("pk").values())  # type: ignore[attr-defined]
        for model in (Customer, SourceRecord, Trait, Event, AuditEntry)
    ]
