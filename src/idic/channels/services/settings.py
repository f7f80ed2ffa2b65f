"""Sets a channel up, checks it, and switches it between practice and real people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

from idic.channels import secret
from idic.channels.adapters.base import (
    Adapter,
    ChannelProblem,
    Envelope,
    Outcome,
    Receipt,
    WrongSetting,
)
from idic.channels.adapters.registry import REAL, build_real_adapter
from idic.channels.models import ChannelKey, ChannelSetting
from idic.core import ids
from idic.core.services import audit

SECURITY = ("starttls", "tls", "none")


@dataclass(frozen=True, slots=True)
class EmailForm:
    """What a person filled in. An empty password keeps the one stored."""

    host: str
    port: int
    security: str
    from_address: str
    from_name: str = ""
    reply_to: str = ""
    username: str = ""
    password: str = ""


def save_email(*, form: EmailForm, actor: str, now: datetime) -> ChannelSetting:
    """Store how to send e-mail; it must be checked anew. Raises WrongSetting for a bad field."""
    _validate(form)
    secret_changed = bool(form.password) or not form.username
    with transaction.atomic():
        setting, _is_new = ChannelSetting.objects.update_or_create(
            key=ChannelKey.EMAIL,
            defaults={
                "settings": {
                    "host": form.host.strip(),
                    "port": form.port,
                    "security": form.security,
                    "from_address": form.from_address.strip(),
                    "from_name": form.from_name.strip(),
                    "reply_to": form.reply_to.strip(),
                    "username": form.username.strip(),
                },
                "checked_at": None,
                "problem": "",
            },
        )
        audit.record(
            at=now,
            actor=actor,
            action="channel.saved",
            subject_type="channel",
            subject_id=ChannelKey.EMAIL,
            detail={"host": form.host, "port": form.port, "from": form.from_address},
        )
        if secret_changed:
            secret.write(channel=ChannelKey.EMAIL, password=form.password)
    return setting


def _validate(form: EmailForm) -> None:
    if not form.host.strip() or any(c.isspace() for c in form.host.strip()):
        raise WrongSetting("host", _("Enter the mail server, such as smtp.example.com."))
    if not 0 < form.port < 65536:
        raise WrongSetting("port", _("Enter a port, usually 587 or 465."))
    if form.security not in SECURITY:
        raise WrongSetting("security", _("Choose how the connection is secured."))
    _validate_address("from_address", form.from_address)
    if form.reply_to.strip():
        _validate_address("reply_to", form.reply_to)


def _validate_address(field: str, address: str) -> None:
    try:
        validate_email(address.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise WrongSetting(field, _("Enter an e-mail address, such as hello@example.com.")) from (
            error
        )


def check(*, channel: str, now: datetime, adapter: Adapter | None = None) -> ChannelSetting:
    """Try the channel's connection and remember what came of it."""
    setting = ChannelSetting.objects.get(key=channel)
    tried = adapter or build_real_adapter(channel=channel)
    try:
        tried.check()
        setting.problem = ""
    except ChannelProblem as problem:
        setting.problem = str(problem)[:300]
    finally:
        tried.close()
    setting.checked_at = now
    setting.save(update_fields=["checked_at", "problem"])
    return setting


def send_test(
    *, channel: str, to: str, subject: str, text: str, html: str = "", now: datetime
) -> Receipt:
    """Send one mail to oneself through the real channel, live or not. Raises ChannelProblem."""
    if not ChannelSetting.objects.filter(key=channel).exists():
        raise ChannelProblem(_("Fill in the mail server first, then send the test again."))
    envelope = Envelope(
        recipient=to,
        subject=subject,
        text=text,
        html=html,
        message_id=f"<test-{ids.new_id()}@{to.rpartition('@')[2] or 'localhost'}>",
        at=now,
    )
    return send_once(channel=channel, envelope=envelope)


def send_once(*, channel: str, envelope: Envelope) -> Receipt:
    """Send something to oneself through the real channel, live or not. Raises ChannelProblem."""
    adapter = build_real_adapter(channel=channel)
    try:
        receipt = adapter.send(envelope, commit=lambda: True)
    finally:
        adapter.close()
    if receipt.outcome is not Outcome.ACCEPTED:
        raise ChannelProblem(
            _("The test did not go through: %(answer)s. Check the settings and try again.")
            % {"answer": receipt.detail}
        )
    return receipt


def find_obstacle(*, channel: str, public_url: str) -> str:
    """Say what keeps a channel from going live; empty when nothing does."""
    if channel not in REAL:
        return _("There is no real channel of this kind yet: messages stay in practice.")
    setting = ChannelSetting.objects.filter(key=channel).first()
    if setting is None or not setting.settings:
        return _("Fill in the mail server first.")
    if setting.checked_at is None:
        return _("Check the connection first.")
    if setting.problem:
        return setting.problem
    if not public_url.startswith("https://"):
        return _(
            "Customers must be able to open the unsubscribe link: IDIC needs a public HTTPS "
            "address. Set IDIC_PUBLIC_URL and start again."
        )
    return ""


def go_live(*, channel: str, public_url: str, actor: str, now: datetime) -> None:
    """Let messages of a channel reach real people from now on. Raises ChannelProblem."""
    obstacle = find_obstacle(channel=channel, public_url=public_url)
    if obstacle:
        raise ChannelProblem(obstacle)
    _switch(channel=channel, is_live=True, actor=actor, now=now)


def go_practice(*, channel: str, actor: str, now: datetime) -> None:
    """Send every message of a channel to the practice outbox again."""
    _switch(channel=channel, is_live=False, actor=actor, now=now)


def _switch(*, channel: str, is_live: bool, actor: str, now: datetime) -> None:
    with transaction.atomic():
        ChannelSetting.objects.filter(key=channel).update(
            is_live=is_live, live_since=now if is_live else None
        )
        audit.record(
            at=now,
            actor=actor,
            action="channel.live" if is_live else "channel.practice",
            subject_type="channel",
            subject_id=channel,
        )
