"""Plans of tiers, what care costs, versions to go back to, who is near, and who uses so much that
there is more to offer.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from idic.core import ids
from idic.core.models import Role, Staff
from idic.customize.models import Offer
from idic.customize.selectors import find_terms, has_running_offer
from idic.differentiate import segments
from idic.differentiate.models import (
    BusinessFigures,
    CustomerSummary,
    EquityMonth,
    RfmMonth,
    ServiceCost,
    TierPolicy,
    TreatmentPlan,
    UpsellAlert,
)
from idic.differentiate.segments import tree as t
from idic.differentiate.selectors import list_costs, list_near, list_served, tier_reason
from idic.differentiate.selectors.months_of_value import list_rfm_months, read_equity
from idic.differentiate.services import segments as segment_services
from idic.differentiate.services import tiers, treatment, upsell
from idic.differentiate.services.refresh import refresh_all
from idic.differentiate.services.rfm_scores import save_rfm_policy
from idic.differentiate.services.service_figures import count_service
from idic.differentiate.tier_rules import TierRule, read_rules, write_rules
from idic.engine.rfm import RfmCuts
from idic.identify.models import CustomerState, Event, StateKind
from idic.interact.models import Case

from .corner_shop import AS_OF, NOW, CornerShop, open_shop

pytestmark = pytest.mark.django_db
FRAME = segments.Frame(as_of=AS_OF, now=NOW)


@pytest.fixture
def shop() -> CornerShop:
    return open_shop()


def refresh(shop: CornerShop, *, as_of: date = AS_OF) -> None:
    shop.flush()
    refresh_all(as_of=as_of, now=NOW)


@pytest.fixture
def boss(shop: CornerShop) -> Staff:
    return Staff.objects.create(email="boss@example.com", display_name="Boss", role=Role.OWNER)


RULES = [
    TierRule("vip", t.Amount("net_amount", "at_least", 700_00)),
    TierRule("potential", t.Number("order_count", "at_least", 1)),
]


def publish(boss: Staff, rules: list[TierRule]) -> TierPolicy:
    return tiers.publish_policy(rules=write_rules(rules), staff=boss, now=NOW)


@pytest.mark.req("R055")
def test_who_is_near_is_found_with_what_is_missing(shop: CornerShop, boss: Staff) -> None:
    publish(boss, RULES)
    refresh(shop)  # Ann has spent £600.00

    (rung,) = list_near(RULES, frame=FRAME)

    assert [(n.summary.full_name, n.missing) for n in rung.people] == [("Ann Hill", "£100 more")]
    ann = CustomerSummary.objects.get(full_name="Ann Hill")
    assert ann.tier_reason["next"] == {"tier": "vip", "ways": [[["net_amount", 100_00]]]}
    assert tier_reason(ann, currency="GBP") == "Orders so far 3"


def test_new_rules_say_anew_who_is_near(shop: CornerShop, boss: Staff) -> None:
    publish(boss, RULES)
    refresh(shop)
    publish(boss, [TierRule("vip", t.Amount("net_amount", "at_least", 5_000_00)), RULES[1]])

    moved = tiers.apply_policy(as_of=AS_OF)

    assert moved == 0
    assert "next" not in CustomerSummary.objects.get(full_name="Ann Hill").tier_reason


@pytest.mark.req("R054")
def test_an_old_version_becomes_the_draft_and_nobody_moves_before_it_is_published(
    shop: CornerShop, boss: Staff
) -> None:
    first = publish(boss, RULES)
    publish(boss, RULES[1:])

    draft = tiers.restore_version(version=first.version)

    assert (draft.published_at, draft.rules) == (None, first.rules)
    assert tiers.find_policy() == TierPolicy.objects.get(version=first.version + 1)
    with pytest.raises(TierPolicy.DoesNotExist):
        tiers.restore_version(version=draft.version)


@pytest.mark.req("R054")
def test_tiers_are_moved_taken_out_and_brought_in() -> None:
    def order(act: str, tier: str) -> list[str]:
        return [rule.tier for rule in tiers.arrange_rules(rules=RULES, act=act, tier=tier)]

    assert order("down", "vip") == ["potential", "vip"]
    assert order("up", "vip") == ["vip", "potential"]
    assert order("out", "vip") == ["potential"]
    assert order("in", "vvip") == ["vip", "vvip", "potential"]
    assert order("in", "nonsense") == ["vip", "potential"]
    with pytest.raises(segments.WrongTree):
        tiers.arrange_rules(rules=RULES[:1], act="out", tier="vip")


@pytest.mark.req("R042", "R056")
def test_a_tiers_offer_limit_decides_whether_there_is_an_offer_for_them(boss: Staff) -> None:
    Offer.objects.create(name="Gift", kind="gift", cost_amount=5_00, created_at=NOW)

    def limit(amount: int | None) -> bool:
        treatment.save_plan(
            tier="loyal",
            channel="phone",
            answer_hours=4,
            offer_limit_amount=amount,
            owner=boss,
            note="",
            staff=boss,
            now=NOW,
        )
        return has_running_offer(as_of=AS_OF, tier="loyal")

    assert [limit(4_99), limit(5_00), limit(None), limit(0)] == [False, True, True, False]
    assert has_running_offer(as_of=AS_OF, tier="vip")
    assert TreatmentPlan.objects.count() == 1
    with pytest.raises(ValueError, match="gold"):
        treatment.save_plan(
            tier="gold",
            channel="",
            answer_hours=None,
            offer_limit_amount=None,
            owner=None,
            note="",
            staff=boss,
            now=NOW,
        )


@pytest.mark.req("R042", "R056")
def test_the_customer_page_shows_the_plan_of_the_tier_and_heeds_its_limit(
    shop: CornerShop, boss: Staff, client: Client
) -> None:
    refresh(shop)
    ann = CustomerSummary.objects.get(full_name="Ann Hill")
    Offer.objects.create(name="Gift", kind="gift", cost_amount=5_00, created_at=NOW)
    before = find_terms(customer_id=ann.customer_id, as_of=AS_OF)
    treatment.save_plan(
        tier=ann.tier,
        channel="visit",
        answer_hours=4,
        offer_limit_amount=4_00,
        owner=boss,
        note="Tea on the house",
        staff=boss,
        now=NOW,
    )

    after = find_terms(customer_id=ann.customer_id, as_of=AS_OF)
    client.force_login(boss)
    page = client.get(f"/customers/{ids.encode('customer', ann.customer_id)}/").content.decode()

    assert (before.has_offer, before.plan) == (True, None)
    assert after.plan is not None
    assert (after.has_offer, after.plan.answer_hours) == (False, 4)
    for words in ("Visit", "answered within 4 hours", "an offer up to £4", "Tea on the house"):
        assert words in page


@pytest.mark.req("R056")
def test_a_complaint_goes_to_who_looks_after_the_tier_and_is_due_as_planned(
    shop: CornerShop, boss: Staff, client: Client
) -> None:
    refresh(shop)
    ann = CustomerSummary.objects.get(full_name="Ann Hill")
    treatment.save_plan(
        tier=ann.tier,
        channel="phone",
        answer_hours=4,
        offer_limit_amount=None,
        owner=boss,
        note="",
        staff=boss,
        now=NOW,
    )
    care = Staff.objects.create(email="care@example.com", display_name="Cat", role=Role.CARE)
    client.force_login(care)
    number = ids.encode("customer", ann.customer_id)
    client.post(f"/cases/new/{number}/", {"kind": "complaint", "text": "Cold tea"})

    case = Case.objects.get()
    assert case.owner == boss
    assert case.due_at is not None
    assert case.due_at - case.opened_at == timedelta(hours=4)


@pytest.mark.req("R042")
def test_care_is_counted_by_tier_and_costs_what_staff_say(shop: CornerShop, boss: Staff) -> None:
    refresh(shop)
    record = shop.records["Ann Hill"]
    ann = CustomerSummary.objects.get(full_name="Ann Hill")
    told = [("call", 5), ("call", 9), ("visit", 20), ("email", 364), ("email", 366), ("page", 1)]
    for number, (kind, days) in enumerate(told):
        Event.objects.create(
            source=shop.source,
            message_id=str(number),
            record=record,
            kind=kind,
            occurred_at=NOW - timedelta(days=days),
            received_at=NOW,
        )
    CustomerState.objects.create(
        customer_id=ann.customer_id, kind=StateKind.OPEN_CASE, since=NOW, until=NOW
    )
    treatment.set_costs(
        costs={"visit": 10_00, "call": 2_00, "message": 1, "case": 30_00}, staff=boss, now=NOW
    )

    counted = count_service(as_of=AS_OF)
    refresh(shop)
    (served,) = [one for one in list_served(_figures(), costs=list_costs()) if one.contact_count]

    assert counted == {ann.tier: {"visit": 1, "call": 2, "message": 1, "case": 1}}
    assert served.tier == ann.tier
    assert served.cost_amount == 10_00 + 2 * 2_00 + 1 + 30_00
    assert ServiceCost.objects.count() == 4


def _figures() -> dict[str, Any]:
    return BusinessFigures.objects.latest("as_of_date").figures


@pytest.mark.req("R051")
def test_lines_of_ones_own_score_customers_and_the_month_before_is_known(
    shop: CornerShop, boss: Staff
) -> None:
    cuts = RfmCuts(5, (30, 60, 120, 400), (0, 1, 2, 3), (100, 200, 300_00, 500_00))
    save_rfm_policy(mode="fixed", window_days=365, cuts=cuts, staff=boss, now=NOW)
    refresh(shop)

    ann, bob = (CustomerSummary.objects.get(full_name=n) for n in ("Ann Hill", "Bob Old"))
    # 175 days ago, three orders of £600.00 within the year; the last is 1,048 days ago.
    assert (ann.rfm_cell, ann.rfm_cell_before) == ("245", "245")
    assert (bob.rfm_cell, bob.rfm_cell_before) == ("111", "111")


@pytest.mark.req("R051", "R059")
def test_months_of_moves_are_kept_and_those_before_are_worked_out(shop: CornerShop) -> None:
    refresh(shop)

    months = list_rfm_months(as_of=AS_OF)

    assert [m.row.month for m in months[:2]] == [date(2026, 11, 1), date(2026, 10, 1)]
    assert (months[0].row.is_backfilled, months[1].row.is_backfilled) == (False, True)
    assert len(months) == 13
    first_of_ann = next(m for m in months if m.row.month == date(2025, 12, 1))
    assert first_of_ann.fresh == 1
    assert all(m.total == m.stayed + m.up + m.down + m.fresh for m in months)
    seen = RfmMonth.objects.get(month=date(2026, 10, 1)).computed_at
    refresh(shop, as_of=date(2026, 12, 5))
    assert RfmMonth.objects.get(month=date(2026, 10, 1)).computed_at == seen
    november = RfmMonth.objects.get(month=date(2026, 11, 1))
    assert (november.as_of_date, november.is_backfilled) == (date(2026, 11, 30), False)


@pytest.mark.req("R041")
def test_equity_is_kept_month_by_month_by_tier_and_segment(shop: CornerShop, boss: Staff) -> None:
    segment_services.create_segment(
        name="Buyers", staff=boss, now=NOW, tree=t.Number("order_count", "at_least", 1)
    )
    refresh(shop)
    whole = sum(
        CustomerSummary.objects.values_list("expected_amount", flat=True).exclude(
            expected_amount=None
        )
    )
    refresh(shop, as_of=date(2026, 12, 31))

    before, after = read_equity(as_of=AS_OF), read_equity(as_of=date(2026, 12, 31))

    assert before.whole is not None
    assert after.whole is not None
    assert (before.whole.amounts, before.whole.change) == ([whole], None)
    assert after.whole.amounts[0] == whole
    assert after.whole.change == after.whole.amounts[1] - whole
    assert sum(one.latest for one in after.tiers) == after.whole.latest
    (buyers,) = after.segments
    assert (buyers.key, buyers.amounts[0]) == ("Buyers", whole)
    assert EquityMonth.objects.filter(month=date(2026, 11, 1)).count() > 0


@pytest.mark.req("R027")
def test_who_comes_into_a_watched_segment_is_noticed_once_and_leaves_with_it(
    shop: CornerShop, boss: Staff
) -> None:
    heavy = segment_services.create_segment(
        name="Heavy use", staff=boss, now=NOW, tree=t.Number("usage_days", "at_least", 3)
    )
    upsell.watch_segment(segment=heavy, staff=boss, now=NOW)
    for day in range(4):
        Event.objects.create(
            source=shop.source,
            message_id=f"use-{day}",
            record=shop.records["Eve Lead"],
            kind="feature_used",
            occurred_at=NOW - timedelta(days=day),
            received_at=NOW,
        )

    refresh(shop)
    first = UpsellAlert.objects.get()
    upsell.refresh_alerts(as_of=AS_OF + timedelta(days=1), now=NOW)

    assert (first.customer, first.usage_days, first.since_date) == (
        shop.people["Eve Lead"],
        4,
        AS_OF,
    )
    assert UpsellAlert.objects.get().since_date == AS_OF
    assert upsell.stop_watching(segment=heavy, staff=boss, now=NOW)
    assert UpsellAlert.objects.count() == 0
    assert not upsell.stop_watching(segment=heavy, staff=boss, now=NOW)


def test_rules_that_were_drawn_before_there_were_vvips_are_drawn_anew() -> None:
    old = TierPolicy.objects.create(
        version=1,
        rules=write_rules(RULES),
        is_automatic=True,
        basis={"buyers": 100, "currency": "GBP", "is_demo": False},
        published_at=NOW,
    )

    assert tiers._is_outgrown(old, 100, "GBP", False)
    assert not tiers._is_outgrown(old, 99, "GBP", False)
    assert read_rules(old.rules) == RULES
