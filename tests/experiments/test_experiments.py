"""Arms: stable, exact to the share within chance, stored once."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from idic.experiments.assignment import ArmPlan, WrongShares, boundaries, share_out, split
from idic.experiments.models import Assignment, Experiment, Exposure
from idic.experiments.selectors import list_arm_counts, list_running, list_taken_customer_ids
from idic.experiments.services import experiments

TENTH = Decimal("0.1")


def numbers(salt: str, count: int = 20_000, rate: Decimal = TENTH) -> list[int]:
    ends = boundaries(shares=[arm.share for arm in split(control_rate=rate)])
    dealt = share_out(salt=salt, ends=ends, customer_ids=range(count))
    return [dealt[i] for i in range(count)]


def test_the_same_customer_always_falls_into_the_same_arm() -> None:
    assert numbers("a") == numbers("a")
    assert numbers("a", 8, Decimal("0.5")) != numbers("b", 8, Decimal("0.5"))


def test_another_salt_deals_the_cards_anew() -> None:
    first, second = numbers("a"), numbers("b")

    both_control = sum(1 for one, two in zip(first, second, strict=True) if one == two == 1)

    # Independent draws meet in a hundredth of the customers.
    assert abs(both_control - 200) < 5 * math.sqrt(20_000 * 0.01 * 0.99)


@pytest.mark.req("R083")
@pytest.mark.parametrize("rate", ["0.1", "0.2", "0.5"])
def test_every_arm_gets_its_share_give_or_take_one(rate: str) -> None:
    for salt in ("one", "two", "three"):
        for count in (1, 7, 22, 200, 5_000):
            assert abs(sum(numbers(salt, count, Decimal(rate))) - count * float(rate)) < 1


@pytest.mark.parametrize(("count", "control"), [(18, 2), (22, 2), (40, 4), (4, 0)])
@pytest.mark.django_db
def test_those_who_come_first_are_shared_out_to_the_person(
    now: datetime, count: int, control: int
) -> None:
    experiment = experiments.create(name="x", arms=split(control_rate=TENTH), now=now)

    arms = experiments.assign(experiment=experiment, customer_ids=range(count), now=now)

    assert list(arms.values()).count("control") == control


def test_over_many_small_groups_the_share_holds_too() -> None:
    control = sum(sum(numbers(f"salt {i}", 4)) for i in range(2_000))

    # 8,000 people in fours: a tenth of them, though no four people have a tenth.
    assert abs(control - 800) < 4 * math.sqrt(2_000 * 0.4 * 0.6)


def test_consecutive_ids_do_not_fall_into_runs() -> None:
    dealt = numbers("runs", 40_000, Decimal("0.5"))

    changes = sum(1 for one, two in pairwise(dealt) if one != two)

    assert abs(changes - 20_000) < 4 * math.sqrt(10_000)


@pytest.mark.parametrize("shares", [["0.5", "0.4"], ["0.9", "0.2"], ["1.2", "-0.2"]])
def test_shares_that_do_not_add_up_are_refused(shares: list[str], now: datetime, db: None) -> None:
    arms = [ArmPlan(str(i), Decimal(share)) for i, share in enumerate(shares)]

    with pytest.raises(WrongShares):
        experiments.create(name="x", arms=arms, now=now)

    assert Experiment.objects.count() == 0


def test_an_arm_of_no_share_gets_nobody() -> None:
    assert set(numbers("a", 5_000, Decimal(0))) == {0}


@pytest.mark.django_db
def test_assigning_twice_changes_nothing(now: datetime) -> None:
    experiment = experiments.create(name="x", arms=split(control_rate=TENTH), now=now)

    first = experiments.assign(experiment=experiment, customer_ids=range(1, 501), now=now)
    later = experiments.assign(
        experiment=experiment, customer_ids=range(1, 601), now=now + timedelta(days=1)
    )

    assert len(first) == 500
    assert {key: later[key] for key in first} == first
    assert Assignment.objects.count() == 600
    assert Assignment.objects.filter(assigned_at=now).count() == 500
    stored = dict(Assignment.objects.values_list("customer_id", "arm__key"))
    assert stored == later


@pytest.mark.django_db
def test_the_check_of_the_split_counts_assigned_and_reached_customers(now: datetime) -> None:
    experiment = experiments.create(
        name="x", arms=split(control_rate=Decimal("0.5")), now=now, started_at=now
    )
    arms = experiments.assign(experiment=experiment, customer_ids=range(1, 101), now=now)
    treated = [customer_id for customer_id, key in arms.items() if key == "treatment"]

    experiments.expose(experiment_id=experiment.id, customer_ids=treated[:10], now=now)
    experiments.expose(experiment_id=experiment.id, customer_ids=treated[:12], now=now)

    treatment, control = list_arm_counts(experiment=experiment)
    assert (treatment.key, treatment.assigned_count, treatment.exposed_count) == (
        "treatment",
        len(treated),
        12,
    )
    assert (control.key, control.assigned_count, control.exposed_count) == (
        "control",
        100 - len(treated),
        0,
    )
    assert control.is_control
    assert Exposure.objects.count() == 12


@pytest.mark.django_db
def test_a_customer_is_taken_only_while_the_experiment_runs(now: datetime) -> None:
    experiment = experiments.create(
        name="x",
        arms=split(control_rate=TENTH),
        now=now,
        started_at=now,
        ended_at=now + timedelta(days=14),
    )
    experiments.assign(experiment=experiment, customer_ids=[7], now=now)

    def taken(days: int, kind: str = "campaign", without: int | None = None) -> list[int]:
        moment = now + timedelta(days=days)
        return list(list_taken_customer_ids(kind=kind, now=moment, except_experiment_id=without))

    assert taken(0) == [7]
    assert taken(13) == [7]
    assert taken(14) == []
    assert taken(-1) == []
    assert taken(1, kind="offer") == []
    assert taken(1, without=experiment.id) == []


@pytest.mark.django_db
def test_ending_twice_keeps_the_first_end(now: datetime) -> None:
    experiment = experiments.create(
        name="x", arms=split(control_rate=TENTH), now=now, started_at=now
    )

    experiments.end(experiment=experiment, now=now + timedelta(days=1))
    experiments.end(experiment=experiment, now=now + timedelta(days=2))

    experiment.refresh_from_db()
    assert experiment.ended_at == now + timedelta(days=1)
    assert not list_running(kind="campaign", now=now + timedelta(days=1)).exists()
