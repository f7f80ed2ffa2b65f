"""A form as a customer's browser sees it: open it, fill it in, send it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from idic.core import clock
from idic.identify.models import FieldKind, Form, FormField
from idic.identify.public_forms import suspicion
from idic.identify.services.forms.building import create_form, set_open
from idic.identify.services.questions.editing import ensure_standard
from tests.cast import NOW, Shop, hire

THANKS = 303


class Paper:
    """A form, and the one moment it is looked at from; filling it in takes ten seconds."""

    def __init__(
        self, shop: Shop, patch: pytest.MonkeyPatch, *, kind: str = "registration"
    ) -> None:
        suspicion.forget()
        ensure_standard(now=NOW)
        self.now = NOW
        patch.setattr(clock, "now", lambda: self.now)
        self.form: Form = create_form(
            name="Membership", kind=kind, business=shop.business, staff=hire("Bob"), now=NOW
        )
        set_open(form_id=self.form.id, is_open=True, staff=hire("Bob"), now=NOW)
        self.browser = Client()

    @property
    def url(self) -> str:
        return f"/f/{self.form.token}/"

    def field(self, kind: str, **values: Any) -> FormField:
        rows = self.form.fields.filter(kind=kind, removed_at=None, **values)
        return rows.order_by("position")[0]

    def question(self, trait: str) -> FormField:
        return self.field(FieldKind.QUESTION, question__trait=trait)

    def name(self, kind: str, **values: Any) -> str:
        return f"f{self.field(kind, **values).id}"

    def open(self, url: str = "") -> tuple[str, str]:
        """Give the page and the word it carries."""
        page = self.browser.get(url or self.url).content.decode()
        found = re.search(r'name="word" value="([^"]*)"', page)
        return page, found[1] if found else ""

    def filled(self, **values: str) -> dict[str, str]:
        """Fill in by kind, by trait or, for boxes, by channel."""
        found = {}
        for name, value in values.items():
            if name in ("name", "phone", "email"):
                found[self.name(name)] = value
            elif name in ("agree_email", "agree_sms"):
                found[self.name("consent", channel=name.removeprefix("agree_"))] = value
            else:
                found[f"f{self.question(name).id}"] = value
        return found

    def send(
        self,
        *,
        url: str = "",
        word: str = "",
        seconds: float = 10,
        extra: Any = None,
        **values: str,
    ) -> Any:
        """Open the page, fill it in and send it."""
        word = word or self.open(url)[1]
        self.now += timedelta(seconds=seconds)
        posted = {"word": word, **self.filled(**values), **(extra or {})}
        return self.browser.post(url or self.url, posted)

    def wait(self, **more: float) -> datetime:
        self.now += timedelta(**more)
        return self.now
