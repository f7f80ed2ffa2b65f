"""Who is who among a shop's people: found as a whole, one by one, decided, undone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from pytest_django import Settings

from idic.cli.program import run
from idic.engine.matching.resolving import weigh_groups
from idic.identify import matches
from idic.identify.models import (
    Customer,
    IdentityLogEntry,
    MatchKey,
    MatchModel,
    MatchPair,
    MatchRecord,
    PairState,
    Source,
    SourceRecord,
)
from idic.identify.services import identity, matching
from idic.identify.services.identity import cannot_link, unmerge
from idic.identify.services.matching import resolving, running
from idic.identify.services.matching.after_import import resolve_and_mend
from idic.identify.services.matching.frozen import get_frozen
from idic.identify.services.matching.mending import mend
from idic.identify.services.matching.pairs import Doubt, replace_open
from idic.identify.services.matching.reading import list_stored, read_stored
from idic.identify.services.privacy import erase_person
from tests.cast import NOW

from .shop import Crowd, open_crowd, owner_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("R003", "R028")]
ALICE = "alice@example.com"
# Of the bar, where joining begins.
_JOINING = 65


def test_in_a_handful_of_records_nothing_is_rare_enough_to_join(
    tmp_path: Path, settings: Settings
) -> None:
    for name, place in _places(tmp_path).items():
        setattr(settings, name, place)
    crowd = open_crowd(people=0)
    one = crowd.come(name="Lan Vũ", city="Huế")
    other = crowd.come(name="Lan Vũ", city="Huế")
    crowd.come(name="An Lê", city="Huế")

    assert matching.fit_and_match(now=NOW).joined == 0
    assert owner_of(one) != owner_of(other)
    assert matching.resolve_record(record_id=one, now=NOW).entry_ids == []


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the state directory of the shop that is matched once."""
    return tmp_path_factory.mktemp("crowd")


@pytest.fixture(scope="module")
def matched(standing: None, home: Path) -> Crowd:
    """Match a shop once: every test goes on from there within a transaction of its own."""
    with override_settings(**_places(home)):
        crowd = open_crowd()
        matching.fit_and_match(now=NOW)
    return crowd


@pytest.fixture
def crowd(matched: Crowd, home: Path, tmp_path: Path, settings: Settings) -> Iterator[Crowd]:
    """Give the matched shop with a copy of its state directory."""
    shutil.copytree(home, tmp_path / "home")
    for name, place in _places(tmp_path / "home").items():
        setattr(settings, name, place)
    known = dict(matched.truth)
    yield matched
    matched.truth = known


def _places(home: Path) -> dict[str, Path]:
    return {"IDIC_HOME": home, "IDIC_LAKE": home / "lake", "IDIC_FILES": home / "files"}


def owners() -> dict[int, int | None]:
    return dict(SourceRecord.objects.values_list("id", "customer_id"))


def entries() -> list[IdentityLogEntry]:
    return list(IdentityLogEntry.objects.filter(by__startswith="model:").order_by("id"))


def some_pair(**more: Any) -> MatchPair:
    """Give a pair that waits: of two people nobody has joined."""
    alone = sorted(min(group) for group in _groups() if len(group) == 1)
    records = list(SourceRecord.objects.filter(id__in=alone[:2]).order_by("id"))
    doubt = Doubt(
        records=(records[0].id, records[1].id),
        customers=(records[0].customer_id or 0, records[1].customer_id or 0),
        weight=1.0,
        is_vetoed=False,
        evidence=(),
    )
    replace_open(doubts=[doubt], model_id=MatchModel.objects.get().id, is_demo=False, now=NOW)
    return MatchPair.objects.get(state=PairState.OPEN)


def test_people_of_several_records_are_found_without_any_threshold(crowd: Crowd) -> None:
    found = crowd.found()
    model = MatchModel.objects.get()

    assert (found.precision or 0) >= 0.98
    assert (found.recall or 0) >= 0.9
    assert (model.is_current, model.finished_at) == (True, NOW)
    assert model.record_count == len(crowd.truth) == MatchRecord.objects.count()
    assert model.counts["joined"] == len(entries()) > 50
    assert {entry.by for entry in entries()} == {f"model:{model.id}"}
    assert identity.replay().is_whole


def test_a_second_run_changes_nothing(crowd: Crowd) -> None:
    before = owners()

    report = matching.fit_and_match(now=NOW)

    assert (report.joined, report.new_pairs) == (0, 0)
    assert owners() == before
    assert MatchModel.objects.filter(is_current=True).count() == 1
    assert set(MatchKey.objects.values_list("number", flat=True).distinct()) == {2}


def test_a_run_killed_on_its_way_and_run_again_ends_the_same(crowd: Crowd) -> None:
    whole = {frozenset(group) for group in _groups()}
    for entry in reversed(entries()):
        unmerge(entry_id=entry.id, actor="system:test", by="rule:test", now=NOW)
    assert all(len(group) == 1 for group in _groups())

    def killed(done: int, total: int, label: str) -> None:
        if done > _JOINING:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        matching.fit_and_match(now=NOW, progress=killed)
    assert 0 < sum(len(group) > 1 for group in _groups()) < sum(len(group) > 1 for group in whole)
    matching.fit_and_match(now=NOW)

    assert {frozenset(group) for group in _groups()} == whole


def _groups() -> list[set[int]]:
    found: dict[int | None, set[int]] = {}
    for record_id, owner in owners().items():
        found.setdefault(owner, set()).add(record_id)
    return list(found.values())


@pytest.mark.req("R020")
def test_a_record_that_comes_is_weighed_as_a_run_weighs_it(crowd: Crowd) -> None:
    frozen = get_frozen(is_demo=False)
    assert frozen is not None
    entry = next(one for one in entries() if len(one.evidence["records"]) == 2)
    left, right = (int(number) for number in entry.evidence["records"])
    cells = list_stored(record_ids=[left, right])

    weight, is_vetoed = weigh_groups(
        frozen.parameters,
        frozen.rates,
        read_stored(rows=[cells[left]]),
        read_stored(rows=[cells[right]]),
    )

    assert round(weight, 2) == entry.evidence["weight"]
    assert frozen.parameters.zones.zone_of(weight, is_vetoed=is_vetoed) == "auto"


@pytest.mark.req("R020")
def test_a_known_person_is_recognised_and_a_stranger_stays_alone(crowd: Crowd) -> None:
    known = crowd.come(
        -1, name="Nguyễn Thị Khánh Ly", phone="+84987654321", email="ly.khanh@example.com"
    )
    assert matching.resolve_record(record_id=known, now=NOW).zone == "apart"
    again = crowd.come(-1, name="Khanh Ly Nguyen", phone="+84987654321", city="Huế")
    stranger = crowd.come(-2, name="Quách Tuấn Du", phone="+84911111111")

    came = matching.resolve_record(record_id=again, now=NOW)
    other = matching.resolve_record(record_id=stranger, now=NOW)

    assert (came.zone, came.customer_id) == ("auto", owner_of(known))
    assert owner_of(again) == owner_of(known)
    assert (other.zone, owner_of(stranger)) == ("apart", other.customer_id)
    assert {one["field"] for one in IdentityLogEntry.objects.get(
        id=came.entry_ids[0]
    ).evidence["fields"]} >= {"name", "phone"}  # fmt: skip


def test_resolving_again_changes_nothing(crowd: Crowd) -> None:
    record = crowd.come(name="Nguyễn Thị Khánh Ly", phone="+84987654321")
    matching.resolve_record(record_id=record, now=NOW)
    keys, before = MatchKey.objects.count(), owners()

    matching.resolve_record(record_id=record, now=NOW)

    assert (MatchKey.objects.count(), owners()) == (keys, before)


def test_undoing_what_the_matcher_joined_gives_the_former_state_and_holds(crowd: Crowd) -> None:
    record = crowd.come(name="Nguyễn Thị Khánh Ly", phone="+84987654321", email="ly@example.com")
    matching.resolve_record(record_id=record, now=NOW)
    other = crowd.come(name="Nguyễn Thị Khánh Ly", phone="+84987654321", city="Huế")
    before = owners()
    came = matching.resolve_record(record_id=other, now=NOW)
    assert came.zone == "auto"

    unmerge(entry_id=came.entry_ids[0], actor=ALICE, now=NOW)

    assert owners() == before
    matching.fit_and_match(now=NOW)
    assert owner_of(record) != owner_of(other)  # a person's word stands above the model
    assert matching.resolve_record(record_id=other, now=NOW).zone != "auto"


@pytest.mark.req("R031")
def test_who_is_kept_apart_is_not_joined(crowd: Crowd) -> None:
    one = crowd.come(name="Nguyễn Thị Khánh Ly", phone="+84987654321", email="ly@example.com")
    other = crowd.come(name="Nguyễn Thị Khánh Ly", phone="+84987654321", email="ly@example.com")
    cannot_link(record_ids=(one, other), by="person", actor=ALICE, now=NOW)

    matching.fit_and_match(now=NOW)
    assert owner_of(one) != owner_of(other)
    matching.resolve_record(record_id=other, now=NOW)

    assert owner_of(one) != owner_of(other)
    assert not MatchPair.objects.filter(left_id=one, right_id=other).exists()


def test_walk_in_customers_match_nobody(crowd: Crowd) -> None:
    one = crowd.come(name="Khách lẻ", phone="+84987654321", city="Huế")
    other = crowd.come(name="Khách lẻ", phone="+84987654321", city="Huế")

    matching.fit_and_match(now=NOW)

    assert owner_of(one) != owner_of(other)
    assert not MatchRecord.objects.filter(record_id__in=[one, other]).exists()
    assert matching.resolve_record(record_id=one, now=NOW).zone == ""


def test_people_of_the_sample_shop_are_never_taken_for_real_ones(crowd: Crowd) -> None:
    made_up = Source.objects.create(key="x", name="X", kind="demo", is_demo=True, created_at=NOW)
    real = crowd.come(name="Nguyễn Thị Khánh Ly", phone="+84987654321", email="ly@example.com")
    demo = crowd.come(
        source=made_up, name="Nguyễn Thị Khánh Ly", phone="+84987654321", email="ly@example.com"
    )

    matching.fit_and_match(now=NOW)
    matching.fit_and_match(now=NOW, is_demo=True)
    matching.resolve_record(record_id=demo, now=NOW)

    assert owner_of(real) != owner_of(demo)


@pytest.mark.req("R031", "R037")
@pytest.mark.parametrize("verdict", ["same", "different"])
def test_a_decision_stays_decided_until_it_is_taken_back(crowd: Crowd, verdict: Any) -> None:
    pair = some_pair()
    before = owners()

    decided = matching.decide(pair_id=pair.id, verdict=verdict, actor=ALICE, now=NOW)
    matching.fit_and_match(now=NOW)

    assert (owner_of(pair.left_id) == owner_of(pair.right_id)) == (verdict == "same")
    assert MatchPair.objects.get(id=pair.id).state == verdict
    entry = IdentityLogEntry.objects.get(id=decided.entry_id or 0)
    assert (entry.by, entry.actor) == ("person", ALICE)
    assert entry.act == ("merge" if verdict == "same" else "cannot_link")

    back = matching.undo_decision(pair_id=pair.id, actor=ALICE, now=NOW)
    assert (back.state, back.decided_by, back.entry_id) == (PairState.OPEN, "", None)
    assert owners() == before


def test_deciding_otherwise_takes_the_first_decision_back(crowd: Crowd) -> None:
    pair = some_pair()
    matching.decide(pair_id=pair.id, verdict="same", actor=ALICE, now=NOW)

    matching.decide(pair_id=pair.id, verdict="different", actor=ALICE, now=NOW)

    assert owner_of(pair.left_id) != owner_of(pair.right_id)
    assert matches.count_open() == 0
    assert [one.row.id for one in matches.list_decided()] == [pair.id]


def test_a_pair_joined_elsewhere_is_no_longer_asked(crowd: Crowd) -> None:
    pair = some_pair()
    assert matches.count_open() == 1
    identity.merge(
        customer_ids={pair.left_customer_id, pair.right_customer_id},
        by="person",
        actor=ALICE,
        now=NOW,
    )

    assert matches.count_open() == 0
    assert matches.list_open_pairs() == []


@pytest.mark.req("R037")
def test_many_are_accepted_after_a_sample_and_taken_back_as_one(crowd: Crowd) -> None:
    pairs = _waiting(30)
    before = owners()
    sample = matching.draw_sample(threshold=0.6, n=20, seed=3)
    assert sample == matching.draw_sample(threshold=0.6, n=20, seed=3)
    assert len(sample) == 20

    with pytest.raises(matching.CannotAccept):
        matching.begin_accepting(
            threshold=0.6, verdicts=dict.fromkeys(sample[:5], "same"), actor=ALICE, now=NOW
        )
    wrong = dict.fromkeys(sample, "same") | dict.fromkeys(sample[:2], "different")
    with pytest.raises(matching.CannotAccept):
        matching.begin_accepting(threshold=0.6, verdicts=wrong, actor=ALICE, now=NOW)
    verdicts = dict.fromkeys(sample, "same") | {sample[0]: "different"}
    told = matching.judge_sample(threshold=0.6, verdicts=verdicts)
    act = matching.begin_accepting(threshold=0.6, verdicts=verdicts, actor=ALICE, now=NOW)
    act = matching.accept_above(act_id=act.id, now=NOW)

    assert (told.pair_count, told.looked_at, told.right) == (30, 20, 19)
    assert (told.wrong_low, told.wrong) == (1, 1)
    assert told.wrong_high > 2
    assert (act.state, act.count, act.refused) == ("done", 29, 0)
    assert MatchPair.objects.get(state=PairState.OPEN).id == sample[0]
    joined = [pair for pair in pairs if pair.id != sample[0]]
    assert all(owner_of(pair.left_id) == owner_of(pair.right_id) for pair in joined)

    assert matching.undo_accepting(act_id=act.id, actor=ALICE, now=NOW) == 29
    assert owners() == before
    assert matches.count_open() == 30


def _waiting(count: int) -> list[MatchPair]:
    """Let pairs of strangers wait, each of two records nobody else shares."""
    groups = [sorted(group)[0] for group in _groups()]
    chosen = sorted(groups)[: 2 * count]
    doubts = [
        Doubt(
            records=(one, other),
            customers=(owner_of(one), owner_of(other)),
            weight=2.0,
            is_vetoed=False,
            evidence=(),
        )
        for one, other in zip(chosen[::2], chosen[1::2], strict=True)
    ]
    replace_open(doubts=doubts, model_id=MatchModel.objects.get().id, is_demo=False, now=NOW)
    return list(MatchPair.objects.filter(state=PairState.OPEN))


def test_what_is_worth_more_is_asked_first_page_by_page(crowd: Crowd) -> None:
    pairs = _waiting(5)
    for place, pair in enumerate(pairs):
        MatchPair.objects.filter(id=pair.id).update(worth=place % 3)

    whole = matches.list_open_pairs()
    paged: list[matches.Pair] = []
    while page := matches.list_open_pairs(after=paged[-1].place if paged else None, limit=2):
        paged += page

    assert [one.row.worth for one in whole] == [2, 1, 1, 0, 0]
    assert [one.row.id for one in paged] == [one.row.id for one in whole]


def test_the_weights_are_told_by_field(crowd: Crowd) -> None:
    fields = {one.field: one for one in matches.list_weights()}

    assert {"name", "phone", "email", "city", "birth_date"} == set(fields)
    phone = {one.level: one for one in fields["phone"].levels}
    assert phone["same"].bits > 5 > 0 > phone["different"].bits
    assert phone["same"].odds == 2 ** phone["same"].bits


def test_who_is_erased_leaves_nothing_with_the_matcher(crowd: Crowd) -> None:
    pair = some_pair()
    frozen = get_frozen(is_demo=False)
    assert frozen is not None
    person = owner_of(pair.right_id)
    records = list(SourceRecord.objects.filter(customer_id=person).values_list("id", flat=True))
    assert MatchKey.objects.filter(record_number__in=records).exists()

    erase_person(customer_id=person, actor=ALICE, now=NOW)

    assert not MatchRecord.objects.filter(record_id__in=records).exists()
    assert not MatchKey.objects.filter(record_number__in=records).exists()
    assert not MatchPair.objects.filter(id=pair.id).exists()


@pytest.mark.one_database
def test_the_command_line_says_it_in_words_and_in_json(
    crowd: Crowd, capsys: pytest.CaptureFixture[str]
) -> None:
    some_pair()

    assert run(["identify", "match", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["joined"], told["dry_run"], told["records"]) == (0, True, len(crowd.truth))
    assert run(["identify", "matches", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert (listed["waiting"], len(listed["pairs"])) == (1, 1)
    assert run(["identify", "matches"]) == 0
    assert "1 possible doubles wait." in capsys.readouterr().out


def test_a_dry_run_joins_nobody(crowd: Crowd) -> None:
    one = crowd.come(name="Nguyễn Thị Khánh Ly", phone="+84987654321", email="ly@example.com")
    other = crowd.come(name="Nguyễn Thị Khánh Ly", phone="+84987654321", email="ly@example.com")

    report = matching.fit_and_match(now=NOW, is_dry_run=True)

    assert (report.joined, report.people) == (1, report.customers - 1)
    assert owner_of(one) != owner_of(other)
    assert MatchModel.objects.count() == 1
    assert Customer.objects.filter(merged_into__in=[owner_of(one), owner_of(other)]).count() == 0


def test_services_say_who_acts(crowd: Crowd) -> None:
    assert {entry.actor for entry in entries()} == {running.ACTOR} == {resolving.ACTOR}


@pytest.mark.req("R020")
def test_records_that_come_one_by_one_end_as_a_run_over_all_ends(crowd: Crowd) -> None:
    some = sorted(crowd.truth)[:60]
    whole = _pairs_among(some)
    theirs = [one for one in entries() if set(one.record_ids) & set(some)]
    for entry in reversed(theirs):
        unmerge(entry_id=entry.id, actor="system:test", by="rule:test", now=NOW)

    for record_id in some:
        resolve_and_mend(record_id=record_id, now=NOW)

    assert len(whole) > 10
    assert len(_pairs_among(some) ^ whole) <= 1
    assert identity.replay().is_whole


def _pairs_among(record_ids: list[int]) -> set[tuple[int, int]]:
    owned = owners()
    return {
        (one, other) for one, other in combinations(record_ids, 2) if owned[one] == owned[other]
    }


def test_an_unlucky_order_is_mended_and_nothing_a_person_joined(crowd: Crowd) -> None:
    frozen = get_frozen(is_demo=False)
    assert frozen is not None
    entry = next(one for one in entries() if len(one.evidence["records"]) == 2)
    one, other = (int(number) for number in entry.evidence["records"])
    unmerge(entry_id=entry.id, actor="system:test", by="rule:test", now=NOW)
    alone = [min(group) for group in _groups() if len(group) == 1]
    stranger = min(set(alone) - {one, other})
    wrong = f"model:{frozen.id}"
    identity.merge(
        customer_ids={owner_of(stranger), owner_of(one)}, by=wrong, actor=running.ACTOR, now=NOW
    )
    people = {owner_of(one), owner_of(other)}

    assert mend(customer_ids=people, frozen=frozen, now=NOW)
    assert owner_of(one) == owner_of(other) != owner_of(stranger)
    assert not mend(customer_ids={owner_of(one), owner_of(stranger)}, frozen=frozen, now=NOW)

    identity.merge(
        customer_ids={owner_of(one), owner_of(stranger)}, by="person", actor=ALICE, now=NOW
    )
    assert not mend(customer_ids={owner_of(one)}, frozen=frozen, now=NOW)
    assert owner_of(one) == owner_of(stranger)
