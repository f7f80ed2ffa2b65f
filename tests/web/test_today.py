"""Today: whom the day is for, in which order, with what words; what came of it; and what everybody
may see of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from idic.core import clock
from idic.core.models import Business, Staff
from idic.customize.models import Product, Recommendation
from idic.differentiate.models import Segment, UpsellAlert
from idic.identify.models import Customer, StateKind
from idic.identify.services.states import set_state
from idic.interact.content.address import speak_to
from idic.interact.content.direct import write_direct
from idic.interact.models import CallTask, Campaign, Case, Task
from idic.interact.services.calls import create_call_tasks
from idic.interact.services.cases import open_case
from idic.interact.services.tasks import create_task
from idic.web.people import public_id, zalo_url
from idic.web.today.hours import find_other_hour, find_usual_hour
from idic.web.today.planning import (
    MOST,
    OFFERS,
    REASONS_OF,
    Desk,
    Done,
    Reason,
    Waiting,
    plan_day,
)
from idic.web.today.words import find_birthday

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # ten in the morning in Hanoi
TODAY = date(2026, 11, 23)
PAGE = "/today/"
TEXTS = ["promise", "complaint", "again", "silent", "first", "birthday"]


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def silent(add: Callable[..., Customer]) -> Callable[..., Customer]:
    """Add somebody valuable who is overdue; the larger `worth`, the higher on the list."""

    def silent(name: str, worth: int = 100, **given: Any) -> Customer:
        values: dict[str, Any] = {
            "phone": "+84912345678",
            "tier": "at_risk",
            "is_overdue": True,
            "last_order_date": TODAY - timedelta(days=34),
            "usual_gap_days": 11.2,
            "overdue_days": 20,
            "winback_amount": worth,
            "stake_amount": 2_000_000,
            "expected_amount": 500_000,
        }
        return add(name, **(values | given))

    return silent


@pytest.fixture
def promised(staff: Callable[[str], Staff], business: Business) -> Callable[..., Task]:
    """Promise somebody something."""

    def promised(customer: Customer | None, text: str = "Call back", **given: Any) -> Task:
        values: dict[str, Any] = {"kind": "promise", "due_date": TODAY, "now": NOW}
        return create_task(
            text=text,
            time_zone=business.time_zone,
            created_by=staff("owner"),
            customer_id=customer.id if customer else None,
            **(values | given),
        )

    return promised


def shown(client: Client, query: str = "") -> str:
    answer = client.get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def names(page: str) -> list[str]:
    return re.findall(r'class="name" href="[^"]+">([^<]+)<', page)


def titles(page: str) -> list[tuple[str, str]]:
    return re.findall(r'care-group"><h2>([^<]+) <span>(\d+)<', page)


def row(customer: Customer, reason: str, **given: str) -> dict[str, str]:
    """Give what the form of a row sends."""
    return {"customer": public_id(customer.id), "reason": reason} | given


def record(client: Client, **values: str) -> str:
    answer = client.post(reverse("web:today_record"), values, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


# The plan itself: pure.

_REASONS = st.sampled_from(list(Reason))
_WAITING = st.builds(
    lambda reason, customer, place, task: Waiting(
        reason=reason,
        customer_id=None if reason is Reason.TASK and customer % 3 == 0 else customer,
        place=(float(place), task),
        task_id=task,
    ),
    _REASONS,
    st.integers(1, 40),
    st.integers(0, 100),
    st.integers(1, 10_000),
)


@given(
    waiting=st.lists(_WAITING, max_size=120),
    desk=st.sampled_from(list(Desk)),
    complaining=st.frozensets(st.integers(1, 40)),
    settled=st.dictionaries(st.integers(1, 40), _REASONS, max_size=30),
)
def test_a_day_is_never_more_than_twenty_nor_sells_to_who_complains(
    waiting: list[Waiting],
    desk: Desk,
    complaining: frozenset[int],
    settled: dict[int, Reason],
) -> None:
    counts = {reason: list(settled.values()).count(reason) for reason in set(settled.values())}
    done = Done(frozenset(settled), counts)

    plan = plan_day(waiting, desk=desk, done=done, complaining=complaining)

    rows = [one for group in plan for one in group.rows]
    assert len(rows) + min(done.total, MOST) <= MOST
    assert not [w for w in rows if w.reason in OFFERS and w.customer_id in complaining]
    assert not [w for w in rows if w.customer_id in settled]
    assert len({w.key for w in rows}) == len(rows)
    assert [group.reason for group in plan] == [
        r for r in Reason if any(w.reason is r for w in rows)
    ]
    assert {group.reason for group in plan} <= REASONS_OF[desk]
    for group in plan:
        assert list(group.rows) == sorted(group.rows, key=lambda w: w.place)
    assert plan == plan_day(waiting[::-1], desk=desk, done=done, complaining=complaining) or any(
        a.place == b.place for a in waiting for b in waiting if a is not b
    )


def test_what_is_done_keeps_its_place_so_that_the_day_ends() -> None:
    waiting = [Waiting(Reason.SILENT, n, (float(n), n)) for n in range(1, 61)]
    plan = plan_day(waiting, desk=Desk.SALES, done=Done())
    first = [w.customer_id for w in plan[0].rows]
    assert first == list(range(1, 21))

    done = Done(frozenset({3, 7}), {Reason.SILENT: 2})
    rest = plan_day([w for w in waiting if w.customer_id not in {3, 7}], desk=Desk.SALES, done=done)

    assert [w.customer_id for w in rest[0].rows] == [n for n in first if n not in {3, 7}]


def test_new_people_and_birthdays_leave_room_for_the_others() -> None:
    waiting = [Waiting(Reason.FIRST, n, (float(n), n)) for n in range(1, 11)]
    waiting += [Waiting(Reason.BIRTHDAY, n, (float(n), n)) for n in range(11, 21)]
    waiting += [Waiting(Reason.SILENT, n, (float(n), n)) for n in range(21, 61)]

    plan = plan_day(waiting, desk=Desk.SALES, done=Done())

    assert {g.reason: len(g.rows) for g in plan} == {
        Reason.SILENT: 13,
        Reason.BIRTHDAY: 3,
        Reason.FIRST: 4,
    }


# The hour.


def at(hour: int, minute: int = 5) -> datetime:
    return datetime(2026, 11, 1, hour, minute, tzinfo=UTC)


def test_the_hour_somebody_buys_at_is_said_when_it_can_be_seen() -> None:
    usual = find_usual_hour([at(17), at(18), at(19), at(18), at(9), at(12)])

    assert usual is not None
    assert (usual.start, usual.end, usual.count, usual.total) == (17, 20, 4, 6)


@pytest.mark.parametrize(
    "moments",
    [
        [],
        [at(18)] * 4,
        [datetime(2026, 11, day, tzinfo=UTC) for day in range(1, 20)],
        [at(8), at(11), at(14), at(17), at(20), at(8), at(11), at(14), at(17), at(20)],
        [at(3)] * 9,
    ],
)
def test_no_hour_is_made_up(moments: list[datetime]) -> None:
    assert find_usual_hour(moments) is None


def test_who_did_not_answer_is_tried_at_another_time_of_day() -> None:
    assert [find_other_hour(at(hour)) for hour in (9, 14, 19)] == [(17, 20), (18, 21), (9, 11)]


# The words to a person.


@pytest.mark.parametrize("reason", TEXTS)
@pytest.mark.parametrize("language", ["vi", "zh-hans", "en"])
def test_every_reason_has_its_message_and_guesses_no_gender(reason: str, language: str) -> None:
    name = "王小明" if language == "zh-hans" else "Nguyễn Thị Hương"
    spoken = speak_to(full_name=name, salutation="", gender="", is_company=False, language=language)

    said = write_direct(
        reason=reason,
        language=language,
        spoken=spoken,
        shop="Nhà Mình",
        facts={"promise": "cá hồi"},
    )

    assert said
    assert "Nhà Mình" in said
    assert "{" not in said
    assert ("cá hồi" in said) == (reason == "promise")
    if language == "vi":
        assert "anh/chị" in said
    if language == "zh-hans":
        assert "您好" in said
        assert "女士" not in said
        assert "先生" not in said


def test_what_they_buy_again_is_offered_by_name_and_left_out_when_unknown() -> None:
    spoken = speak_to(
        full_name="Trần Bích Ngọc", salutation="cô", gender="", is_company=False, language="vi"
    )
    texts = [
        write_direct(reason="silent", language="vi", spoken=spoken, shop="Nhà Mình", facts=facts)
        for facts in ({"buy_again": "Sữa số 2"}, {})
    ]

    assert texts[0].startswith("Chào cô Ngọc, lâu rồi Nhà Mình chưa gặp cô ạ. Sữa số 2 cô hay mua")
    assert "hay mua" not in texts[1]


def test_zalo_opens_for_vietnamese_mobiles_only() -> None:
    assert zalo_url("+84912345678") == "https://zalo.me/84912345678"
    assert [zalo_url(p) for p in ("+842838222222", "+447700900001", "", "0912")] == [""] * 4


# The page.


@pytest.mark.req("R148")
def test_the_start_is_the_first_look_until_there_are_customers(
    owner: Client, add: Callable[..., Customer]
) -> None:
    assert owner.get("/")["Location"] == reverse("web:first_look")
    assert "Nobody is in the book yet" in shown(owner)

    add("Ánh")

    assert owner.get("/")["Location"] == PAGE
    assert "Nobody needs you today" in shown(owner)


def test_promises_come_first_and_complaints_second(
    owner: Client,
    add: Callable[..., Customer],
    silent: Callable[..., Customer],
    promised: Callable[..., Task],
) -> None:
    late, due = add("Bình", expected_amount=7_000_000), add("An", expected_amount=1_000_000)
    promised(due, "Send the quote")
    promised(late, "Call about the salmon", due_date=TODAY - timedelta(days=1))
    promised(add("Later"), due_date=TODAY + timedelta(days=1))
    open_case(customer_id=add("Cường").id, text="Not fresh", now=NOW - timedelta(days=2))
    silent("Dung", 300)
    silent("Em", 900)
    promised(None, "Ring the dairy", kind="task")

    page = shown(owner)

    assert names(page) == ["Bình", "An", "Cường", "Em", "Dung"]
    assert titles(page) == [
        ("Promises due", "2"),
        ("Open complaints", "1"),
        ("Valuable and silent", "2"),
        ("Tasks and reminders", "1"),
    ]
    assert "5 people left to look after today" in page
    assert "Worth" in page
    assert "12\N{NO-BREAK SPACE}tr" not in page  # the viewer reads English
    assert "₫12m in the next 12 months. Begin with the 2 promises due." in page
    assert "1 day overdue" in page
    assert "34 days away, usually 11 days" in page
    assert "Open for 2 days" in page
    assert "0 of 6 done" in page


def test_a_row_opens_by_its_address_and_says_all_it_needs(
    owner: Client, silent: Callable[..., Customer]
) -> None:
    silent("First", 900)
    second = silent("Nguyễn Thị Hương", 300)
    product = Product.objects.create(code="M2", name="Milk 2")
    Recommendation.objects.create(
        customer=second, product=product, kind="buy_again", rank=1, score=1.0
    )

    page = shown(owner, f"?open={public_id(second.id)}")

    assert page.count('class="work"') == 1
    opened = page[page.index('class="work"') :]
    assert "Milk 2, which you often buy" in opened
    assert 'href="tel:+84912345678"' in opened
    assert "https://zalo.me/84912345678" in opened
    for act in ("Call", "Open Zalo", "Copy message", "Done", "No answer", "Later", "Complaint"):
        assert act in opened
    assert 'value="2026-11-24"' in opened
    assert 'value="2026-11-26"' in opened
    assert 'value="2026-11-30"' in opened
    assert shown(owner, "?open=-").count('class="work"') == 0


def test_a_sample_person_is_never_rung(owner: Client, silent: Callable[..., Customer]) -> None:
    person = silent("An")
    Customer.objects.filter(id=person.id).update(is_demo=True, email="an@example.com")

    pages = [shown(owner), owner.get(f"/customers/{public_id(person.id)}/").content.decode()]

    for page in pages:
        assert not re.findall(r'href="(?:tel:|mailto:|https://zalo)', page)
        assert page.count('popovertarget="sample-person"') >= 3
        assert page.count('id="sample-person"') == 1
        assert "Sample person: nobody would answer" in page


def test_an_outcome_takes_the_row_away_and_undo_brings_it_back(
    owner: Client, silent: Callable[..., Customer]
) -> None:
    first, second = silent("First", 900), silent("Second", 300)

    page = record(owner, **row(first, "silent", outcome="no_answer", next=public_id(second.id)))

    assert names(page) == ["Second"]
    assert "1 of 2 done" in page
    assert "First: no answer. Comes back tomorrow, at another hour." in page
    assert shown(owner).count("1 of 2 done") == 1  # the same after a reload
    undo = re.search(r'action="(/today/undo/[^"]+)"', page)
    assert undo

    back = owner.post(undo[1], follow=True).content.decode()

    assert names(back) == ["First", "Second"]
    assert "0 of 2 done" in back
    assert not CallTask.objects.exists()


def test_who_is_done_rests_and_who_was_missed_comes_back(
    owner: Client, silent: Callable[..., Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    done, missed, later = silent("Done", 900), silent("Missed", 600), silent("Put off", 300)
    record(owner, **row(done, "silent", outcome="done"))
    record(owner, **row(missed, "silent", outcome="no_answer"))
    page = record(owner, **row(later, "silent", later="2026-11-26"))
    assert "That was the day" in page
    assert "3 settled today." in page
    assert "1 person reached." in page

    def on(days: int) -> list[tuple[str, list[str]]]:
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=days))
        page = shown(owner, "?as=sales")
        return [(title, names(page)) for title, _count in titles(page)]

    assert on(1) == [("Calls planned for today", ["Missed"])]
    assert "No answer yesterday at 10:00" in shown(owner, "?as=sales")
    assert "17:00 to 20:00" in shown(owner, "?as=sales")
    assert on(3) == [("Calls planned for today", ["Missed", "Put off"])]
    assert [name for _title, found in on(15) for name in found].count("Done") >= 1


def test_after_two_calls_without_an_answer_another_channel_comes_first(
    owner: Client, silent: Callable[..., Customer]
) -> None:
    person = silent("Missed")
    create_call_tasks(customer_ids=[person.id], reason={"code": "silent"}, due_date=TODAY, now=NOW)
    CallTask.objects.update(tries=2, tried_at=NOW - timedelta(days=1))

    page = shown(owner, "?as=sales")

    assert "Nobody answered twice: write instead" in page
    assert re.search(r'class="btn primary" href="https://zalo.me/84912345678"', page)


def test_a_kept_promise_is_done_and_told_on_the_timeline(
    owner: Client, add: Callable[..., Customer], promised: Callable[..., Task]
) -> None:
    person = add("An")
    task = promised(person, "Call about the salmon")

    page = record(owner, **row(person, "promise", task=task.public_id, outcome="done"))

    assert "An: promise kept. Well done." in page
    assert "1 promise kept." in page
    task.refresh_from_db()
    assert task.done_at == NOW
    customer_page = owner.get(f"/customers/{public_id(person.id)}/").content.decode()
    assert "Promise kept: Call about the salmon" in customer_page


def test_somebody_elses_outcome_is_not_recorded_twice(
    owner: Client, as_role: Callable[[str], Client], silent: Callable[..., Customer]
) -> None:
    person = silent("An")
    record(as_role("sales"), **row(person, "silent", outcome="done"))

    page = record(owner, **row(person, "silent", outcome="no_answer"))

    assert "Somebody recorded this today already." in page
    assert list(CallTask.objects.values_list("outcome", flat=True)) == ["done"]


@pytest.mark.req("R096")
def test_a_complaint_takes_a_person_out_of_what_we_want_to_sell(
    owner: Client, silent: Callable[..., Customer], promised: Callable[..., Task]
) -> None:
    person = silent("An")
    create_call_tasks(customer_ids=[person.id], reason={"code": "x"}, due_date=TODAY, now=NOW)
    silenced = silent("Quiet please")
    set_state(customer_id=silenced.id, kind=StateKind.DO_NOT_CONTACT, now=NOW)
    assert names(shown(owner, "?as=sales")) == ["An"]

    open_case(customer_id=person.id, text="Not fresh", now=NOW)

    assert names(shown(owner, "?as=sales")) == []
    care = shown(owner, "?as=care")
    assert titles(care) == [("Open complaints", "1")]
    assert "No offers until it is solved" in care
    promised(person, "Bring the money back")
    sales = shown(owner, "?as=sales")
    assert "A complaint is open: no offers until it is solved" in sales


def test_solving_a_complaint_needs_one_press(owner: Client, add: Callable[..., Customer]) -> None:
    person = add("An")
    case = open_case(customer_id=person.id, text="Not fresh", now=NOW - timedelta(days=1))

    page = record(
        owner,
        **row(person, "complaint", case=case.public_id, outcome="done", note="Money back"),
        **{"as": "care"},
    )

    assert "An: solved. Offers are possible again." in page
    case.refresh_from_db()
    assert (case.outcome, case.closed_at) == ("Money back", NOW)


def test_nobody_settles_what_belongs_to_somebody_else(
    owner: Client, add: Callable[..., Customer], promised: Callable[..., Task]
) -> None:
    task = promised(add("An"))
    other = add("Ben")
    case = open_case(customer_id=other.id, text="x", now=NOW)

    for wrong in (
        row(other, "promise", task=task.public_id, outcome="done"),
        row(add("Cy"), "complaint", case=case.public_id, outcome="done"),
        row(other, "silent", outcome="perhaps"),
        row(other, "silent", task="tsk_nonsense", outcome="done"),
    ):
        assert owner.post(reverse("web:today_record"), wrong).status_code == 404
    assert Task.objects.filter(done_at=None).count() == 1
    assert Case.objects.filter(closed_at=None).count() == 1
    assert not CallTask.objects.exists()


def test_everybody_sees_their_own_day(
    as_role: Callable[[str], Client],
    add: Callable[..., Customer],
    silent: Callable[..., Customer],
    promised: Callable[..., Task],
    staff: Callable[[str], Staff],
    business: Business,
) -> None:
    silent("Silent")
    open_case(customer_id=add("Cross").id, text="x", now=NOW)
    promised(add("Promised to by care"), assignee=staff("care"))
    promised(add("Promised to by sales"), assignee=staff("sales"))
    Campaign.objects.create(name="Spring", created_at=NOW, body="Hi")

    seen = {role: names(shown(as_role(role))) for role in ("sales", "care", "owner", "marketer")}

    assert seen == {
        "sales": ["Promised to by sales", "Silent"],
        "care": ["Promised to by care", "Cross"],
        "owner": ["Promised to by care", "Promised to by sales", "Cross", "Silent"],
        "marketer": [],
    }
    assert 'aria-label="Whose day"' not in shown(as_role("sales"), "?as=owner")
    assert names(shown(as_role("sales"), "?as=care")) == seen["sales"]
    assert 'aria-label="Whose day"' in shown(as_role("manager"))


def test_who_may_only_read_sees_no_form_and_records_nothing(
    as_role: Callable[[str], Client], silent: Callable[..., Customer]
) -> None:
    person, reader = silent("An"), as_role("read_only")

    assert "today/outcome" not in shown(reader)
    answer = reader.post(reverse("web:today_record"), row(person, "silent", outcome="done"))

    assert answer.status_code == 403
    assert not CallTask.objects.exists()


def test_the_owner_gives_a_person_to_a_colleague(
    owner: Client,
    as_role: Callable[[str], Client],
    staff: Callable[[str], Staff],
    silent: Callable[..., Customer],
) -> None:
    from idic.core import ids

    person, sales = silent("An"), staff("sales")
    values = {
        "customer": public_id(person.id),
        "reason": "silent",
        "staff": ids.encode("staff", sales.id),
    }

    page = owner.post(reverse("web:today_assign"), values, follow=True).content.decode()

    assert "Given to Sales." in page
    assert CallTask.objects.get().staff == sales
    assert names(shown(as_role("sales"))) == ["An"]
    assert as_role("care").post(reverse("web:today_assign"), values).status_code == 404


def test_a_task_about_nobody_is_done_put_off_and_taken_back(
    owner: Client, add: Callable[..., Customer], promised: Callable[..., Task]
) -> None:
    add("An")
    task = promised(None, "Ring the dairy", kind="task")
    assert "1 task left today" in shown(owner)

    page = record(owner, task=task.public_id, later="2026-11-26")
    assert "Put off until 26 Nov." in page
    assert "Ring the dairy" not in page
    undo = re.search(r'action="(/tasks/[^"]+)"', page)
    assert undo
    assert (
        "Ring the dairy" in owner.post(undo[1].replace("&amp;", "&"), follow=True).content.decode()
    )

    page = record(owner, task=task.public_id, outcome="done")
    assert "That was the day" in page
    task.refresh_from_db()
    assert task.done_at == NOW


def test_only_the_day_is_swapped_when_a_script_asks(
    owner: Client, silent: Callable[..., Customer]
) -> None:
    person = silent("An")
    headers = {"HX-Request": "true", "HX-Target": "day"}

    part = owner.get(f"{PAGE}?open={public_id(person.id)}", headers=headers)
    after = owner.post(
        reverse("web:today_record"), row(person, "silent", outcome="done"), headers=headers
    )

    assert part.content.decode().lstrip().startswith('<div id="day"')
    assert "<html" not in after.content.decode()
    assert "An: done." in after.content.decode()
    assert 'hx-swap-oob="beforeend:#toasts"' in after.content.decode()
    assert after["HX-Push-Url"].startswith(PAGE)


def test_a_promise_is_noted_from_the_customers_page(
    owner: Client, add: Callable[..., Customer]
) -> None:
    person = add("An")
    form = reverse("web:task_create") + f"?customer={public_id(person.id)}"
    assert owner.get(form).status_code == 200

    bad = owner.post(form, {"kind": "promise", "text": " ", "due": "2026-11-23"})
    good = owner.post(form, {"kind": "promise", "text": "Fish", "due": "2026-11-23"}, follow=True)

    assert bad.status_code == 422
    assert "Write what is to be done." in bad.content.decode()
    assert "Promised: Fish" in good.content.decode()
    assert names(shown(owner)) == ["An"]
    undo = re.search(r'action="(/tasks/[^"]+/remove/)"', good.content.decode())
    assert undo
    owner.post(undo[1])
    assert not Task.objects.exists()


def test_a_promise_written_under_the_timeline_stands_on_the_list(
    owner: Client, add: Callable[..., Customer]
) -> None:
    person = add("An")
    values = {"kind": "promise", "text": "Fish", "due": "2026-11-23"}

    owner.post(f"/customers/{public_id(person.id)}/note/", values)

    task = Task.objects.get()
    assert names(shown(owner)) == ["An"]
    owner.post(f"/customers/{public_id(person.id)}/promise/{task.note_id}/kept/")
    task.refresh_from_db()
    assert task.done_at == NOW


def test_a_promise_kept_by_mistake_is_taken_back_from_the_toast(
    owner: Client, add: Callable[..., Customer], promised: Callable[..., Task]
) -> None:
    person = add("An")
    task = promised(person, "Fish")
    page = f"/customers/{public_id(person.id)}/"

    kept = owner.post(f"{page}promise/{task.note_id}/kept/", follow=True).content.decode()
    undo = re.search(r'action="(/customers/[^"]+/undo/)"', kept)
    assert undo
    taken = owner.post(undo[1], follow=True).content.decode()

    assert "Promise kept. Well done." in kept
    assert "Taken back." in taken
    assert "Promise kept: Fish" not in taken
    task.refresh_from_db()
    assert task.done_at is None
    assert "Nothing was changed." in owner.post(undo[1], follow=True).content.decode()


@pytest.mark.parametrize(("desk", "opened"), [("sales", "Second"), ("care", "First")])
def test_a_complaint_opened_from_the_list_comes_back_to_its_place(
    owner: Client, silent: Callable[..., Customer], promised: Callable[..., Task],
    desk: str, opened: str,
) -> None:  # fmt: skip
    first = silent("First", 900)
    create_call_tasks(customer_ids=[first.id], reason={"code": "x"}, due_date=TODAY, now=NOW)
    second = silent("Second", 300)
    create_call_tasks(customer_ids=[second.id], reason={"code": "x"}, due_date=TODAY, now=NOW)
    silent("Third", 100)
    page = shown(owner, f"?as={desk}&open={public_id(first.id)}")
    link = re.search(r'href="(/cases/new/[^"]+)"', page)
    assert link
    form = owner.get(html.unescape(link[1])).content.decode()
    back = re.search(r'name="next" value="([^"]+)"', form[form.index("<main") :])
    assert back
    assert back[1].endswith("#opened")

    values = {"kind": "complaint", "text": "Not fresh", "next": html.unescape(back[1])}
    after = owner.post(link[1].split("?")[0], values, follow=True).content.decode()

    assert "Noted. This customer gets no advertising until it is solved." in after
    row_open = after[after.index('class="care open"') :]
    assert names(row_open)[0] == opened


def test_newcomers_and_birthdays_are_found(owner: Client, add: Callable[..., Customer]) -> None:
    phone = "+84912345678"
    add(
        "New",
        phone=phone,
        tier="new",
        first_order_date=TODAY - timedelta(days=3),
        expected_amount=9,
    )
    add("Too new", phone=phone, tier="new", first_order_date=TODAY, expected_amount=9)
    add(
        "No way to reach", tier="new", first_order_date=TODAY - timedelta(days=3), expected_amount=9
    )
    add("Today", phone=phone, tier="vip", birth_date=date(1980, 11, 23), expected_amount=5)
    add("Tomorrow", phone=phone, tier="loyal", birth_date=date(1990, 11, 24), expected_amount=3)
    week_on = add("Sunday", phone=phone, tier="vip", birth_date=date(1900, 11, 29))
    add("Past", phone=phone, tier="vip", birth_date=date(1980, 11, 22), expected_amount=9)
    add("Next week", phone=phone, tier="vip", birth_date=date(1980, 11, 30), expected_amount=9)
    refused = {"birth_date": date(1980, 11, 23), "expected_amount": 9, "zalo_reach": "denied"}
    add("Refused", phone=phone, tier="vip", **refused)

    page = shown(owner, "?as=care")
    early = shown(owner, f"?as=care&open={public_id(week_on.id)}")

    assert names(page) == ["Today", "Tomorrow", "Sunday", "New"]
    assert "Birthday today: turns 46" in page
    assert "Birthday tomorrow: turns 36" in page
    assert "Birthday on 29 Nov<" in page  # nobody turns 126
    assert "Copy message" in page
    assert "Copy message" not in early
    assert "Wish it on the day itself" in early
    assert "New customer: first purchase 3 days ago" in page


@pytest.mark.req("R027")
def test_who_uses_it_a_lot_stands_on_the_list_of_sales_and_care_but_not_with_a_complaint(
    owner: Client, add: Callable[..., Customer]
) -> None:
    watched = Segment.objects.create(name="Heavy use", created_at=NOW)
    angry = add("Angry", phone="+84912345678", usage_days=25)
    for person in (
        add("Heavy", phone="+84912345678", usage_days=20),
        add("Heavier", phone="+84912345678", usage_days=25),
        angry,
        add("No way to reach", usage_days=30),
    ):
        UpsellAlert.objects.create(
            customer=person,
            segment=watched,
            since_date=TODAY,
            usage_days=person.summary.usage_days,
        )
    open_case(customer_id=angry.id, text="It crashed", now=NOW)

    page = shown(owner, "?as=sales")

    assert names(page) == ["Heavier", "Heavy"]
    assert "Used it on 25 of 30 days" in page
    assert "Heavier" not in shown(owner, "?as=owner")


@pytest.mark.parametrize(
    ("born", "today", "birthday"),
    [
        (date(1990, 11, 23), date(2026, 11, 23), date(2026, 11, 23)),
        (date(1990, 1, 2), date(2026, 12, 30), date(2027, 1, 2)),
        (date(2000, 2, 29), date(2026, 2, 26), date(2026, 3, 1)),
        (date(2000, 2, 29), date(2028, 2, 26), date(2028, 2, 29)),
        (date(2000, 2, 29), date(2026, 3, 2), date(2027, 3, 1)),
    ],
)
def test_a_birthday_comes_every_year(born: date, today: date, birthday: date) -> None:
    assert find_birthday(born, today=today) == birthday


def test_who_is_born_on_a_leap_day_is_found_in_other_years(
    owner: Client, add: Callable[..., Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 2, 27, 3, 0, tzinfo=UTC))
    add("Leap", phone="+84912345678", tier="vip", birth_date=date(2000, 2, 29), expected_amount=5)

    page = shown(owner, "?as=care")

    assert names(page) == ["Leap"]
    assert "Birthday on 1 Mar: turns 27" in page


def test_a_marketer_is_told_what_waits(
    as_role: Callable[[str], Client], add: Callable[..., Customer], owner: Client
) -> None:
    from idic.differentiate.models import Segment, SegmentSize

    add("An")
    segment = Segment.objects.create(name="Friends", is_static=True, created_at=NOW)
    for days, count in ((6, 100), (0, 130)):
        SegmentSize.objects.create(
            segment=segment, on_date=TODAY - timedelta(days=days), customer_count=count
        )
    Campaign.objects.create(name="Draft one", segment=segment, body="Hi", created_at=NOW)
    Campaign.objects.create(
        name="Measured",
        segment=segment,
        state="sent",
        launched_at=NOW - timedelta(days=15),
        created_at=NOW - timedelta(days=16),
    )

    page = shown(as_role("marketer"))

    assert titles(page) == [
        ("Waiting to be looked over", "1"),
        ("Results are in", "1"),
        ("Segments that grew", "1"),
    ]
    assert "3 things to look after today" in page
    assert "30 more people" in page


def test_a_full_day_takes_as_few_queries_as_a_small_one(
    owner: Client,
    silent: Callable[..., Customer],
    promised: Callable[..., Task],
) -> None:
    def queries() -> int:
        shown(owner)
        with CaptureQueriesContext(connection) as captured:
            shown(owner)
        return len(captured)

    promised(silent("One"))
    silent("Two")
    few = queries()
    for number in range(25):
        person = silent(f"Person {number}")
        if number % 3 == 0:
            promised(person)
        if number % 5 == 0:
            open_case(customer_id=person.id, text="x", now=NOW)

    assert queries() == few
    assert few <= 10


@pytest.mark.parametrize(
    ("language", "head"),
    [
        ("vi", "Thứ Hai, 23/11/2026 · 15/10 âm lịch"),
        ("zh-hans", "2026年11月23日 星期一 · 农历十月十五"),
        ("en", "Monday, 23 Nov 2026"),
    ],
)
def test_the_day_is_headed_in_each_language(
    owner: Client, silent: Callable[..., Customer], language: str, head: str
) -> None:
    silent("An")
    owner.cookies["idic_language"] = language

    page = shown(owner)

    assert head in page
    if language != "en":
        assert "Why today" not in page
        with translation.override(language):
            assert translation.gettext("Why today") in page


def test_a_promise_that_is_due_comes_before_the_best_action(
    owner: Client, add: Callable[..., Customer], promised: Callable[..., Task]
) -> None:
    person = add("An", phone="+84912345678")
    page = f"/customers/{public_id(person.id)}/"
    promised(person, "Fish", due_date=TODAY + timedelta(days=1))
    assert "Keep what was promised" not in owner.get(page).content.decode()

    promised(person, "Rice")

    assert "Keep what was promised" in owner.get(page).content.decode()


def test_while_the_first_list_is_made_nobody_is_said_not_to_need_you(
    owner: Client, monkeypatch: pytest.MonkeyPatch, add: Callable[..., Customer]
) -> None:
    add("Lan")
    monkeypatch.setattr("idic.web.context.find_working", lambda **_: {"label": "Looking"})

    page = shown(owner)

    assert "Today’s list is being made" in page
    assert "Nobody needs you today" not in page
