"""Setting a channel up, and what keeps it from reaching real people."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from idic.channels import secret
from idic.channels.adapters.base import ChannelProblem, WrongSetting
from idic.channels.adapters.practice import PracticeAdapter
from idic.channels.adapters.registry import build_adapter, email_settings, is_live
from idic.channels.models import ChannelSetting
from idic.channels.services import settings as channel_settings
from idic.channels.services.settings import EmailForm
from idic.core.models import AuditEntry, Role, Staff
from tests.channels.sink import Running, Sink

pytestmark = pytest.mark.django_db
PUBLIC = "https://shop.example"


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Path) -> None:
    settings.IDIC_HOME = tmp_path


def form(port: int = 587, **changes: Any) -> EmailForm:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "from_address": "shop@example.com",
    }
    return EmailForm(**(given | changes))


def set_up(port: int, now: datetime) -> None:
    channel_settings.save_email(form=form(port), actor="alice@example.com", now=now)
    channel_settings.check(channel="email", now=now)


def test_nothing_set_up_means_practice() -> None:
    assert isinstance(build_adapter(channel="email"), PracticeAdapter)
    assert isinstance(build_adapter(channel="zalo"), PracticeAdapter)


def test_the_password_lies_beside_the_database_not_in_it(now: datetime, tmp_path: Path) -> None:
    channel_settings.save_email(
        form=form(username="shop", password="s3cret"), actor="alice@example.com", now=now
    )

    stored = ChannelSetting.objects.get(key="email")
    assert "s3cret" not in str(stored.settings)
    assert "s3cret" not in str(AuditEntry.objects.get(action="channel.saved").detail)
    assert email_settings(stored.settings).password == "s3cret"
    assert oct((tmp_path / "secrets" / "channel_email").stat().st_mode)[-3:] == "600"


def test_an_empty_password_keeps_the_one_stored(now: datetime) -> None:
    for password in ("s3cret", ""):
        channel_settings.save_email(
            form=form(username="shop", password=password), actor="a@example.com", now=now
        )

    assert secret.read(channel="email") == "s3cret"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", ""),
        ("host", "a b"),
        ("port", 0),
        ("security", "ssl3"),
        ("from_address", "shop"),
        ("reply_to", "x@"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(
    field: str, value: object, now: datetime
) -> None:
    with pytest.raises(WrongSetting) as wrong:
        channel_settings.save_email(form=form(**{field: value}), actor="a@example.com", now=now)

    assert wrong.value.field == field
    assert ChannelSetting.objects.count() == 0


def test_saving_anew_asks_for_a_new_check(now: datetime) -> None:
    with Running(Sink()) as port:
        set_up(port, now)
        assert not channel_settings.find_obstacle(channel="email", public_url=PUBLIC)

        channel_settings.save_email(form=form(port), actor="a@example.com", now=now)

    assert "Check the connection" in channel_settings.find_obstacle(
        channel="email", public_url=PUBLIC
    )


def test_a_channel_goes_live_only_checked_and_with_a_public_address(now: datetime) -> None:
    with Running(Sink()) as port:
        set_up(port, now)

    with pytest.raises(ChannelProblem, match="public HTTPS address"):
        channel_settings.go_live(
            channel="email", public_url="http://127.0.0.1:8000", actor="a@example.com", now=now
        )
    assert not is_live(channel="email")

    channel_settings.go_live(channel="email", public_url=PUBLIC, actor="a@example.com", now=now)
    assert is_live(channel="email")
    assert AuditEntry.objects.filter(action="channel.live").count() == 1

    channel_settings.go_practice(channel="email", actor="a@example.com", now=now)
    assert not is_live(channel="email")


def test_a_failed_check_keeps_the_channel_in_practice(now: datetime) -> None:
    with Running(Sink()) as port:
        pass
    set_up(port, now)

    with pytest.raises(ChannelProblem, match="No answer from"):
        channel_settings.go_live(channel="email", public_url=PUBLIC, actor="a@e.com", now=now)


@pytest.mark.parametrize("channel", ["sms", "zalo"])
def test_channels_without_an_adapter_never_go_live(channel: str, now: datetime) -> None:
    ChannelSetting.objects.create(key=channel, is_live=True, settings={"x": 1}, checked_at=now)

    assert not is_live(channel=channel)
    with pytest.raises(ChannelProblem, match="no real channel"):
        channel_settings.go_live(channel=channel, public_url=PUBLIC, actor="a@e.com", now=now)


def test_a_test_to_oneself_goes_out_before_the_channel_is_live(now: datetime) -> None:
    sink = Sink()
    with Running(sink) as port:
        set_up(port, now)
        channel_settings.send_test(
            channel="email", to="alice@example.com", subject="Test", text="Hello", now=now
        )

    assert [mail["X-Test-Rcpt"] for mail in sink.taken] == ["alice@example.com"]
    assert not is_live(channel="email")


def staff(role: str) -> Client:
    person = Staff.objects.create(email=f"{role}@example.com", display_name=role, role=role)
    client = Client()
    client.force_login(person)
    return client


def test_the_page_checks_saves_and_switches(settings: Any) -> None:
    settings.IDIC_PUBLIC_URL = PUBLIC
    client = staff(Role.OWNER)
    with Running(Sink()) as port:
        answer = client.post(
            reverse("channels:email_save"),
            {
                "host": "127.0.0.1",
                "port": port,
                "security": "none",
                "from_address": "shop@example.com",
            },
        )
        assert answer.status_code == 302
    page = client.get(reverse("channels:setting_list"))
    assert reverse("channels:email_live") in page.content.decode()

    assert client.get(reverse("channels:email_live")).status_code == 200
    assert not is_live(channel="email")  # looking changes nothing
    client.post(reverse("channels:email_live"))
    assert is_live(channel="email")
    client.post(reverse("channels:email_practice"))
    assert not is_live(channel="email")


def test_a_wrong_field_comes_back_with_its_sentence() -> None:
    answer = staff(Role.OWNER).post(
        reverse("channels:email_save"),
        {"host": "mail.example", "port": 587, "security": "none", "from_address": "nonsense"},
    )

    assert answer.status_code == 422
    assert "such as hello@example.com" in answer.content.decode()
    assert ChannelSetting.objects.count() == 0


@pytest.mark.parametrize("name", ["email_save", "email_test", "email_live", "email_practice"])
def test_a_marketer_may_not_change_channels(name: str) -> None:
    client = staff(Role.MARKETER)

    assert client.post(reverse(f"channels:{name}")).status_code == 403
    assert ChannelSetting.objects.count() == 0
    assert client.get(reverse("channels:setting_list")).status_code == 200
