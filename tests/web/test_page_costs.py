"""What a page costs: ten queries at most, and as many when there is ten times as much to show. Of
every page a browser looks at (`tests/browser/pages.py`), without the browser.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from idic.core import clock, ids
from idic.core.jobs.worker import drain
from idic.core.models import Role
from idic.core.selectors import get_business
from idic.differentiate.models import NeedGroup, Segment
from idic.identify.models import (
    CleaningProposal,
    Customer,
    Event,
    Form,
    FormSubmission,
    HeldSubmission,
    ImportRun,
    ImportState,
    IngestProblem,
    Order,
    Question,
    Source,
    SourceRecord,
)
from idic.identify.public_forms.reading import Sent
from idic.identify.services.forms.building import create_form
from idic.identify.services.ingest import hooks, pulling
from idic.interact.delivery import Delivery
from idic.interact.models import Campaign, Goal, Message, Task
from idic.interact.services.campaigns import create_campaign
from idic.web.services.loop import run_loop
from tests.browser.pages import FORM, LINKED, PLAIN, STEPS, SYSTEM
from tests.interact import cast

MOST = 10
_FEW, _MORE = 4, 30
# A part of a page that follows it by itself is held to the same.
PARTS = ("interact:campaign_example",)


@pytest.fixture
def shop(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.open_shop(now=now)
    # What is minutes old has surely been committed; ids carry the real clock.
    monkeypatch.setattr(clock, "now", lambda: now)
    Source.objects.create(key="demo", name="Sample", kind="till", is_demo=True, created_at=now)
    NeedGroup.objects.create(name="Tea", position=1, is_current=True, created_at=now)
    # The usual questions come with a migration; tests that commit sweep their rows away.
    Question.objects.get_or_create(
        trait="birth_date", removed_at=None, defaults={"kind": "date", "created_at": now}
    )


def test_no_page_asks_the_database_more_than_ten_times_however_much_there_is(
    shop: None, now: datetime
) -> None:
    client = Client()
    client.force_login(cast.hire(Role.OWNER))

    few = _count(client, _grow(_FEW, now))
    many = _count(client, _grow(_MORE, now))

    assert {name: (few[name], many[name]) for name in many if many[name] > few[name]} == {}
    most = {name: max(few[name], many[name]) for name in many}
    assert {name: count for name, count in most.items() if count > MOST} == {}


def _count(client: Client, addresses: dict[str, str]) -> dict[str, int]:
    found = {}
    for name, path in addresses.items():
        client.get(path)  # what is fetched once a process or brought up to date once a day
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        assert answer.status_code == 200 or name == "measure:sample_shop", (name, path)
        found[name] = len(captured)
    return found


def _grow(count: int, now: datetime) -> dict[str, str]:
    """Let a shop have so many of everything; give the addresses of its pages."""
    people = [_person(number, now) for number in range(count)]
    run_loop(as_of=now.date(), now=now)
    for number in range(count):
        name = f"Segment {count} {number}"
        segment = cast.segment_of(people, now=now, name=name)
        waiting = _campaign(segment, now)
    sent = Client()
    sent.force_login(cast.hire(Role.OWNER))
    launched = _campaign(segment, now)
    sent.post(_of("interact:campaign_launch", "campaign", launched), {"control_rate": "0.1"})
    drain()
    delivery = Delivery(owner="test")
    while delivery.turn(now=now):
        pass
    delivery.close()
    undo = {"identify:import_undo": _of("identify:import_undo", "import", _import(people, now))}
    form = _form(people, now)
    pages = PLAIN | _linked(people[0], segment, launched) | _steps(waiting) | undo
    pages |= {name: _of(name, "form", form) for name in FORM}
    system = _system(people, now)
    return pages | {name: _of(name, "source", system) for name in SYSTEM}


def _person(number: int, now: datetime) -> Customer:
    email = "" if number % 4 == 3 else None
    person = cast.add_customer(now=now, name=f"Ann Lee {number}", email=email)
    for days in range(10 + number, 200, 40):
        cast.buy(person, at=now - timedelta(days=days), amount=10_00 + number, product=f"T{number}")
    CleaningProposal.objects.create(
        customer=person,
        field="name",
        reason="name_salutation",
        before=f"Ms Ann Lee {number}",
        after=f"Ann Lee {number}",
        made_at=now,
    )
    Task.objects.create(customer=person, text="Ring", due_at=now, created_at=now)
    return person


def _form(people: list[Customer], now: datetime) -> Form:
    """Let these people have filled in a form; some of it waits to be decided on."""
    staff = cast.hire(Role.OWNER)
    form = create_form(name="Card", kind="lead", business=get_business(), staff=staff, now=now)
    for number, one in enumerate(people):
        record = SourceRecord.objects.create(
            source=form.source, source_key=f"f{number}", customer=one, created_at=now
        )
        for state in ("taken", "held"):
            row = FormSubmission.objects.create(
                form=form,
                key=f"{state}{number}",
                state=state,
                reason="" if state == "taken" else "links",
                record=record if state == "taken" else None,
                language="en",
                received_at=now,
            )
            if state == "held":
                HeldSubmission.objects.create(submission=row, said=Sent(name="Bo").to_json())
    return form


def _system(people: list[Customer], now: datetime) -> Source:
    """Let a shop system have told of these people, and be asked; some of it could not be taken."""
    given: dict[str, Any] = {"staff": cast.hire(Role.OWNER), "home": settings.IDIC_HOME, "now": now}
    name = f"KiotViet {len(people)}"
    source = hooks.create_webhook(name=name, sender="kiotviet", **given).source
    pulling.connect(source=source, retailer="tea", client_id="id", secret="hush", **given)
    for number, one in enumerate(people):
        record = SourceRecord.objects.create(
            source=source, source_key=f"KH{number}", customer=one, created_at=now
        )
        Event.objects.create(
            source=source,
            message_id=str(number),
            record=record,
            kind="Order Updated",
            occurred_at=now,
            received_at=now,
        )
        IngestProblem.objects.create(
            source=source, state="rejected", reason="unreadable", received_at=now
        )
    return source


def _import(people: list[Customer], now: datetime) -> ImportRun:
    """Let these people have come by a file, and one of their orders have been changed since."""
    made = ImportRun.objects.create(
        kind="orders",
        source=cast.source(now),
        file_name="till.csv",
        state=ImportState.PUBLISHED,
        counts={"customer_ids": [people[0].id, people[-1].id], "updated_orders": 1},
        created_at=now,
        published_at=now,
        last_revision=ids.new_id(),
    )
    records = SourceRecord.objects.filter(customer__in=people)
    Order.objects.filter(record__in=records).update(import_run=made)
    records.update(import_run=made)
    changed = Order.objects.filter(import_run=made).first()
    assert changed is not None
    changed.revision = ids.new_id()
    changed.save()
    return made


def _campaign(segment: Segment, now: datetime) -> Campaign:
    staff = cast.hire(Role.OWNER)
    return create_campaign(
        name="Tea", segment=segment, goal=Goal.WIN_BACK, language="en", staff=staff, now=now
    )


def _linked(person: Customer, segment: Segment, launched: Campaign) -> dict[str, str]:
    message = Message.objects.order_by("-id")[0]
    given: dict[str, Any] = {
        "web:customer_detail": ("customer", person),
        "web:customer_edit": ("customer", person),
        "web:customer_same": ("customer", person),
        "web:customer_card": ("customer", person),
        "web:customer_questions": ("customer", person),
        "web:customer_link": ("customer", person),
        "identify:source_origin": ("source", Source.objects.exclude(kind="crm")[0]),
        "web:customer_consent": ("customer", person),
        "web:customer_purchases": ("customer", person),
        "web:segment_purchases": ("segment", segment),
        "web:customer_rights": ("customer", person),
        "identify:question_edit": ("question", Question.objects.order_by("id")[0]),
        "interact:case_create": ("customer", person),
        "differentiate:segment_detail": ("segment", segment),
        "differentiate:segment_edit": ("segment", segment),
        "interact:campaign_detail": ("campaign", launched),
        "interact:campaign_left_out": ("campaign", launched, "no_address"),
        "interact:message_detail": ("message", message),
    }
    group = reverse("differentiate:need_edit", args=[NeedGroup.objects.latest("id").id])
    found = {name: _of(name, *what) for name, what in given.items()}
    found["differentiate:need_edit"] = group
    found["differentiate:plan_edit"] = reverse("differentiate:plan_edit", args=["vip"])
    found["web:quality_reason"] = reverse("web:quality_reason", args=["name_salutation"])
    assert set(found) == set(LINKED)
    return found


def _steps(waiting: Campaign) -> dict[str, str]:
    return {name: _of(name, "campaign", waiting) for name in (*STEPS, *PARTS)}


def _of(name: str, kind: str, row: Any, *more: str) -> str:
    return reverse(name, args=[ids.encode(kind, row.id), *more])
