"""The pages of the API: keys made, shown once and revoked; the reference drawn from the code."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from idic.cli.program import run
from idic.core import ids
from idic.core.models import ApiKey, AuditEntry
from idic.core.rest.schema import describe, list_operations
from idic.web.reference import RIGHT_WORDS, build_reference, list_rights

pytestmark = [pytest.mark.django_db, pytest.mark.req("R031")]
PAGE = "/settings/api/"


def test_a_key_is_made_shown_once_and_opens_the_door(owner: Client) -> None:
    answer = owner.post(PAGE, {"name": "Till", "rights": ["customers.read", "customers.edit"]})

    key = ApiKey.objects.get()
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert answer["Cache-Control"].find("no-store") >= 0
    assert secret not in owner.get(PAGE).content.decode()
    assert key.rights == ["customers.edit", "customers.read"]
    door = Client()
    headers = {"Authorization": f"Bearer {secret}"}
    assert door.get("/api/v1/customers", headers=headers).status_code == 200

    word = ids.encode("api_key", key.id)
    assert owner.post(f"{PAGE}{word}/revoke/").status_code == 302
    assert door.get("/api/v1/customers", headers=headers).status_code == 401
    assert "Revoked" in owner.get(PAGE).content.decode()
    acts = AuditEntry.objects.filter(subject_type="api_key").order_by("id")
    assert list(acts.values_list("action", "actor", "subject_id")) == [
        ("api_key.created", "owner@shop.vn", word),
        ("api_key.revoked", "owner@shop.vn", word),
    ]


@pytest.mark.parametrize(
    ("name", "rights"), [("", ["customers.read"]), ("Till", []), ("Till", ["staff.fly"])]
)
def test_a_wrong_key_is_not_made_and_what_was_typed_stays(
    owner: Client, name: str, rights: list[str]
) -> None:
    answer = owner.post(PAGE, {"name": name, "rights": rights})

    assert answer.status_code == 422
    assert f'value="{name}"' in answer.content.decode()
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("role", ["marketer", "sales", "care", "analyst", "read_only"])
def test_only_who_may_change_settings_makes_keys(
    as_role: Callable[[str], Client], role: str
) -> None:
    browser = as_role(role)

    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, {"name": "x", "rights": ["customers.read"]}).status_code == 403
    assert browser.post(f"{PAGE}key_0000000000001/revoke/").status_code == 403
    assert browser.get("/api/v1/docs/").status_code == 200
    assert PAGE not in browser.get("/settings/").content.decode()


def test_an_unknown_key_is_not_there(owner: Client) -> None:
    assert owner.post(f"{PAGE}nonsense/revoke/").status_code == 404
    assert owner.post(f"{PAGE}key_0000000000001/revoke/").status_code == 302


def test_the_reference_names_every_operation_and_loads_nothing_from_elsewhere(
    owner: Client,
) -> None:
    page = owner.get("/api/v1/docs/").content.decode()

    for path, _operation in list_operations():
        assert path in page
    assert '<script src="http' not in page
    assert "cdn" not in page.lower()
    entries = [one for _subject, group in build_reference() for one in group]
    assert all(one.says and one.gives and "curl" in one.example for one in entries)
    assert set(list_rights()) <= set(RIGHT_WORDS)


def test_the_description_is_open_to_programs(db: None) -> None:
    answer = Client().get("/api/v1/openapi.json")

    assert json.loads(answer.content) == describe()


def test_keys_are_made_listed_and_revoked_on_the_command_line(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*arguments: str) -> object:
        assert run(["api-key", *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    made = told("make", "Till", "--may", "customers.edit", "--may", "customers.read")
    assert isinstance(made, dict)
    assert made["key"].startswith("idic_")
    listed = told("list")
    assert isinstance(listed, list)
    assert (listed[0]["name"], listed[0]["rights"]) == ("Till", made["rights"])
    assert made["key"] not in str(listed)
    assert told("revoke", made["id"]) == {"revoked": made["id"]}
    assert run(["api-key", "revoke", made["id"]]) == 1
    assert run(["api-key", "revoke", "x"]) == 1
    assert run(["api-key", "make", "Shop", "--may", "fly"]) == 1
    assert run(["api-key", "make", "Reader"]) == 0
    assert ApiKey.objects.get(name="Reader").rights == ["customers.read"]
