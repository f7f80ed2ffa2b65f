"""Joining customers and parting them again: what is kept, what wins, what is refused."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from idic.cli.program import run
from idic.core import ids
from idic.core.models import AuditEntry
from idic.core.models.jobs import Job
from idic.differentiate.models import CustomerSummary, Reach
from idic.experiments.assignment import ArmPlan
from idic.experiments.models import Arm, Assignment, Contamination
from idic.experiments.services import experiments
from idic.identify.events import CustomersMerged
from idic.identify.handlers import index_joined_people
from idic.identify.history import list_acts, list_conflicts
from idic.identify.models import (
    Customer,
    CustomerState,
    IdentityAct,
    IdentityLink,
    IdentityLogEntry,
    IdentityMove,
    IdentityRedirect,
    Order,
    Source,
    SourceRecord,
    StateKind,
    Trait,
)
from idic.identify.search import find
from idic.identify.search.store import dialect
from idic.identify.services.customers import edit_customer
from idic.identify.services.demo_removal import remove_demo
from idic.identify.services.identity import (
    AlreadyUndone,
    CannotDivide,
    CannotLink,
    CannotMerge,
    ChangedMeanwhile,
    Group,
    KeptApart,
    NothingLeft,
    cannot_link,
    lift,
    merge,
    merge_groups,
    must_link,
    reassign,
    replay,
    settle,
    split,
    unmerge,
)
from idic.identify.services.notes import add_note
from idic.identify.services.privacy import erase_person
from idic.identify.services.states import clear_state, has_state, set_state
from tests.cast import NOW

from .people import People, owners

pytestmark = [pytest.mark.django_db, pytest.mark.req("R003", "R028", "R031")]
BY: dict[str, Any] = {"by": "person", "actor": "alice@example.com"}


@pytest.fixture
def people() -> People:
    return People()


def join(people: People, *numbers: int) -> IdentityLogEntry:
    return merge(customer_ids=set(numbers), now=people.tick(), **BY)


def part(people: People, entry: IdentityLogEntry) -> IdentityLogEntry:
    return unmerge(entry_id=entry.id, actor="bob@example.com", now=people.tick())


def record_of(number: int) -> int:
    return SourceRecord.objects.filter(customer_id=number).order_by("id")[0].id


def shown(number: int) -> tuple[str, str]:
    return Customer.objects.values_list("full_name", "email").get(id=number)


def test_the_oldest_number_lives_on_and_facts_stay_on_their_records(people: People) -> None:
    lan, double = people.add(name="Lan"), people.add(email="lan@example.com")
    people.buy(record_of(double))
    order = Order.objects.get()

    entry = join(people, double, lan)

    assert entry.customer_id == lan
    assert set(owners().values()) == {lan}
    assert Order.objects.get().record_id == order.record_id
    assert shown(lan) == ("Lan", "lan@example.com")
    assert Customer.objects.get(id=double).merged_into_id == lan


@pytest.mark.req("R037")
def test_a_lead_who_turns_out_to_have_bought_is_a_customer_and_a_lead_again_once_parted(
    people: People,
) -> None:
    lead, buyer = people.add(name="Lan"), people.add(name="Lan")
    Customer.objects.filter(id=lead).update(lifecycle_stage="lead")
    people.buy(record_of(buyer))

    entry = join(people, lead, buyer)
    assert Customer.objects.get(id=lead).lifecycle_stage == "customer"

    part(people, entry)
    assert Customer.objects.get(id=lead).lifecycle_stage == "lead"
    assert Customer.objects.get(id=buyer).lifecycle_stage == "customer"


def test_who_bought_while_joined_is_a_customer_afterwards(people: People) -> None:
    lan, double = people.add(name="Lan"), people.add(name="Lan")
    record = record_of(double)
    entry = join(people, lan, double)
    people.buy(record)

    part(people, entry)

    assert Customer.objects.get(id=double).lifecycle_stage == "customer"
    assert Customer.objects.get(id=lan).lifecycle_stage == "prospect"


def test_old_numbers_lead_to_who_lives_and_stop_when_they_live_again(people: People) -> None:
    first, second, third = (people.add(name=name) for name in ("Lan", "Lan", "Lan Anh"))
    inner = join(people, second, third)
    outer = join(people, first, second)

    def leads() -> list[int | None]:
        rows = Customer.objects.filter(id__in=[first, second, third]).order_by("id")
        return list(rows.values_list("merged_into_id", flat=True))

    assert leads() == [None, first, first]
    part(people, inner)
    assert leads() == [None, first, None]
    part(people, outer)
    assert leads() == [None, None, None]
    assert replay().is_whole


def test_the_search_finds_one_who_was_joined_once_and_both_once_parted(people: People) -> None:
    lan = people.add(name="Lan", email="lan@example.com")
    double = people.add(name="Hoa", email="hoa@example.com")

    entry = join(people, lan, double)
    assert [hit.customer_id for hit in find(query="hoa@example.com", limit=5)] == [lan]

    part(people, entry)
    assert [hit.customer_id for hit in find(query="hoa@example.com", limit=5)] == [double]


def test_a_note_written_under_an_old_number_goes_back_with_it(people: People) -> None:
    lan, double = people.add(name="Lan"), people.add(name="Hoa")
    entry = join(people, lan, double)

    add_note(customer_id=double, text="For Hoa", author="alice", now=people.tick())
    add_note(customer_id=lan, text="For Lan", author="alice", now=people.tick())
    part(people, entry)

    of_lan = SourceRecord.objects.get(source__key="crm", customer_id=lan)
    of_hoa = SourceRecord.objects.get(source__key="crm", customer_id=double)
    assert [event.detail["text"] for event in of_lan.events.all()] == ["For Lan"]
    assert [event.detail["text"] for event in of_hoa.events.all()] == ["For Hoa"]


def test_pinned_values_survive_a_merge_and_those_that_contradict_are_listed(
    people: People,
) -> None:
    lan, double = people.add(name="Lan"), people.add(name="Lan")
    for number, city in ((lan, "Huế"), (double, "Vinh")):
        edit_customer(
            customer_id=number, changes={"city": city}, actor="alice", country="VN",
            now=people.tick(),
        )  # fmt: skip

    entry = join(people, lan, double)

    assert Customer.objects.get(id=lan).city == "Vinh"
    assert Trait.objects.filter(is_pinned=True).count() == 2
    (conflict,) = list_conflicts()
    found = (conflict.customer_id, conflict.name, conflict.shown, conflict.others)
    assert found == (lan, "city", "Vinh", ("Huế",))
    edit_customer(
        customer_id=lan, changes={"city": "Đà Nẵng"}, actor="alice", country="VN", now=people.tick()
    )
    assert list_conflicts() == []
    part(people, entry)
    assert Customer.objects.get(id=double).city == "Vinh"


def test_a_value_older_than_any_trait_comes_back(people: People) -> None:
    lan, double = people.add(), people.add(name="Hoa")
    Customer.objects.filter(id=lan).update(full_name="Chị Lan", city="Huế")

    entry = join(people, lan, double)
    assert shown(lan)[0] == "Hoa"

    part(people, entry)
    assert (Customer.objects.get(id=lan).full_name, Customer.objects.get(id=lan).city) == (
        "Chị Lan",
        "Huế",
    )


def test_a_refusal_of_either_wins_and_no_merge_widens_consent(people: People) -> None:
    lan = people.add(name="Lan", email="lan@example.com")
    double = people.add(name="Lan", email="l@example.com")
    people.consent(record_of(lan), "lan@example.com", "granted")
    people.consent(record_of(double), "old@example.com", "denied")
    people.refresh()
    reach = dict(CustomerSummary.objects.values_list("customer_id", "email_reach"))
    assert reach == {lan: Reach.ALLOWED, double: Reach.DENIED}

    entry = join(people, lan, double)
    people.refresh()
    assert CustomerSummary.objects.get().email_reach == Reach.DENIED

    part(people, entry)
    people.refresh()
    assert dict(CustomerSummary.objects.values_list("customer_id", "email_reach")) == reach


def test_a_state_holds_of_who_lives_and_goes_back_with_whom_it_was_said_of(
    people: People, now: datetime
) -> None:
    lan, double = people.add(name="Lan"), people.add(name="Lan")
    silent, waits = StateKind.DO_NOT_CONTACT, StateKind.OPEN_CASE
    set_state(customer_id=double, kind=silent, now=now)

    entry = join(people, lan, double)
    assert has_state(customer_id=lan, kind=silent, at=now)
    assert has_state(customer_id=double, kind=silent, at=now)
    set_state(customer_id=double, kind=waits, now=now, reference="case:1")
    assert CustomerState.objects.get(kind=waits).customer_id == lan

    part(people, entry)
    assert not has_state(customer_id=lan, kind=silent, at=now)
    assert has_state(customer_id=double, kind=silent, at=now)
    assert clear_state(customer_id=double, kind=waits, now=now, reference="case:1")


def test_who_stood_in_two_arms_is_counted_and_left_out_until_the_end(people: People) -> None:
    lan, double = people.add(name="Lan"), people.add(name="Lan")
    end = NOW + timedelta(days=30)
    plans = [
        ArmPlan(key="treatment", share=Decimal("0.5")),
        ArmPlan(key="control", share=Decimal("0.5"), is_control=True),
    ]
    trial = experiments.create(name="Spring", arms=plans, now=NOW, started_at=NOW, ended_at=end)
    for number, arm in zip((lan, double), Arm.objects.order_by("position"), strict=True):
        Assignment.objects.create(experiment=trial, arm=arm, customer_id=number, assigned_at=NOW)

    entry = join(people, lan, double)

    assert list(Contamination.objects.values_list("experiment_id", "customer_id")) == [
        (trial.id, lan)
    ]
    assert set(Assignment.objects.values_list("customer_id", flat=True)) == {lan, double}
    only = StateKind.EXPERIMENT_ONLY
    assert has_state(customer_id=lan, kind=only, at=end - timedelta(days=1))
    assert not has_state(customer_id=lan, kind=only, at=end)
    part(people, entry)
    assert not CustomerState.objects.exists()


def test_what_cannot_be_joined_is_refused_and_nothing_happens(people: People) -> None:
    lan, double, demo = people.add(name="Lan"), people.add(name="Hoa"), people.add(name="Demo")
    Customer.objects.filter(id=demo).update(is_demo=True)
    then = owners()

    with pytest.raises(CannotMerge, match="two different customers"):
        join(people, lan)
    with pytest.raises(CannotMerge, match="no longer exists"):
        merge(customer_ids={lan, 17}, now=NOW, **BY)
    with pytest.raises(CannotMerge, match="sample shop"):
        join(people, lan, demo)
    entry = join(people, lan, double)
    with pytest.raises(ChangedMeanwhile, match="just been joined"):
        join(people, lan, double)
    part(people, entry)
    with pytest.raises(AlreadyUndone, match="undone already"):
        part(people, entry)
    assert owners() == then


def test_what_was_said_to_be_two_is_never_joined_until_that_is_taken_back(
    people: People,
) -> None:
    lan, double = people.add(name="Lan"), people.add(name="Lan")
    pair = (record_of(lan), record_of(double))
    said = cannot_link(record_ids=pair, now=people.tick(), **BY)

    with pytest.raises(KeptApart, match="different people") as refused:
        join(people, lan, double)
    assert refused.value.pairs == [pair]
    with pytest.raises(CannotLink, match="opposite"):
        must_link(record_ids=pair, now=people.tick(), **BY)
    assert owners() == {pair[0]: lan, pair[1]: double}

    lift(entry_id=said.id, actor="bob", now=people.tick())
    join(people, lan, double)
    with pytest.raises(CannotLink, match="one customer now"):
        cannot_link(record_ids=pair, now=people.tick(), **BY)
    acts = [act.act for act in list_acts(customer_id=double)]
    assert acts == [IdentityAct.MERGE, IdentityAct.LIFT, IdentityAct.CANNOT_LINK]


def test_the_larger_part_keeps_the_number_of_a_customer_who_is_two(people: People) -> None:
    lan = people.add(name="Lan")
    second, third = people.add_record(lan), people.add_record(lan)
    people.say(third, "name", "Hoa")
    first = record_of(lan)

    entry = split(customer_id=lan, record_ids=[first, second], now=people.tick(), **BY)

    (other,) = set(owners().values()) - {lan}
    assert owners() == {first: lan, second: lan, third: other}
    assert [move.to_customer_id for move in entry.moves.all()] == [other]
    assert other is not None
    assert shown(other)[0] == "Hoa"
    assert shown(lan)[0] == "Lan"
    with pytest.raises(CannotDivide, match="each side"):
        split(customer_id=lan, record_ids=[first, second], now=people.tick(), **BY)
    with pytest.raises(ChangedMeanwhile):
        split(customer_id=lan, record_ids=[third], now=people.tick(), **BY)
    assert replay().is_whole


def test_a_record_of_two_people_is_divided_by_its_facts_and_put_together_again(
    people: People,
) -> None:
    lan = people.add(name="Lan")
    record = record_of(lan)
    people.buy(record)
    people.buy(record)
    theirs, hers = Order.objects.order_by("id")

    entry = reassign(record_id=record, facts={"orders": [hers.id]}, now=people.tick(), **BY)

    moved = Order.objects.get(id=hers.id)
    assert moved.record_id != record
    assert moved.revision > hers.revision
    assert moved.record is not None
    assert moved.record.customer_id not in (None, lan)
    assert Order.objects.get(id=theirs.id).record_id == record
    assert entry.record_ids == [record, moved.record_id]
    with pytest.raises(CannotDivide, match="does not belong"):
        reassign(record_id=record, facts={"orders": [hers.id]}, now=people.tick(), **BY)
    assert moved.record_id is not None
    reassign(
        record_id=moved.record_id, into_record_id=record, facts={"orders": [hers.id]},
        now=people.tick(), **BY,
    )  # fmt: skip
    assert Order.objects.get(id=hers.id).record_id == record
    assert replay().is_whole


def test_a_merge_whose_records_were_all_divided_off_later_has_nothing_to_give_back(
    people: People,
) -> None:
    lan, double = people.add(name="Lan"), people.add(name="Hoa")
    people.add_record(lan)
    record = record_of(double)
    entry = join(people, lan, double)
    split(customer_id=lan, record_ids=[record], now=people.tick(), **BY)

    with pytest.raises(NothingLeft):
        part(people, entry)

    assert Customer.objects.get(id=double).merged_into_id == lan
    assert replay().is_whole


def test_what_a_file_brought_for_a_number_joined_meanwhile_comes_home(people: People) -> None:
    lan, double = people.add(name="Lan"), people.add(name="Hoa")
    join(people, lan, double)
    stray = SourceRecord.objects.create(
        source=people.shop.till, source_key="late", customer_id=double, created_at=NOW
    )

    settle(customer_ids=[double])

    assert owners()[stray.id] == lan
    assert replay().is_whole


def test_an_act_is_told_to_whoever_computes_and_stands_in_the_trail(people: People) -> None:
    lan, double = people.add(name="Lan"), people.add(name="Hoa")
    Job.objects.all().delete()

    entry = join(people, lan, double)

    refreshed = Job.objects.filter(kwargs__icontains="refresh_changed")
    assert refreshed.count() == 1
    trail = AuditEntry.objects.get(action="identity.merge")
    assert trail.subject_id == ids.encode("customer", lan)
    assert trail.detail == {"entry": str(entry.id), "customers": [str(lan), str(double)]}


def test_the_command_line_joins_parts_tells_and_checks(
    people: People, capsys: pytest.CaptureFixture[str]
) -> None:
    lan, double = people.add(name="Lan"), people.add(name="Hoa")
    words = [ids.encode("customer", number) for number in (lan, double)]

    def told(*arguments: str) -> object:
        assert run(["identify", *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    merged = told("merge", *words)
    entry = str(IdentityLogEntry.objects.get().id)
    assert merged == {"customer": words[0], "entry": entry}
    parted = told("unmerge", entry)
    assert parted["customers"] == [words[1]]  # type: ignore[index]
    log = told("log", words[1])
    assert [act["act"] for act in log] == ["unmerge", "merge"]  # type: ignore[attr-defined]
    check = told("log", "--check")
    assert check["is_whole"] is True  # type: ignore[index]
    assert run(["identify", "unmerge", entry]) == 1
    assert "undone already" in capsys.readouterr().err


def test_the_search_hears_of_a_merge_that_did_not_come_to_it(people: People) -> None:
    lan = people.add(name="Lan", email="lan@example.com")
    double = people.add(name="Hoa", email="hoa@example.com")
    join(people, lan, double)
    with connection.cursor() as cursor:
        dialect().drop(cursor, [lan])

    index_joined_people(CustomersMerged((lan, double), lan, 1))

    assert [hit.customer_id for hit in find(query="hoa@example.com", limit=5)] == [lan]


def test_erasing_a_joined_person_leaves_nothing_of_either(people: People) -> None:
    lan, double = people.add(name="Lan"), people.add(name="Hoa")
    other = people.add(name="Minh")
    cannot_link(record_ids=(record_of(lan), record_of(other)), now=people.tick(), **BY)
    join(people, lan, double)

    erase_person(customer_id=lan, actor="alice", now=people.tick())

    assert set(owners().values()) == {other}
    assert list(Customer.objects.values_list("id", flat=True)) == [other]
    assert not IdentityLogEntry.objects.exists()
    assert not IdentityMove.objects.exists()
    assert not IdentityLink.objects.exists()
    assert replay().is_whole


def test_many_groups_are_joined_and_a_refusal_concerns_its_group_only(people: People) -> None:
    first, second, third, fourth, fifth = (people.add(name="Lan") for _ in range(5))
    cannot_link(record_ids=(record_of(fourth), record_of(fifth)), now=people.tick(), **BY)
    groups = [
        Group({first, second}, {"weight": 12.5}),
        Group({second, third}),
        Group({fourth, fifth}),
        Group({first, third}),
    ]

    came = merge_groups(groups=groups, by="model:1", actor="system:matching", now=people.tick())

    assert Customer.objects.filter(merged_into=first).count() == 2
    assert len(came.entry_ids) == 2
    assert IdentityLogEntry.objects.get(id=came.entry_ids[0]).evidence == {"weight": 12.5}
    ((group, sentence),) = came.refused
    assert group == groups[2]
    assert "different people" in sentence
    again = merge_groups(groups=groups[:2], by="model:1", actor="system:m", now=people.tick())
    assert again.entry_ids == []
    for entry_id in reversed(came.entry_ids):
        unmerge(entry_id=entry_id, actor="bob", now=people.tick())
    assert people.living() == [first, second, third, fourth, fifth]


def test_the_sample_shop_goes_with_its_merges(people: People) -> None:
    lan, double, third = (people.add(name="Lan") for _ in range(3))
    Customer.objects.update(is_demo=True)
    Source.objects.update(is_demo=True)
    part(people, join(people, lan, double))
    join(people, lan, third)
    cannot_link(record_ids=(record_of(double), record_of(lan)), now=people.tick(), **BY)

    remove_demo(actor="alice", now=people.tick())

    assert not Customer.objects.exists()
    assert not IdentityLogEntry.objects.exists()
    assert not IdentityRedirect.objects.exists()
