"""Loading: what calls become, that the same again changes nothing, and that the ledger balances."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from idic.core import ids
from idic.core.jobs.worker import drain
from idic.differentiate.models import CustomerSummary
from idic.identify.ingest import calls as meanings
from idic.identify.ingest.door import Door
from idic.identify.ingest.loader import Loader
from idic.identify.ingest.segments import folder_of, list_segments
from idic.identify.models import (
    Customer,
    Event,
    Identifier,
    IdentityLogEntry,
    IngestMark,
    IngestProblem,
    Order,
    Relation,
    Source,
    SourceRecord,
    Trait,
)
from idic.identify.names import list_numbers
from idic.identify.services.ingest import loading
from idic.identify.services.ingest.keys import create_source
from idic.identify.services.ingest.retention import delete_old_problems
from idic.identify.services.ingest.retrying import request_retry
from idic.identify.services.privacy import erase_person
from idic.web.selectors import count_everything
from tests.conftest import data_file
from tests.identify.ingest.shop import NOW, Answer, Shop, basic, make_shop, run, track

pytestmark = pytest.mark.django_db

CAPTURES = [
    "browser_segment-next",
    "node_segment",
    "node_analytics-node",
    "node_rudder",
    "py_segment",
    "py_rudder",
    "node_jitsu",
    "node_posthog",
    "py_posthog",
]
LAN = {"email": "lan@example.com", "name": "Nguyễn Thị Lan", "phone": "0901 234 567"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


def identify(user: str = "lan-1", **traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": user, "traits": traits}


def owner_of(key: str) -> int | None:
    return SourceRecord.objects.get(source_key=key).customer_id


@pytest.mark.req("R017", "R025")
@pytest.mark.parametrize("name", CAPTURES)
def test_what_real_sdks_send_is_stored_whole(shop: Shop, name: str) -> None:
    lines = data_file(f"sdk_captures/{name}.jsonl").read_text().splitlines()
    count = 0
    for captured in map(json.loads, lines):
        body = json.dumps(captured["body"]).encode()
        headers = {n: v for n, v in captured["headers"].items() if n == "Content-Type"}
        if captured["headers"].get("Content-Encoding") == "gzip":
            body, headers = gzip.compress(body), headers | {"Content-Encoding": "gzip"}
        assert shop.post(captured["path"], body, **headers).status == 200
        count += len(captured["body"].get("batch", [1]))

    assert shop.load() == count

    assert shop.ledger()["stored"] == count
    assert IngestProblem.objects.count() == 0
    lan = Customer.objects.get(email="lan@example.com")
    assert owner_of("user-1") == lan.id
    assert Customer.objects.count() == 1
    people = SourceRecord.objects.filter(kind="person").values_list("source_key", flat=True)
    assert list(people) == ["user-1"]


def test_a_call_shows_on_the_timeline_of_its_customer(shop: Shop) -> None:
    shop.send(track(properties={"name": "Sữa tươi"}), identify(**LAN))
    shop.load()

    event = Event.objects.get(kind="Product Viewed")
    lan = Customer.objects.get()
    assert event.record is not None
    assert event.record.customer == lan
    assert (lan.full_name, lan.phone) == ("Nguyễn Thị Lan", "+84901234567")
    assert event.detail == {"name": "Sữa tươi"}


def test_rooms_above_hear_of_new_people_and_the_search_finds_them(shop: Shop) -> None:
    shop.send(identify(**LAN))
    shop.load()
    drain(queues=("events", "default"))

    assert CustomerSummary.objects.filter(customer=Customer.objects.get()).exists()


def test_the_same_calls_again_are_duplicates_however_late(shop: Shop) -> None:
    calls = [track(messageId=f"m-{number}", timestamp="2026-11-20T00:00:00Z") for number in "1223"]
    shop.send(*calls)
    shop.load()
    shop.send(*calls)
    shop.send(track(messageId="m-1", timestamp="2025-01-01T00:00:00Z"))
    shop.load()

    found = shop.ledger()
    assert (found["accepted"], found["stored"], found["duplicate"]) == (9, 3, 6)
    assert Event.objects.count() == 3


def test_one_message_id_of_two_sources_is_two_events(shop: Shop, tmp_path: Path) -> None:
    other = Source.objects.create(key="app", name="App", kind="sdk", created_at=shop_moment())
    shop.send(track(messageId="m"))
    shop.load()
    Event.objects.update(source=other)
    shop.send(track(messageId="m"))
    shop.load()

    assert Event.objects.count() == 2


def shop_moment() -> datetime:
    return datetime(2026, 11, 23, tzinfo=UTC)


def test_bad_calls_keep_their_reason_and_never_their_neighbours(shop: Shop) -> None:
    shop.send(
        track("Before", messageId="a"),
        {"type": "track", "event": "E", "messageId": "b"},
        track(messageId="c", timestamp="2099-01-01T00:00:00Z"),
        track("x" * 40_000),
        track("After", messageId="d"),
    )
    shop.post("/v1/track", b"{")
    shop.load()

    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == ["Before", "After"]
    found = shop.ledger()
    assert found == {
        "accepted": 5,
        "stored": 2,
        "duplicate": 0,
        "rejected": 2,
        "quarantined": 1,
        "refused": 1,
    }
    problems = {p.reason: p.state for p in IngestProblem.objects.all()}
    assert problems == {
        "no_person": "rejected",
        "future": "quarantined",
        "too_large": "rejected",
        "invalid_json": "refused",
    }
    counts = count_everything()
    assert (counts["rejected"], counts["quarantined"]) == (2, 1)
    assert {name: counts[f"ingest_{name}"] for name in found} == found


def test_a_call_nobody_foresaw_is_held_back_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = loading._plan

    def fail(source: Any, calls: Any, *rest: Any) -> Any:
        if any(call.kind == "Poison" for call in calls):
            raise ZeroDivisionError
        return plan(source, calls, *rest)

    monkeypatch.setattr(loading, "_plan", fail)
    shop.send(track("A"), track("Poison"), track("B"))
    shop.load()

    found = shop.ledger()
    assert (found["stored"], found["quarantined"]) == (2, 1)
    problem = IngestProblem.objects.get()
    assert (problem.reason, problem.detail) == ("failed", "ZeroDivisionError")
    assert json.loads(problem.body)["event"] == "Poison"


def test_calls_of_a_source_that_is_gone_are_held_back(shop: Shop) -> None:
    shop.send(track())
    shop.source.write_keys.all().delete()
    shop.source.delete()
    assert shop.load() == 1

    problem = IngestProblem.objects.get()
    assert (problem.source, problem.reason, problem.state) == (None, "no_source", "quarantined")


def test_a_loaded_segment_goes_with_its_mark(shop: Shop) -> None:
    shop.send(track())
    assert len(list_segments(folder_of(shop.home))) == 1
    shop.load()

    assert list_segments(folder_of(shop.home)) == []
    assert IngestMark.objects.count() == 0


def test_loading_goes_on_within_a_request_where_it_stopped(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.send(*(track(messageId=f"m-{number}") for number in range(7)))
    cut_off = Loader(home=shop.home, portion=3)
    monkeypatch.setattr(Loader, "_pace", lambda self, *_: self.stopping.set())
    assert cut_off.load_all() == 3
    mark = IngestMark.objects.get()
    assert (mark.offset, mark.call) == (0, 3)
    assert shop.ledger()["stored"] == 3

    monkeypatch.undo()
    assert shop.load() == 4

    assert shop.ledger()["stored"] == shop.ledger()["accepted"] == 7


# Who is who


def test_what_a_visitor_did_before_they_logged_in_becomes_theirs(shop: Shop) -> None:
    shop.send({"type": "track", "event": "E", "anonymousId": "phone-1"})
    shop.load()
    assert Customer.objects.count() == 0
    device = SourceRecord.objects.get()
    assert (device.source_key, device.kind, device.customer) == ("anon:phone-1", "device", None)

    shop.send(identify(name="Lan") | {"anonymousId": "phone-1"})
    shop.load()

    lan = Customer.objects.get()
    assert owner_of("anon:phone-1") == lan.id
    assert Event.objects.filter(record__customer=lan).count() == 2
    entry = IdentityLogEntry.objects.get()
    assert (entry.act, entry.by, entry.record_ids) == ("match", "rule:login", [device.id])
    assert list_numbers([lan.id]) == {lan.id: "lan-1"}


def test_a_second_login_on_a_device_is_never_a_merge(shop: Shop) -> None:
    shop.send(
        track(anonymousId="shared"),
        track(userId="minh-2", anonymousId="shared"),
        {"type": "track", "event": "Alone", "anonymousId": "shared"},
    )
    shop.load()

    assert owner_of("lan-1") != owner_of("minh-2")
    assert owner_of("anon:shared") == owner_of("lan-1")
    alone = Event.objects.get(kind="Alone")
    assert alone.record is not None
    assert alone.record.customer_id == owner_of("minh-2")
    assert Customer.objects.count() == 2


def test_an_address_finds_the_customer_another_source_knows(shop: Shop) -> None:
    till = Source.objects.create(key="till", name="Till", kind="till", created_at=shop_moment())
    known = Customer.objects.create(full_name="Nguyễn T. Lan", created_at=shop_moment())
    record = SourceRecord.objects.create(
        source=till, source_key="C7", customer=known, created_at=shop_moment()
    )
    Trait.objects.create(
        record=record, name="name", value="Nguyễn T. Lan", observed_at=shop_moment()
    )
    Identifier.objects.create(
        record=record, type="phone", value="+84901234567", created_at=shop_moment()
    )

    shop.send(identify(**LAN), identify("other", email="lan@example.com"))
    shop.load()

    assert owner_of("lan-1") == known.id
    known.refresh_from_db()
    # What a till says counts for more than what a website says.
    assert (known.full_name, known.email) == ("Nguyễn T. Lan", "lan@example.com")
    # A second number of one source is a second person to it, whatever address it shows.
    assert owner_of("other") != known.id


def test_two_people_of_one_request_with_one_address_stay_two_numbers(shop: Shop) -> None:
    shop.send(identify("a", email="x@y.vn"), identify("b", email="x@y.vn"))
    shop.load()

    assert owner_of("a") != owner_of("b")


def test_a_newsletter_address_without_a_number_is_a_person(shop: Shop) -> None:
    said = {"type": "identify", "anonymousId": "d-1", "traits": {"email": "An@Mail.vn"}}
    shop.send(said, {"type": "track", "event": "E", "anonymousId": "d-1"})
    shop.load()
    shop.send(identify("an-9", email="an@mail.vn"))
    shop.load()

    an = Customer.objects.get()
    assert an.email == "an@mail.vn"
    assert {owner_of("email:an@mail.vn"), owner_of("anon:d-1"), owner_of("an-9")} == {an.id}


def test_nobody_real_is_taken_for_somebody_of_the_sample_shop(shop: Shop) -> None:
    demo = Source.objects.create(
        key="demo-till", name="T", kind="till", is_demo=True, created_at=shop_moment()
    )
    sample = Customer.objects.create(is_demo=True, created_at=shop_moment())
    record = SourceRecord.objects.create(
        source=demo, source_key="1", customer=sample, created_at=shop_moment()
    )
    Identifier.objects.create(
        record=record, type="email", value="lan@example.com", created_at=shop_moment()
    )

    shop.send(identify(**LAN))
    shop.load()

    assert owner_of("lan-1") != sample.id


def test_an_alias_of_oneself_does_nothing_and_of_a_stranger_joins_them(shop: Shop) -> None:
    alias = {"type": "alias", "userId": "lan-1"}
    shop.send({"type": "track", "event": "E", "anonymousId": "anon-9"})
    shop.send(alias | {"previousId": "lan-1"}, alias | {"previousId": "anon-9"})
    shop.load()

    assert Customer.objects.count() == 1
    assert owner_of("anon:anon-9") == owner_of("lan-1")
    assert sorted(SourceRecord.objects.values_list("source_key", flat=True)) == [
        "anon:anon-9",
        "lan-1",
    ]


def test_an_alias_never_joins_two_known_people(shop: Shop) -> None:
    shop.send(track(), track(userId="minh-2"))
    shop.send({"type": "alias", "userId": "lan-1", "previousId": "minh-2"})
    shop.load()

    assert owner_of("lan-1") != owner_of("minh-2")


def test_a_group_is_a_company_beside_its_members_and_no_customer(shop: Shop) -> None:
    group = {"type": "group", "userId": "lan-1", "groupId": "acme", "traits": {"name": "Acme"}}
    shop.send(group, group | {"userId": "minh-2"})
    shop.send(group)
    shop.load()

    company = SourceRecord.objects.get(source_key="group:acme")
    assert (company.kind, company.display_name, company.customer) == ("company", "Acme", None)
    assert Relation.objects.filter(object=company, role="member").count() == 2
    assert Customer.objects.count() == 2


def test_a_user_id_cannot_pose_as_a_record_of_ours(shop: Shop) -> None:
    shop.send({"type": "track", "event": "E", "anonymousId": "d"}, track(userId="anon:d"))
    shop.load()

    assert owner_of("anon:d") is None
    assert owner_of("user:anon:d") is not None


def test_an_older_value_that_comes_late_does_not_win(shop: Shop) -> None:
    shop.send(identify(city="Hà Nội") | {"timestamp": "2026-11-20T00:00:00Z"})
    shop.send(identify(city="Huế") | {"timestamp": "2026-11-01T00:00:00Z"})
    shop.send(identify(city="Hà Nội") | {"timestamp": "2026-11-21T00:00:00Z"})
    shop.load()

    assert Customer.objects.get().city == "Hà Nội"
    assert list(Trait.objects.values_list("value", flat=True)) == ["Hà Nội"]


def test_the_kinds_the_timeline_keeps_quiet_are_those_of_calls() -> None:
    assert meanings.QUIET_KINDS == ("identify", "group", "alias")


# Trying again


def test_a_call_with_a_future_clock_is_taken_with_the_time_it_came(shop: Shop) -> None:
    shop.send(track(messageId="m", timestamp="2099-01-01T00:00:00Z"))
    shop.load()
    problem = IngestProblem.objects.get()

    assert request_retry(source=shop.source, staff=shop.staff, now=shop_moment()) == 1
    shop.load()

    event = Event.objects.get()
    problem.refresh_from_db()
    assert (event.message_id, event.occurred_at) == ("m", problem.received_at)
    assert problem.state == "solved"
    found = shop.ledger()
    assert (found["accepted"], found["stored"], found["quarantined"]) == (1, 1, 0)
    assert request_retry(source=shop.source, staff=shop.staff, now=shop_moment()) == 0


def test_what_came_good_meanwhile_is_a_duplicate_when_tried_again(shop: Shop) -> None:
    shop.send(track(messageId="m", timestamp="2099-01-01T00:00:00Z"))
    shop.send(track(messageId="m"))
    shop.load()

    request_retry(source=shop.source, staff=shop.staff, now=shop_moment())
    shop.load()

    found = shop.ledger()
    assert (found["stored"], found["duplicate"], found["quarantined"]) == (1, 1, 0)


def test_what_is_still_wrong_stays_where_it_is(shop: Shop) -> None:
    shop.send({"type": "track", "event": "E"})
    shop.load()

    request_retry(source=shop.source, staff=shop.staff, now=shop_moment())
    shop.load()

    problem = IngestProblem.objects.get()
    assert (problem.state, problem.reason) == ("rejected", "no_person")
    assert problem.tried_at is not None
    assert shop.ledger()["rejected"] == 1


def test_calls_not_stored_are_let_go_after_a_time_and_stay_counted(shop: Shop) -> None:
    shop.send({"type": "track", "event": "E"}, track(timestamp="2099-01-01T00:00:00Z"))
    shop.load()
    IngestProblem.objects.update(received_at=shop_moment())

    assert delete_old_problems(now=shop_moment() + timedelta(days=31)) == 1
    assert delete_old_problems(now=shop_moment() + timedelta(days=91)) == 1

    assert shop.ledger()["rejected"] == shop.ledger()["quarantined"] == 1


def test_a_held_back_call_goes_when_its_person_is_erased(shop: Shop) -> None:
    shop.send(track(), identify(**LAN))
    shop.load()
    shop.send(track(timestamp="2099-01-01T00:00:00Z"))
    shop.load()
    assert IngestProblem.objects.count() == 1

    erase_person(customer_id=Customer.objects.get().id, actor="alice@shop.vn", now=shop_moment())

    assert (IngestProblem.objects.count(), Event.objects.count()) == (0, 0)
    assert SourceRecord.objects.count() == 0


def test_a_device_is_named_once_among_what_somebody_is_recognised_by(
    shop: Shop, client: Client
) -> None:
    shop.send(identify(**LAN) | {"anonymousId": "device-7"})
    shop.load()
    client.force_login(shop.staff)

    page = client.get(f"/customers/{ids.encode('customer', Customer.objects.get().id)}/")

    assert page.content.decode().count("device-7") == 1
    assert "anon:" not in page.content.decode()


def test_who_was_joined_to_another_meanwhile_stands_for_the_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.send(track())
    shop.load()
    lan = Customer.objects.get()
    first, second = (Customer.objects.create(created_at=shop_moment()) for _ in range(2))
    plan = loading._plan

    def merge_after(*arguments: Any) -> Any:
        planned = plan(*arguments)
        Customer.objects.filter(id=lan.id).update(merged_into=second)
        Customer.objects.filter(id=second.id).update(merged_into=first)
        return planned

    monkeypatch.setattr(loading, "_plan", merge_after)
    shop.send(track(anonymousId="new-phone"))
    shop.load()

    assert owner_of("anon:new-phone") == first.id
    assert IdentityLogEntry.objects.get().customer_id == first.id


def test_what_the_door_could_just_read_does_not_stop_the_loader(shop: Shop) -> None:
    """The deepest nesting depends on how much of the stack is taken: try all around the limit."""
    good = json.dumps(track("Good", messageId="good")).encode()
    depths = range(900, 1_000, 3)
    for depth in depths:
        deep = b'{"type":"track","event":"E","userId":"u","a":' + b"[" * depth + b"]" * depth + b"}"
        assert shop.post("/v1/batch", b'{"batch":[%s,%s]}' % (deep, good)).status == 200

    assert shop.load() == 2 * len(depths)

    found = shop.ledger()
    assert found["accepted"] == 2 * len(depths)
    assert found["stored"] + found["rejected"] == len(depths) + 1
    assert found["duplicate"] == len(depths) - 1
    assert list_segments(folder_of(shop.home)) == []


def test_a_damaged_segment_is_put_aside_with_its_good_calls_loaded(shop: Shop) -> None:
    for number in range(3):
        shop.send(track(messageId=f"m-{number}"))
    paths = list_segments(folder_of(shop.home))
    whole = b"".join(path.read_bytes() for path in paths)
    middle = len(whole) // 2
    for path in paths[1:]:
        path.unlink()
    paths[0].write_bytes(whole[:middle] + b"??" + whole[middle + 2 :])

    assert shop.load() == 2

    assert list_segments(folder_of(shop.home)) == []
    assert len(list(folder_of(shop.home).glob("*.damaged"))) == 1
    assert set(Event.objects.values_list("message_id", flat=True)) == {"m-0", "m-2"}


@pytest.mark.parametrize("has_order", [True, False])
def test_a_person_and_an_order_new_to_two_sources_at_once_are_one(
    shop: Shop, caplog: pytest.LogCaptureFixture, has_order: bool
) -> None:
    _app, key = create_source(name="App", staff=shop.staff, home=shop.home, now=NOW)
    calls = [{"type": "identify", "userId": "lan-1", "traits": {"email": "lan@example.com"}}]
    calls += [track("Order Completed", properties={"order_id": "A1"})] * has_order

    async def send_both(door: Door) -> list[Answer]:
        body = {"batch": calls}
        return [
            await shop.ask(door, "/v1/batch", body),
            await shop.ask(door, "/v1/batch", body, authorization=basic(key)),
        ]

    run(shop.door(), send_both)

    assert shop.load() == 2 * len(calls)
    assert Customer.objects.count() == 1
    assert Order.objects.count() == has_order
    assert caplog.records == []
