"""Who gets in: keys, their rights, how often; and what a caller reads when it does not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from idic.core import clock, ids
from idic.core.models import ApiKey, AuditEntry, Role, Staff
from idic.core.rest import doors
from idic.core.rest.limits import Limiter
from idic.core.services.api_keys import WrongKey, create_key, find_key, key_may, revoke_key
from idic.identify.models import Customer
from tests.identify.identity.people import People

from .calling import Program, problem, program

pytestmark = [pytest.mark.django_db, pytest.mark.req("R031")]


@pytest.mark.parametrize("secret", ["", "idic_", "idic_wrong", "x" * 9_000, "idic_\u0000"])
def test_without_a_known_key_nobody_gets_in(people: People, secret: str) -> None:
    answer = Program(secret).get("/customers")

    told = problem(answer, 401, "no_key")
    assert "Bearer" in told["detail"]
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_session_of_the_pages_opens_nothing(people: People) -> None:
    owner = Staff.objects.create(email="o@shop.vn", display_name="O", role=Role.OWNER)
    browser = Client()
    browser.force_login(owner)

    assert browser.get("/api/v1/customers").status_code == 401
    body = {"full_name": "Ann"}
    answer = browser.post("/api/v1/customers", body, content_type="application/json")
    assert answer.status_code == 401
    assert not Customer.objects.filter(full_name="Ann").exists()


def test_only_a_digest_of_a_key_is_kept(till: Program) -> None:
    assert till.secret.startswith("idic_")
    assert till.secret not in str(list(ApiKey.objects.values()))
    assert till.secret not in str(list(AuditEntry.objects.values()))


def test_a_key_does_what_it_was_given_and_nothing_else(people: People) -> None:
    reader = program("customers.read", name="Reader")

    assert reader.get("/customers").status_code == 200
    told = problem(reader.post("/customers", {"full_name": "Ann"}), 403, "not_allowed")
    assert "customers.edit" in told["detail"]
    assert not Customer.objects.filter(full_name="Ann").exists()


def test_the_right_is_asked_for_before_the_values_are_read(people: People) -> None:
    reader = program("customers.read", name="Reader")

    problem(reader.call("POST", "/customers", "{not json"), 403, "not_allowed")


def test_a_revoked_key_is_turned_away_at_once(till: Program) -> None:
    key = ApiKey.objects.get()

    assert revoke_key(key_id=key.id, actor="o@shop.vn", now=clock.now())
    assert not revoke_key(key_id=key.id, actor="o@shop.vn", now=clock.now())
    problem(till.get("/customers"), 401, "no_key")


def test_a_key_does_no_more_than_who_made_it_may_do_today(people: People, now: datetime) -> None:
    maker = Staff.objects.create(email="m@shop.vn", display_name="M", role=Role.MARKETER)
    key, secret = create_key(
        name="Shop",
        rights=["customers.read", "customers.edit"],
        staff=maker,
        actor=maker.email,
        now=now,
    )
    shop = Program(secret)
    assert shop.post("/customers", {"full_name": "Ann"}).status_code == 201

    maker.role = Role.READ_ONLY
    maker.save()
    assert shop.get("/customers").status_code == 200
    problem(shop.post("/customers", {"full_name": "Bo"}), 403, "not_allowed")

    maker.is_active = False
    maker.save()
    problem(shop.get("/customers"), 401, "no_key")
    assert not key_may(key=key, right="no.such.right")


def test_nobody_gives_a_key_more_than_they_may_do(db: None, now: datetime) -> None:
    maker = Staff(email="m@shop.vn", display_name="M", role=Role.CARE)
    wrong = [
        ("", ["customers.read"], "name"),
        ("x" * 81, ["customers.read"], "name"),
        ("Till", [], "rights"),
        ("Till", ["fly"], "rights"),
        ("Till", ["customers.bulk"], "rights"),
    ]

    for name, rights, field in wrong:
        with pytest.raises(WrongKey) as refused:
            create_key(name=name, rights=rights, staff=maker, actor="m@shop.vn", now=now)
        assert refused.value.field == field


def test_two_keys_in_force_have_two_names(till: Program, now: datetime) -> None:
    with pytest.raises(WrongKey):
        program(name="till")

    revoke_key(key_id=ApiKey.objects.get().id, actor="x", now=now)
    program(name="till")


def test_the_last_use_is_told_once_a_minute(till: Program, now: datetime) -> None:
    for seconds in (0, 30, 61):
        find_key(secret=till.secret, now=now + timedelta(seconds=seconds))
        if seconds == 30:
            assert ApiKey.objects.get().last_used_at == now

    assert ApiKey.objects.get().last_used_at == now + timedelta(seconds=61)


def test_who_calls_too_often_is_told_how_long_to_wait(
    till: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [0.0]
    monkeypatch.setattr(doors, "CALLS", Limiter(rate=1, burst=2, timer=lambda: moment[0]))

    assert [till.get("/customers").status_code for _ in range(2)] == [200, 200]
    answer = till.get("/customers")
    problem(answer, 429, "too_many")
    assert answer["Retry-After"] == "1"
    moment[0] = 1.0
    assert till.get("/customers").status_code == 200


def test_who_guesses_keys_waits_too_and_others_do_not(
    till: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "STRANGERS", Limiter(rate=0.1, burst=3, timer=lambda: 0.0))

    said = [Program("idic_wrong").get("/customers").status_code for _ in range(5)]

    assert said == [401, 401, 401, 429, 429]
    assert till.get("/customers").status_code == 200  # from the same address


def test_a_limiter_forgets_those_who_have_waited_long_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("idic.core.rest.limits._MOST_REMEMBERED", 3)
    moment = [0.0]
    limiter = Limiter(rate=1, burst=1, timer=lambda: moment[0])

    assert [limiter.take(name) for name in "abc"] == [0, 0, 0]
    moment[0] = 5.0
    assert limiter.take("d") == 0
    assert set(limiter._held) == {"d"}


@pytest.mark.parametrize("path", ["/nothing", "/customers/", "/customers/x/y"])
def test_an_unknown_address_is_a_problem_too(till: Program, path: str) -> None:
    problem(till.get(path), 404, "not_found")


def test_a_wrong_method_names_the_right_ones(till: Program) -> None:
    answer = till.call("DELETE", "/customers")

    told = problem(answer, 405, "wrong_method")
    assert "GET" in told["detail"]
    assert "GET" in answer["Allow"]


def test_errors_are_said_in_the_language_asked_for(people: People) -> None:
    said = {
        language: problem(
            Program("").call("GET", "/customers", **{"Accept-Language": language}), 401, "no_key"
        )["title"]
        for language in ("vi", "zh-hans", "en")
    }

    assert said == {"vi": "Không có khoá", "zh-hans": "没有密钥", "en": "No key"}


def test_answers_are_kept_by_nobody_on_the_way(till: Program) -> None:
    answer = till.get("/customers")

    assert answer["Cache-Control"] == "no-store"
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_what_fails_here_is_written_down_and_tells_nothing(
    till: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_values: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("idic.identify.api.customers.get_known", fail)

    told = problem(till.get(f"/customers/{ids.encode('customer', 1)}"), 500, "failed")

    assert "secret" not in str(told)
    assert "secret of the house" in caplog.text
