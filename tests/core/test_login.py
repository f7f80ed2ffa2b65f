"""Login links work once, for a day, for people who still work here."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from idic.core import clock
from idic.core.models import AuditEntry, Business, LoginLink, Role, Staff
from idic.core.services.login import create_login_link, redeem_login_link
from idic.core.services.setup import set_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(now: datetime) -> Staff:
    return set_up(language="vi", now=now)[1]


def test_set_up_twice_changes_nothing(now: datetime) -> None:
    first = set_up(language="vi", now=now)
    second = set_up(language="en", now=now)

    assert first == second
    assert (Business.objects.count(), Staff.objects.count()) == (1, 1)
    assert Business.objects.get().currency == "VND"


def test_the_first_owner_has_no_password(owner: Staff) -> None:
    assert not owner.has_usable_password()


def test_a_link_lets_its_owner_in_once(owner: Staff, now: datetime) -> None:
    token = create_login_link(staff=owner, now=now)

    assert redeem_login_link(token=token, now=now) == owner
    assert redeem_login_link(token=token, now=now) is None


def test_only_the_hash_of_a_link_is_stored(owner: Staff, now: datetime) -> None:
    token = create_login_link(staff=owner, now=now)

    assert token not in str(list(LoginLink.objects.values()))


def test_a_link_ends_after_a_day(owner: Staff, now: datetime) -> None:
    token = create_login_link(staff=owner, now=now)

    assert redeem_login_link(token=token, now=now + timedelta(hours=24)) is None


def test_a_new_link_ends_the_one_before(owner: Staff, now: datetime) -> None:
    old = create_login_link(staff=owner, now=now)
    create_login_link(staff=owner, now=now)

    assert redeem_login_link(token=old, now=now) is None


def test_a_person_locked_out_cannot_use_a_link(owner: Staff, now: datetime) -> None:
    token = create_login_link(staff=owner, now=now)
    Staff.objects.filter(id=owner.id).update(is_active=False)

    assert redeem_login_link(token=token, now=now) is None


def test_opening_a_link_uses_nothing_up(owner: Staff) -> None:
    token = create_login_link(staff=owner, now=clock.now())
    client = Client()

    page = client.get(f"/login/{token}/")
    pressed = client.post(f"/login/{token}/")

    assert (page.status_code, pressed.status_code) == (200, 302)
    assert client.session["_auth_user_id"] == str(owner.id)
    assert AuditEntry.objects.filter(action="login.link").count() == 1


def test_every_page_sends_strangers_to_the_login() -> None:
    answer = Client().post("/logout/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_a_wrong_password_says_nothing_about_who_exists(owner: Staff) -> None:
    Staff.objects.filter(id=owner.id).update(email="owner@shop.vn")
    client = Client()

    known = client.post("/login/", {"email": "owner@shop.vn", "password": "wrong"})
    unknown = client.post("/login/", {"email": "nobody@shop.vn", "password": "wrong"})

    assert (known.status_code, unknown.status_code) == (401, 401)
    assert known.context["error"] == unknown.context["error"]


def test_the_login_does_not_lead_to_another_site(owner: Staff) -> None:
    owner.set_password("a long enough one")
    owner.save()

    answer = Client().post(
        "/login/",
        {"email": owner.email, "password": "a long enough one", "next": "https://evil.example/"},
    )

    assert answer["Location"] == "/"


def test_changing_the_password_ends_other_sessions(owner: Staff) -> None:
    client = Client()
    client.force_login(owner)
    owner.set_password("another long one here")
    owner.save()

    answer = client.post("/logout/")

    assert answer["Location"] == "/login/?next=/logout/"


@pytest.mark.parametrize("role", Role.values)
def test_every_role_knows_every_right(role: str) -> None:
    from idic.core.access import RIGHTS, may

    person = Staff(email="x@shop.vn", display_name="X", role=role)

    allowed = {right for right in RIGHTS if may(person, right)}
    assert (allowed == set(RIGHTS)) == (role == Role.OWNER)
    assert (allowed == {"customers.read"}) == (role == Role.READ_ONLY)


def test_a_person_locked_out_may_nothing() -> None:
    from idic.core.access import RIGHTS, may

    person = Staff(email="x@shop.vn", display_name="X", role=Role.OWNER, is_active=False)

    assert not any(may(person, right) for right in RIGHTS)
