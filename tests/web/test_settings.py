"""The settings: the company, colleagues, one's own language and password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from idic.core import ids
from idic.core.models import AuditEntry, Business, LoginLink, Staff
from idic.identify.models import Customer

PAGE = "/settings/"
COMPANY = {
    "name": "Nhà Mình Mart 2",
    "language": "vi",
    "country": "VN",
    "currency": "VND",
    "time_zone": "Asia/Ho_Chi_Minh",
    "postal_address": "1 Lê Lợi, Huế",
    "margin_percent": "22.5",
    "as_of_date": "2026-01-31",
}


def of(staff: Staff, path: str = "") -> str:
    return f"/settings/people/{ids.encode('staff', staff.id)}/{path}"


def test_the_company_is_changed_and_the_trail_says_what(owner: Client, business: Business) -> None:
    response = owner.post("/settings/business/", COMPANY, follow=True)

    business.refresh_from_db()
    assert response.status_code == 200
    assert (business.name, business.margin_rate) == ("Nhà Mình Mart 2", Decimal("0.2250"))
    assert str(business.as_of_date) == "2026-01-31"
    entry = AuditEntry.objects.get(action="business.changed")
    assert set(entry.detail) == {"name", "language", "postal_address", "margin_rate", "as_of_date"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("currency", "XXX1"),
        ("country", "ZZZ"),
        ("language", "tlh"),
        ("margin_percent", "101"),
        ("name", ""),
        ("as_of_date", "yesterday"),
    ],
)
def test_a_wrong_company_setting_is_refused(
    owner: Client, business: Business, field: str, value: str
) -> None:
    before = Business.objects.values().get()

    assert owner.post("/settings/business/", {**COMPANY, field: value}).status_code == 422
    assert Business.objects.values().get() == before


def test_another_currency_over_old_orders_is_asked_twice(
    owner: Client, business: Business, add: Callable[..., Customer]
) -> None:
    add("An", orders=1)
    other = {**COMPANY, "currency": "CNY"}

    refused = owner.post("/settings/business/", other)
    assert (refused.status_code, Business.objects.get().currency) == (422, "VND")
    owner.post("/settings/business/", {**other, "confirm_currency": "on"})
    assert Business.objects.get().currency == "CNY"


@pytest.mark.req("R157")
def test_a_colleague_comes_in_by_a_link_shown_once(
    owner: Client, staff: Callable[[str], Staff]
) -> None:
    owner.post("/settings/people/", {"display_name": "Mai", "email": "Mai@Shop.VN", "role": "care"})
    mai = Staff.objects.get(email="mai@shop.vn")
    assert not mai.has_usable_password()

    shown = owner.post(of(mai, "link/"))

    link = shown.context["link"]
    assert shown["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert link not in owner.get(PAGE).content.decode()
    newcomer = Client()
    assert newcomer.post(link).status_code == 302
    assert newcomer.get(PAGE).status_code == 200


def test_a_second_account_for_one_address_is_refused(owner: Client, business: Any) -> None:
    refused = owner.post(
        "/settings/people/", {"display_name": "X", "email": "OWNER@shop.vn", "role": "owner"}
    )

    assert refused.status_code == 422
    assert Staff.objects.count() == 1


def test_the_last_owner_stays_one(owner: Client, staff: Callable[[str], Staff]) -> None:
    me = staff("owner")

    for post in ({"act": "role", "role": "sales"}, {"act": "keep_out"}):
        page = owner.post(of(me), post, follow=True).content.decode()
        assert "Somebody must stay the owner" in page
    me.refresh_from_db()
    assert (me.role, me.is_active) == ("owner", True)

    second = Staff.objects.create(email="two@shop.vn", display_name="Two", role="owner")
    owner.post(of(second), {"act": "role", "role": "sales"})
    second.refresh_from_db()
    assert second.role == "sales"


def test_who_is_kept_out_is_out_at_once(
    owner: Client, as_role: Callable[[str], Client], staff: Callable[[str], Staff]
) -> None:
    sales = as_role("sales")
    owner.post(of(staff("sales"), "link/"))
    assert sales.get(PAGE).status_code == 200

    owner.post(of(staff("sales")), {"act": "keep_out"})

    assert sales.get(PAGE).status_code == 302
    assert LoginLink.objects.count() == 0
    owner.post(of(staff("sales")), {"act": "let_in"})
    assert sales.get(PAGE).status_code == 200


@pytest.mark.parametrize("role", ["manager", "marketer", "sales", "care", "analyst", "read_only"])
def test_only_the_owner_changes_staff(
    as_role: Callable[[str], Client], staff: Callable[[str], Staff], role: str
) -> None:
    client, victim = as_role(role), staff("owner")
    before = list(Staff.objects.order_by("id").values())

    for path, post in [
        ("/settings/people/", {"display_name": "X", "email": "x@y.vn", "role": "owner"}),
        (of(victim), {"act": "keep_out"}),
        (of(staff(role)), {"act": "role", "role": "owner"}),
        (of(victim, "link/"), {}),
    ]:
        assert client.post(path, post).status_code == 403
    assert list(Staff.objects.order_by("id").values()) == before
    assert (LoginLink.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.parametrize("role", ["marketer", "sales", "care", "analyst", "read_only"])
def test_who_may_not_edit_settings_reads_them(
    as_role: Callable[[str], Client], business: Business, role: str
) -> None:
    client = as_role(role)

    assert client.get(PAGE).status_code == 200
    assert client.post("/settings/business/", COMPANY).status_code == 403
    business.refresh_from_db()
    assert business.name == "Nhà Mình Mart"


def test_everybody_chooses_their_own_language(
    as_role: Callable[[str], Client], staff: Callable[[str], Staff]
) -> None:
    client = as_role("read_only")

    client.post("/settings/own/", {"language": "zh-hans"})

    assert 'lang="zh-hans"' in client.get(PAGE).content.decode()
    assert staff("read_only").language == "zh-hans"
    assert client.post("/settings/own/", {"language": "tlh"}).status_code == 404


def test_a_new_password_ends_all_other_sessions(
    as_role: Callable[[str], Client], staff: Callable[[str], Staff]
) -> None:
    here, elsewhere = as_role("sales"), as_role("sales")

    here.post("/settings/password/", {"password": "a long enough one"})

    assert here.get(PAGE).status_code == 200
    assert elsewhere.get(PAGE).status_code == 302
    assert staff("sales").check_password("a long enough one")


@pytest.mark.parametrize(
    "post",
    [
        {"current": "wrong", "password": "another long one"},
        {"current": "a long enough one", "password": "short"},
        {"current": "a long enough one", "password": "password1234"},
        {"password": "another long one"},
    ],
)
def test_a_password_needs_the_present_one_and_length(
    as_role: Callable[[str], Client], staff: Callable[[str], Staff], post: dict[str, str]
) -> None:
    person = staff("sales")
    person.set_password("a long enough one")
    person.save()
    client = as_role("sales")

    assert client.post("/settings/password/", post).status_code == 422
    person.refresh_from_db()
    assert person.check_password("a long enough one")


@pytest.mark.parametrize("language", ["vi", "zh-hans", "en"])
def test_the_settings_speak_three_languages(owner: Client, business: Any, language: str) -> None:
    owner.cookies["idic_language"] = language

    assert owner.get(PAGE).status_code == 200


def test_a_name_of_staff_is_text(owner: Client, business: Any, now: datetime) -> None:
    owner.post(
        "/settings/people/", {"display_name": "<svg/onload=1>", "email": "x@y.vn", "role": "care"}
    )

    page = owner.get(PAGE).content.decode()
    assert "<svg/onload" not in page
    assert "&lt;svg/onload=1&gt;" in page


def test_the_start_leads_on(owner: Client, business: Any) -> None:
    assert owner.get("/").status_code == 302
