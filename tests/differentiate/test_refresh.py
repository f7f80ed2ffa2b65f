"""Refreshing: every figure of a hand-made shop, who may be reached, tiers that move with a reason,
and a few customers alone.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection

from idic.core.models import Business
from idic.differentiate.models import (
    BusinessFigures,
    CustomerSummary,
    MatrixCell,
    NeedGroup,
    SegmentSize,
    TierChange,
    TierPolicy,
    ValueModel,
)
from idic.differentiate.segments import tree as t
from idic.differentiate.selectors import describe_business, list_call_first
from idic.differentiate.services import segments as segment_services
from idic.differentiate.services.refresh import RefreshReport, refresh_all, refresh_customers
from idic.differentiate.services.scoring import winback
from idic.differentiate.services.tiers import apply_policy, publish_policy
from idic.differentiate.tier_rules import GONE_RISK, TierRule, write_rules
from idic.identify.models import Customer, CustomerState, Event, ExchangeRate, StateKind

from .corner_shop import AS_OF, NOW, CornerShop, open_shop

pytestmark = pytest.mark.django_db

# Days to a repeat in the corner shop: of Ann, Bob and Cy, known for 357, 1,048 and 53 days, Ann
# repeated twice; one more repeat in a year is assumed.
SHOP_GAP_DAYS = (357 + 1048 + 53 + 365) / (2 + 1)


@pytest.fixture
def shop() -> CornerShop:
    """The corner shop, its orders not yet in the lake."""
    return open_shop()


def refresh(shop: CornerShop, *, as_of: date = AS_OF, **options: Any) -> RefreshReport:
    """Bring everything up to date."""
    shop.flush()
    return refresh_all(as_of=as_of, now=NOW, **options)


def summary_of(shop: CornerShop, name: str) -> CustomerSummary:
    """Give somebody's summary as stored."""
    return CustomerSummary.objects.get(customer=shop.people[name])


@pytest.mark.req("R039", "R051")
def test_a_buyers_figures_are_those_on_paper(shop: CornerShop) -> None:
    refresh(shop)

    ann = summary_of(shop, "Ann Hill")
    assert (ann.order_count, ann.net_amount, ann.mean_order_amount) == (3, 600_00, 200_00)
    assert (ann.first_order_date, ann.last_order_date) == (date(2025, 12, 1), date(2026, 6, 1))
    assert (ann.last_year_amount, ann.last_year_order_count) == (600_00, 3)
    # Nothing can be tried on six orders: her two repeats in 357 days beside one assumed in
    # SHOP_GAP_DAYS, and her 600.00 in three orders beside one of the shop's mean 130.00.
    rate = (2 + 1) / (357 + SHOP_GAP_DAYS)
    expected = round(rate * 365 * (600_00 + 130_00) / 4)
    assert (ann.expected_amount, ann.worth_amount) == (expected, 600_00 + expected)
    assert ann.expected_order_count == pytest.approx(rate * 365)
    assert ann.expected_low_amount is not None
    assert ann.expected_high_amount is not None
    assert ann.expected_low_amount <= expected <= ann.expected_high_amount
    assert ann.churn_risk is not None
    assert ann.stake_amount == round(600_00 * ann.churn_risk)
    assert ann.winback_amount == round(600_00 * ann.churn_risk * (1 - ann.churn_risk))
    assert ann.rfm_cell == f"{ann.recency_score}{ann.frequency_score}{ann.monetary_score}"
    assert ann.tier_since == AS_OF


def test_money_of_more_than_a_year_ago_is_not_last_years(shop: CornerShop) -> None:
    refresh(shop)

    bob = summary_of(shop, "Bob Old")
    assert (bob.order_count, bob.net_amount, bob.last_year_amount) == (1, 50_00, 0)
    # 1,048 days known and no repeat: one assumed, of 50.00 and the shop's 130.00 on average.
    assert bob.expected_amount == round(365 / (1048 + SHOP_GAP_DAYS) * 90_00)
    assert bob.stake_amount == 0
    assert bob.overdue_days is None
    assert bob.is_overdue is False


def test_a_return_nets_out_and_is_no_order(shop: CornerShop) -> None:
    refresh(shop)

    cy = summary_of(shop, "Cy Back")
    assert (cy.order_count, cy.net_amount, cy.last_year_amount) == (1, 0, 0)
    di = summary_of(shop, "Di Only")
    assert (di.order_count, di.net_amount, di.tier) == (0, -20_00, "")
    assert (di.expected_amount, di.churn_risk, di.rfm_cell) == (None, None, "")


def test_who_has_not_bought_by_the_day_looked_at_has_a_row_without_scores(
    shop: CornerShop,
) -> None:
    refresh(shop)

    for name in ("Eve Lead", "Fay Later"):
        row = summary_of(shop, name)
        assert (row.order_count, row.net_amount, row.tier) == (0, 0, "")
        assert (row.expected_amount, row.first_order_date) == (None, None)


def test_later_orders_count_once_the_day_has_come(shop: CornerShop) -> None:
    refresh(shop, as_of=date(2026, 12, 31))

    assert summary_of(shop, "Fay Later").net_amount == 80_00


def test_an_earlier_day_knows_less(shop: CornerShop) -> None:
    refresh(shop)
    refresh(shop, as_of=date(2026, 3, 15))

    assert summary_of(shop, "Ann Hill").net_amount == 300_00
    assert summary_of(shop, "Cy Back").order_count == 0


def test_customers_nobody_sees_have_no_summary(shop: CornerShop) -> None:
    refresh(shop)
    Customer.objects.filter(full_name="Bob Old").update(merged_into=shop.people["Ann Hill"])
    Customer.objects.filter(full_name="Eve Lead").update(is_staged=True)

    refresh(shop)

    names = set(CustomerSummary.objects.values_list("full_name", flat=True))
    assert names == {"Ann Hill", "Cy Back", "Di Only", "Fay Later"}


def test_the_report_counts_what_happened(shop: CornerShop) -> None:
    heard: list[tuple[int, int, str]] = []

    report = refresh(shop, progress=lambda *said: heard.append(said))

    assert (report.customers, report.buyers, report.method) == (6, 3, "shared_rate")
    assert sum(report.tiers.values()) == 4  # who never ordered is in no tier's count
    assert heard[-1] == (100, 100, "customers")
    assert [done for done, _total, _label in heard] == sorted(done for done, _t, _l in heard)


@pytest.mark.req("R040")
def test_the_model_is_stored_with_the_reason_it_could_not_be_tried(shop: CornerShop) -> None:
    refresh(shop)

    model = ValueModel.objects.get()
    assert (model.as_of_date, model.horizon_days, model.method) == (AS_OF, 365, "shared_rate")
    assert model.replay["reason_code"] == "too_few_customers"
    assert model.customer_count == 3


def test_amounts_of_another_currency_count_at_the_rate_of_their_day(shop: CornerShop) -> None:
    ExchangeRate.objects.create(currency="USD", from_date=date(2026, 1, 1), rate="0.75")
    shop.add("Gil Usd")
    shop.sell("Gil Usd", "2026-10-10", "40.00", currency="USD")

    refresh(shop)
    from_lake = summary_of(shop, "Gil Usd").net_amount
    refresh_customers(customer_ids=[shop.people["Gil Usd"].id], as_of=AS_OF, now=NOW)

    assert from_lake == 30_00
    assert summary_of(shop, "Gil Usd").net_amount == 30_00


def test_names_and_places_are_kept_folded_for_rules(shop: CornerShop) -> None:
    shop.add("Đặng Thị Hoa", city="Đà Nẵng", country="Việt Nam")
    Business.objects.filter(id=1).update(language="vi")

    refresh(shop)

    hoa = summary_of(shop, "Đặng Thị Hoa")
    assert (hoa.name_key, hoa.city_key, hoa.country_key) == (
        "dang thi hoa",
        "da nang",
        "viet nam",
    )
    assert hoa.sort_name == "hoa dang thi"


EMAIL = "ann@example.org"


@pytest.mark.parametrize(
    ("ledger", "reach"),
    [
        ([], "unknown"),
        ([("granted", "consent", 10)], "allowed"),
        ([("granted", "unknown", 10)], "unknown"),
        ([("denied", "consent", 10)], "denied"),
        ([("granted", "consent", 10), ("denied", "consent", 5)], "denied"),
        ([("denied", "consent", 10), ("granted", "consent", 5)], "allowed"),
        ([("unknown", "unknown", 10)], "unknown"),
    ],
)
def test_the_latest_line_of_an_address_counts(
    shop: CornerShop, ledger: list[tuple[str, str, int]], reach: str
) -> None:
    shop.give_address("Ann Hill", "email", EMAIL)
    for status, basis, days_ago in ledger:
        shop.consent(shop.records["Ann Hill"], EMAIL, status, basis=basis, days_ago=days_ago)

    refresh(shop)

    ann = summary_of(shop, "Ann Hill")
    assert (ann.email_reach, ann.sms_reach, ann.zalo_reach) == (reach, "no_address", "no_address")


def test_a_refusal_on_any_joined_record_wins(shop: CornerShop) -> None:
    ann = shop.people["Ann Hill"]
    web = shop.add_record(ann, key="ann-web")
    shop.give_address("Ann Hill", "email", EMAIL)
    shop.consent(shop.records["Ann Hill"], EMAIL, "granted", days_ago=1)
    shop.consent(web, "old@example.org", "denied", days_ago=100)

    refresh(shop)

    assert summary_of(shop, "Ann Hill").email_reach == "denied"


def test_a_refusal_at_the_address_reaches_everybody_who_shares_it(shop: CornerShop) -> None:
    for name in ("Ann Hill", "Bob Old"):
        shop.give_address(name, "email", EMAIL)
    shop.consent(shop.records["Ann Hill"], EMAIL, "granted", days_ago=30)
    shop.consent(shop.records["Bob Old"], EMAIL, "denied", days_ago=1)

    refresh(shop)

    assert summary_of(shop, "Ann Hill").email_reach == "denied"
    assert summary_of(shop, "Bob Old").email_reach == "denied"


def test_service_consent_says_nothing_about_marketing(shop: CornerShop) -> None:
    shop.give_address("Ann Hill", "phone", "+447700900001")
    shop.consent(
        shop.records["Ann Hill"], "+447700900001", "granted", channel="sms", purpose="service"
    )

    refresh(shop)

    assert summary_of(shop, "Ann Hill").sms_reach == "unknown"


def test_do_not_contact_closes_every_channel(shop: CornerShop) -> None:
    shop.give_address("Ann Hill", "email", EMAIL)
    shop.consent(shop.records["Ann Hill"], EMAIL, "granted")
    CustomerState.objects.create(
        customer=shop.people["Ann Hill"],
        kind=StateKind.DO_NOT_CONTACT,
        since=NOW - timedelta(days=1),
    )

    refresh(shop)

    ann = summary_of(shop, "Ann Hill")
    assert {ann.email_reach, ann.sms_reach, ann.zalo_reach} == {"denied"}


def test_open_cases_contacts_and_sources_are_counted(shop: CornerShop) -> None:
    ann = shop.people["Ann Hill"]
    CustomerState.objects.create(
        customer=ann, kind=StateKind.OPEN_CASE, since=NOW - timedelta(days=2)
    )
    for number, (kind, days) in enumerate([("call", 9), ("page", 1), ("note", 2)]):
        Event.objects.create(
            source=shop.source,
            message_id=str(number),
            record=shop.records["Ann Hill"],
            kind=kind,
            occurred_at=NOW - timedelta(days=days),
            received_at=NOW,
        )

    refresh(shop)

    row = summary_of(shop, "Ann Hill")
    assert (row.has_open_case, row.source_count) == (True, 1)
    assert row.last_contact_at == NOW - timedelta(days=9)


@pytest.mark.req("R055")
def test_a_move_between_tiers_is_kept_with_its_day_and_reason(shop: CornerShop) -> None:
    refresh(shop)
    before = summary_of(shop, "Bob Old").tier
    assert TierChange.objects.count() == 0  # nobody moved by being placed for the first time

    shop.sell("Bob Old", "2026-11-24", "9000.00")
    later = AS_OF + timedelta(days=1)
    report = refresh(shop, as_of=later)

    bob = summary_of(shop, "Bob Old")
    move = TierChange.objects.get(customer=shop.people["Bob Old"])
    assert (before, bob.tier) == ("dormant", "vip")
    assert (move.from_tier, move.to_tier, move.on_date) == ("dormant", "vip", later)
    assert move.reason["values"] == {
        "worth_amount": bob.worth_amount,
        "churn_risk": bob.churn_risk,
    }
    assert bob.tier_since == later
    assert report.moves == TierChange.objects.count()


def test_the_rules_are_drawn_once_and_stay(shop: CornerShop) -> None:
    refresh(shop)
    first = TierPolicy.objects.get()

    shop.sell("Ann Hill", "2026-11-22", "70000.00")
    refresh(shop)

    assert TierPolicy.objects.get().rules == first.rules
    assert first.is_automatic is True


def test_looking_at_an_earlier_day_forgets_later_moves(shop: CornerShop) -> None:
    refresh(shop)
    shop.sell("Bob Old", "2026-11-24", "9000.00")
    refresh(shop, as_of=AS_OF + timedelta(days=1))

    refresh(shop)

    assert TierChange.objects.count() == 0
    assert summary_of(shop, "Bob Old").tier == "dormant"


@pytest.mark.req("R054")
def test_a_published_policy_moves_customers_at_once(shop: CornerShop) -> None:
    refresh(shop)
    staff = _owner()
    rules = [
        TierRule("vip", t.Amount("net_amount", "at_least", 500_00)),
        TierRule("dormant", t.Number("order_count", "at_least", 1)),
    ]

    policy = publish_policy(rules=write_rules(rules), staff=staff, now=NOW)
    moved = apply_policy(as_of=AS_OF)

    tiers = dict(CustomerSummary.objects.values_list("full_name", "tier"))
    assert tiers == {
        "Ann Hill": "vip",
        "Bob Old": "dormant",
        "Cy Back": "dormant",
        "Di Only": "",
        "Eve Lead": "",
        "Fay Later": "",
    }
    assert moved == TierChange.objects.filter(policy_version=policy.version).count()
    cells = MatrixCell.objects.values_list("tier", "customer_count")
    assert dict(cells) == {"vip": 1, "dormant": 2, "": 3}


def _owner() -> Any:
    from idic.core.models import Staff

    return Staff.objects.get(role="owner")


def _plain(row: CustomerSummary) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_few_customers_alone_come_out_as_in_the_whole(shop: CornerShop) -> None:
    shop.give_address("Ann Hill", "email", EMAIL)
    shop.consent(shop.records["Ann Hill"], EMAIL, "granted")
    refresh(shop)
    whole = {row.customer_id: _plain(row) for row in CustomerSummary.objects.all()}

    refresh_customers(
        customer_ids=[person.id for person in shop.people.values()], as_of=AS_OF, now=NOW
    )

    alone = {row.customer_id: _plain(row) for row in CustomerSummary.objects.all()}
    assert alone == whole


def test_a_few_customers_alone_see_a_new_order_before_the_lake_does(shop: CornerShop) -> None:
    refresh(shop)
    shop.sell("Eve Lead", "2026-11-20", "30.00")
    eve = shop.people["Eve Lead"]

    refresh_customers(customer_ids=[eve.id], as_of=AS_OF, now=NOW)

    row = summary_of(shop, "Eve Lead")
    expected = round(365 / (3 + SHOP_GAP_DAYS) * (30_00 + 130_00) / 2)
    assert (row.order_count, row.net_amount, row.expected_amount) == (1, 30_00, expected)
    assert row.tier == "new"
    assert MatrixCell.objects.get(tier="new").customer_count == 2  # Cy, too
    assert MatrixCell.objects.get(tier="").customer_count == 2


def test_before_the_first_refresh_a_few_customers_get_rows_without_scores(
    shop: CornerShop,
) -> None:
    ann = shop.people["Ann Hill"]

    assert refresh_customers(customer_ids=[ann.id], as_of=AS_OF, now=NOW) == 1

    row = summary_of(shop, "Ann Hill")
    assert (row.order_count, row.tier, row.expected_amount) == (0, "", None)


def test_a_merged_customer_loses_the_summary_and_the_other_gets_the_orders(
    shop: CornerShop,
) -> None:
    refresh(shop)
    ann, bob = shop.people["Ann Hill"], shop.people["Bob Old"]
    shop.records["Bob Old"].customer = ann
    shop.records["Bob Old"].save()
    Customer.objects.filter(id=bob.id).update(merged_into=ann)

    refresh_customers(customer_ids=[ann.id, bob.id], as_of=AS_OF, now=NOW)

    assert not CustomerSummary.objects.filter(customer=bob).exists()
    assert summary_of(shop, "Ann Hill").net_amount == 650_00


def test_the_business_is_described_in_a_few_figures(shop: CornerShop) -> None:
    refresh(shop)

    found = describe_business(AS_OF)

    assert found is not None
    assert (found.customers, found.buyers, found.repeat_buyers) == (6, 3, 1)
    assert found.repeat_rate == pytest.approx(1 / 3)
    assert (found.net_amount, found.last_year_amount) == (630_00, 580_00)
    assert found.first_order_date == date(2024, 1, 10)
    assert found.top_fifth_rate is None  # a fifth of three is nobody
    assert found.model is not None
    assert (found.model.is_tried, found.model.verdict) == (False, "untried")
    assert BusinessFigures.objects.count() == 1


def test_before_the_first_refresh_there_is_nothing_to_describe() -> None:
    assert describe_business(AS_OF) is None
    assert list_call_first() == []


def test_segments_are_counted_with_the_day(shop: CornerShop) -> None:
    staff = _owner()
    kept = segment_services.create_segment(
        name="Buyers", tree=t.Number("order_count", "at_least", 1), staff=staff, now=NOW
    )

    refresh(shop)

    kept.refresh_from_db()
    assert kept.customer_count == 3
    assert SegmentSize.objects.get().on_date == AS_OF


def _sell_needs(shop: CornerShop, *, people: int) -> None:
    """Let people in who want either tea things or garden things, never both."""
    for number in range(people):
        name = f"Buyer {number}"
        shop.add(name)
        kind = ("Tea", "Garden", "Books")[number % 3]
        for place in range(6):
            shop.sell(
                name,
                f"2026-{place + 3:02d}-{number % 27 + 1:02d}",
                "10.00",
                category=kind,
                product=f"{kind[0]}{(number + place) % 9}",
            )


@pytest.mark.req("R043")
def test_need_groups_get_names_and_keep_those_staff_gave(shop: CornerShop) -> None:
    _sell_needs(shop, people=60)
    refresh(shop)
    groups = {group.name: group for group in NeedGroup.objects.filter(is_current=True)}
    assert set(groups) == {"Tea", "Garden", "Books"}
    tea = groups["Tea"]
    sizes = dict(MatrixCell.objects.filter(need_group=tea).values_list("tier", "customer_count"))
    assert sum(sizes.values()) == 20

    NeedGroup.objects.filter(id=tea.id).update(
        name="Five o'clock", is_named_by_staff=True, plan="New harvest first"
    )
    for number in range(60, 66):
        shop.add(f"Buyer {number}")
        for place in range(6):
            shop.sell(
                f"Buyer {number}",
                f"2026-10-{place + 1:02d}",
                "12.00",
                category="Tea",
                product=f"T{place}",
            )
    refresh(shop)

    kept = NeedGroup.objects.get(id=tea.id)
    assert (kept.name, kept.plan, kept.is_current) == ("Five o'clock", "New harvest first", True)
    assert {g.id for g in NeedGroup.objects.filter(is_current=True)} == {
        g.id for g in groups.values()
    }
    assert CustomerSummary.objects.filter(need_group=kept).count() == 26


def test_whom_to_call_first_is_valuable_overdue_and_still_to_be_won(shop: CornerShop) -> None:
    # Weekly for eight weeks, last seen 20 July to 26 October; money says nothing of who is gone.
    for name, first, pounds in [
        ("Gone Richest", date(2026, 6, 1), "400.00"),
        ("Late Rich", date(2026, 9, 7), "300.00"),
        ("Late Poor", date(2026, 9, 7), "90.00"),
        ("Punctual", date(2026, 10, 5), "300.00"),
    ]:
        shop.add(name)
        for week in range(8):
            shop.sell(name, (first + timedelta(days=7 * week)).isoformat(), pounds)

    refresh(shop)

    gone = summary_of(shop, "Gone Richest")
    assert (gone.is_overdue, gone.tier) == (True, "dormant")
    assert gone.churn_risk is not None
    assert gone.churn_risk > GONE_RISK
    called = list_call_first(limit=2)
    assert called[0].full_name == "Late Rich"
    assert "Punctual" not in [call.full_name for call in called]
    assert called[0].days_since_last == (AS_OF - date(2026, 10, 26)).days
    assert called[0].usual_gap_days is not None
    assert 6 <= called[0].usual_gap_days <= 12
    assert called[0].last_year_amount == 8 * 300_00


def test_a_call_wins_most_where_it_is_still_open_who_comes_back() -> None:
    risks = np.array([0.05, 0.5, 0.7, 0.95, np.nan])

    won = winback(stake=1000 * np.nan_to_num(risks), churn_risk=risks)

    # Nearly sure to come, open, doubtful, nearly gone, never bought.
    assert won.round(1).tolist() == [47.5, 250.0, 210.0, 47.5, 0.0]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL learns by itself")
def test_a_refresh_lets_the_database_learn_how_customers_are_spread(shop: CornerShop) -> None:
    refresh(shop)

    with connection.cursor() as cursor:
        cursor.execute("SELECT idx FROM sqlite_stat1 WHERE tbl = 'differentiate_customersummary'")
        learned = {index for (index,) in cursor.fetchall()}
    assert {"diff_sum_tier", "diff_sum_worth"} <= learned
