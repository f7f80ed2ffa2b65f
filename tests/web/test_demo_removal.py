"""The sample shop's end: nothing of it stays, whatever cut the removal short, and the owner's own
data says the same as if the sample shop had never been there.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test import override_settings
from pytest_django import Settings

from idic.cli.first_look import figures_of
from idic.core import bulk, clock, ids
from idic.core.demo_data import count_demo
from idic.core.jobs.worker import drain
from idic.core.models import AuditEntry, Business, Job
from idic.customize.models import Product
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary, Segment
from idic.differentiate.services.segments import create_segment
from idic.identify import facts
from idic.identify.importing.columns import Kind
from idic.identify.importing.problems import ImportProblem
from idic.identify.models import (
    Customer,
    Event,
    Identifier,
    ImportRun,
    Order,
    Source,
    SourceKind,
    SourceRecord,
)
from idic.identify.selectors import has_demo
from idic.identify.services import demo_loading, demo_removal
from idic.identify.services.demo_removal import remove_demo
from idic.identify.services.imports.request import ImportRequest
from idic.identify.services.imports.running import import_file
from idic.identify.services.notes import add_note
from idic.identify.services.questions.editing import ensure_standard
from idic.interact.models import AudienceMember, Campaign, Goal
from idic.interact.services.campaigns import create_campaign
from idic.lake.models import LakeFile
from idic.web.selectors import count_everything
from idic.web.selectors.first_look import find_first_look
from idic.web.services import demo as loader
from idic.web.services.loop import run_loop
from tests.cast import NOW, TODAY, hire, open_shop
from tests.writes import rows_by_transaction

pytestmark = pytest.mark.django_db
PEOPLE = 40
# As so many people stand here: who is known under several keys was not always recognised.
CUSTOMERS = 41
# What a removal may leave: the trail, the numbers in the consent ledger's chain, work to be done,
# files no reader sees any more, settings.
KEPT = {"core.AuditEntry", "core.Job", "lake.LakeFile", "identify.LakeMark"}
KEPT |= {"interact.ContactPolicy", "identify.ConsentRemoval", "identify.ConsentSeal"}


class Stopped(Exception):
    """Stands for a kill."""


@dataclass(frozen=True)
class Loaded:
    """The sample shop as it was loaded: the directory around its state, the rows of before."""

    folder: Path
    before: dict[str, int]


@pytest.fixture(scope="module")
def sample(standing: None, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Load the sample shop once: every test takes it apart within a transaction of its own."""
    home = tmp_path_factory.mktemp("sample")
    places = {"IDIC_HOME": home, "IDIC_LAKE": home / "lake", "IDIC_FILES": home / "files"}
    with override_settings(**places):
        begin()
        before = rows()
        load()
    return Loaded(folder=home, before=before)


@pytest.fixture
def loaded(sample: Loaded, state: Path) -> Loaded:
    """Give the sample shop with a copy of its state directory."""
    shutil.copytree(sample.folder, state / "first", dirs_exist_ok=True)
    return Loaded(folder=state, before=sample.before)


@pytest.fixture
def state(tmp_path: Path, settings: Settings) -> Path:
    """Give a state directory of the test's own."""
    use(tmp_path / "first", settings)
    return tmp_path


def use(home: Path, settings: Any) -> None:
    home.mkdir(parents=True, exist_ok=True)
    settings.IDIC_HOME, settings.IDIC_LAKE, settings.IDIC_FILES = (
        home,
        home / "lake",
        home / "files",
    )


def begin() -> None:
    open_shop()
    Source.objects.all().delete()
    Business.objects.update(as_of_date=None)
    # They come with a migration; tests that commit sweep their rows away.
    ensure_standard(now=NOW)


def load() -> None:
    loader.load_demo(now=NOW, today=TODAY, trade="saas", seed=5, people=PEOPLE)


def remove(**more: Any) -> dict[str, int]:
    return remove_demo(actor="system:test", now=NOW, **more)


def refresh() -> None:
    # Ids carry the real clock; what is minutes old has surely been committed.
    run_loop(as_of=TODAY, now=clock.now() + timedelta(hours=1))


def rows() -> dict[str, int]:
    """Count every table of every room."""
    return {
        model._meta.label: model._base_manager.count()
        for room in django_settings.ROOMS
        for model in apps.get_app_config(room.rsplit(".", 1)[-1]).get_models()
        if model._meta.label not in KEPT
    }


def check_nothing_is_left(before: dict[str, int]) -> None:
    assert rows() == before
    assert count_demo() == dict.fromkeys(count_demo(), 0)
    assert not LakeFile.objects.filter(retired_at=None, dataset__in=["order", "event"]).exists()
    assert facts.query("SELECT count(*) AS n FROM customer_orders")["n"][0] == 0
    assert not (django_settings.IDIC_FILES / "demo").exists()
    assert not has_demo()


def own_file(path: Path) -> Path:
    """Write a file of the owner's that has everything in common with the sample shop that a file
    may have: a till of that name, the same order numbers, card numbers, mail addresses and goods.
    """
    numbers = list(Order.objects.order_by("id").values_list("order_number", flat=True)[:40])
    known = Customer.objects.exclude(email="").order_by("id")[:10]
    people = [
        (one.records.values_list("source_key", flat=True)[0], one.full_name, one.email)
        for one in known
    ]
    codes = list(Product.objects.order_by("code").values_list("code", "name")[:3])
    assert (len(numbers), len(people), len(codes)) == (40, 10, 3)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("Order,Date,Customer ID,Name,Email,SKU,Product,Qty,Price".split(","))
        for place, number in enumerate(numbers):
            day = TODAY - timedelta(days=200 - 4 * place)
            code, name = codes[place % 3]
            writer.writerow(
                [number, day.isoformat(), *people[place % 10], code, name, 2, place + 1]
            )
    return path


def bring_in(path: Path, **asked: Any) -> None:
    request = ImportRequest(
        kind=Kind.ORDERS, path=path, source="Till", errors_beside=path.parent, **asked
    )
    import_file(request=request, now=NOW, today=TODAY, actor="system:test")
    refresh()


def picture() -> dict[str, Any]:
    """Give all that pages and the terminal say of the business."""
    look = find_first_look(now=NOW)
    assert look is not None
    counts = count_everything()
    del counts["jobs_waiting"]
    names = ("full_name", "order_count", "net_amount", "tier", "tier_since", "expected_amount")
    return {
        "status": counts,
        "look": figures_of(look),
        "people": sorted(CustomerSummary.objects.values_list(*names)),
        "goods": sorted(Product.objects.values_list("code", "name", "net_amount")),
        "identifiers": sorted(Identifier.objects.values_list("type", "value")),
        "demo": count_demo(),
    }


# These two load by themselves, so they come before `sample` is there.
def test_a_loading_stops_where_it_is_not_wanted_any_more(state: Path) -> None:
    begin()
    before = rows()

    def stop(done: int, total: int, label: str) -> None:
        if done >= 8:
            demo_loading.ask_to_stop()

    with pytest.raises(demo_loading.DemoStopped):
        loader.load_demo(now=NOW, today=TODAY, trade="saas", seed=5, people=PEOPLE, progress=stop)
    assert has_demo()

    remove()
    check_nothing_is_left(before)


def test_the_first_own_file_takes_the_place_of_the_sample_shop(
    state: Path, settings: Settings
) -> None:
    begin()
    with transaction.atomic():
        load()
        path = own_file(state / "own.csv")
        bring_in(path)
        replaced = picture()
        transaction.set_rollback(True)
    with transaction.atomic():
        use(state / "beside", settings)
        load()
        bring_in(path, keeps_demo=True)
        mixed = picture()
        remove()
        refresh()
        removed = picture()
        transaction.set_rollback(True)
    use(state / "alone", settings)
    bring_in(path)
    alone = picture()

    assert alone["status"]["customers"] == 10
    assert alone["status"]["orders"] == 40
    assert (
        mixed["status"]["customers"] == CUSTOMERS + 10
    )  # nobody real was taken for somebody made up
    assert mixed["status"]["orders"] > 240
    assert replaced == alone
    assert removed == alone


def test_nothing_of_the_sample_shop_is_left(loaded: Loaded) -> None:
    found = count_demo()
    assert found["customers"] == CUSTOMERS
    assert found["orders"] == Order.objects.count() > 200
    heard: list[tuple[int, int, str]] = []

    counts = remove(progress=lambda *step: heard.append(step))

    check_nothing_is_left(loaded.before)
    assert counts == found
    assert [step[0] for step in heard] == sorted(step[0] for step in heard)
    assert heard[-1][0] == heard[-1][1]
    assert {step[2] for step in heard} == {"demo_removal"}
    (entry,) = AuditEntry.objects.filter(action="demo.removed")
    assert (entry.actor, entry.detail) == ("system:test", found)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM identify_search_document")
        assert cursor.fetchone() == (0,)
    assert remove() == {}


@pytest.mark.one_database
def test_no_transaction_of_a_removal_changes_more_than_the_lock_bears(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The batches stay as they begin, as if each had taken just the time aimed at.
    monkeypatch.setattr(bulk.Pacer, "note", lambda *_, **__: None)

    with rows_by_transaction() as transactions:
        remove_demo(actor="mai@shop.vn", now=NOW)

    assert len(transactions) > 20
    assert max(transactions)[0] <= 250, max(transactions)


def test_a_removal_stopped_on_its_way_goes_on(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_removal, "_ORDERS", 50)
    monkeypatch.setattr(demo_removal, "_PEOPLE", 10)
    for steps in range(4):
        heard = 0

        def stop(done: int, total: int, label: str, *, most: int = steps) -> None:
            nonlocal heard
            heard += 1
            if heard > most:
                raise Stopped

        with pytest.raises(Stopped):
            remove(progress=stop)
        assert has_demo()
        assert not loader.is_needed()  # a start in between does not bring it back

    remove()
    check_nothing_is_left(loaded.before)


def kill_at(name: str, *, is_after: bool) -> Callable[..., None]:
    whole: Callable[..., None] = getattr(demo_removal, name)

    def kill(*given: Any, **named: Any) -> None:
        if is_after:
            whole(*given, **named)
        raise Stopped

    return kill


def test_a_removal_killed_between_its_parts_goes_on(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = ("_remove_events", "_remove_orders", "_clear_lake", "_remove_people", "_close")
    for name in parts:
        for is_after in (False, True):
            if (name, is_after) == ("_close", True):
                continue  # nothing comes after it

            with monkeypatch.context() as patch:
                patch.setattr(demo_removal, name, kill_at(name, is_after=is_after))
                with pytest.raises(Stopped):
                    remove()
            assert has_demo()

    remove()
    check_nothing_is_left(loaded.before)


@pytest.mark.one_database
def test_the_sample_shop_stands_until_the_own_file_is_in(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = own_file(loaded.folder / "own.csv")
    seen: list[int] = []
    whole = demo_removal.remove_demo_now

    def watch(**given: Any) -> dict[str, int]:
        seen.append(count_everything()["customers"])
        counts = whole(**given)
        seen.append(count_everything()["customers"])
        return counts

    monkeypatch.setattr("idic.identify.services.imports.running.remove_demo_now", watch)
    bring_in(path)

    assert seen == [CUSTOMERS, 0]  # never both: first the sample shop, then the owner's people
    assert count_everything()["customers"] == 10


@pytest.mark.one_database
def test_what_does_not_come_in_leaves_the_sample_shop(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = own_file(loaded.folder / "own.csv")
    held = count_demo()

    with pytest.raises(ImportProblem):
        bring_in(path, numbers_of="Nowhere")
    assert count_demo() == held
    assert not demo_loading.is_asked_to_stop()

    request = ImportRequest(kind=Kind.ORDERS, path=path, source="Till")
    import_file(request=request, now=NOW, today=TODAY, actor="", is_dry_run=True)
    assert count_demo() == held

    monkeypatch.setattr(demo_removal, "_PATIENCE_SECONDS", 0.0)
    with demo_loading.demo_lock(), pytest.raises(demo_loading.DemoBusy):
        remove()
    assert count_demo() == held


def test_what_was_done_with_made_up_people_goes_and_the_owners_drafts_stay(loaded: Loaded) -> None:
    alice = hire("Alice")
    person = Customer.objects.order_by("id").first()
    assert person is not None
    add_note(customer_id=person.id, text="Likes tea", author=alice.email, now=NOW)
    own = create_segment(
        name="My regulars",
        staff=alice,
        now=NOW,
        tree=segments.All(of=(segments.Number(field="order_count", operator="at_least", value=3),)),
    )
    made_up = Segment.objects.filter(is_demo=True).earliest("id")
    for segment in (own, made_up):
        create_campaign(
            name=segment.name,
            segment=segment,
            goal=Goal.BUY_AGAIN,
            language="en",
            staff=alice,
            now=NOW,
        )
    # A copy of the sample campaign, made by hand: only made-up people were in it.
    sample = Campaign.objects.get(is_demo=True)
    Campaign.objects.filter(id=sample.id).update(is_demo=False)
    assert AudienceMember.objects.filter(campaign=sample).exists()

    remove()

    assert sorted(Segment.objects.values_list("name", "is_demo")) == sorted(
        [("My regulars", False), (made_up.name, False)]
    )
    assert not Campaign.objects.filter(id=sample.id).exists()
    assert Campaign.objects.filter(is_demo=False).count() == 2
    assert not Event.objects.exists()
    left = {name: count for name, count in rows().items() if count != loaded.before[name]}
    crm = Source.objects.get()
    assert crm.kind == SourceKind.CRM
    assert set(left) == {
        "core.Staff",
        "differentiate.Segment",
        "interact.Campaign",
        "identify.Source",
    }


def test_somebody_a_file_of_the_owners_knows_too_stays(loaded: Loaded) -> None:
    person = Customer.objects.order_by("id").first()
    assert person is not None
    own = Source.objects.create(key="own", name="Own", kind=SourceKind.FILE, created_at=NOW)
    record = SourceRecord.objects.create(
        source=own, source_key="1", customer=person, created_at=NOW
    )

    remove()

    assert list(Customer.objects.values_list("id", "is_demo")) == [(person.id, False)]
    assert list(SourceRecord.objects.values_list("id", flat=True)) == [record.id]


@pytest.mark.one_database
def test_a_removed_sample_shop_comes_back_only_when_asked_for(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "load_demo", partial(loader.load_demo, seed=5, people=PEOPLE))
    remove()

    assert not loader.is_needed()
    assert loader.is_possible()
    (loaded.folder / "first" / "demo.unwanted").unlink()  # another machine, a restored backup
    assert not loader.is_needed()

    loader.load_anew(now=NOW, today=TODAY, trade="saas", people=PEOPLE)
    assert has_demo()
    assert not demo_loading.is_asked_to_stop()
    assert not loader.is_possible()


@pytest.mark.one_database
def test_loading_and_removing_ask_for_the_loop_once_each(loaded: Loaded) -> None:
    asked = Job.objects.filter(task="idic.core.jobs.events.deliver", state="waiting")
    assert set(asked.values_list("kwargs__event", flat=True)) == {
        "idic.identify.events.ImportPublished",
        "idic.identify.events.CustomersChanged",
        "idic.identify.events.ManyCustomersMerged",
        "idic.differentiate.events.SegmentChanged",
    }
    drain()
    assert not Job.objects.filter(unique_key="web.loop").exists()

    remove()
    drain()
    assert Job.objects.filter(unique_key="web.loop").count() == 1


@pytest.mark.one_database
def test_runs_and_files_of_the_owner_stay_readable(loaded: Loaded) -> None:
    path = own_file(loaded.folder / "own.csv")
    bring_in(path, keeps_demo=True)
    # A later word on an order of the owner's: written singly, beside rows of the sample shop.
    changed = Order.objects.filter(source__is_demo=False).order_by("id").first()
    made_up = Order.objects.filter(source__is_demo=True).order_by("id").first()
    assert changed is not None
    assert made_up is not None
    for order in (changed, made_up):
        Order.objects.filter(id=order.id).update(net_amount=99, revision=ids.new_id())
    refresh()
    assert LakeFile.objects.filter(dataset="order", tag="", retired_at=None).exists()

    remove()

    found = facts.query("SELECT order_id, net_amount FROM customer_orders")
    assert len(found) == 40
    amounts = dict(zip(found["order_id"], found["net_amount"], strict=True))
    assert amounts[changed.id] == 99
    assert ImportRun.objects.count() == 1
