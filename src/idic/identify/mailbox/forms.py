"""The form that connects a mailbox; what is right or wrong is decided by the service."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from idic.identify.models import Mailbox, MailSecurity
from idic.identify.services.mailboxes import MailboxForm

_LOOK_BACK = {0: _("From today on"), 30: _("From the last 30 days"), 365: _("From the last year")}


class MailboxDetails(forms.Form):
    """How a mailbox is reached, and from when on it is read."""

    name = forms.CharField(
        label=_("What is it called?"),
        max_length=120,
        help_text=_("As your colleagues call it: “Shop mail”, “Complaints”."),
    )
    host = forms.CharField(
        label=_("Mail server"),
        max_length=200,
        help_text=_("Your mail provider tells it, such as imap.example.com."),
    )
    security = forms.ChoiceField(label=_("Security"), choices=MailSecurity.choices)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=993)
    user = forms.CharField(
        label=_("User name"),
        max_length=254,
        help_text=_("Mostly the mailbox’s address."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("App password"),
        max_length=200,
        help_text=_(
            "Gmail, Outlook, QQ and 163 give one for each program, in the account’s security "
            "settings."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    folder = forms.CharField(label=_("Folder"), max_length=200, initial="INBOX")
    look_back = forms.TypedChoiceField(
        label=_("Which mails?"), coerce=int, choices=list(_LOOK_BACK.items()), initial=30
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today
        self._read_since: date | None = None

    @classmethod
    def showing(cls, mailbox: Mailbox, data: Any, *, today: date) -> MailboxDetails:
        """Build the form with what is stored; a stored password is never shown."""
        names = ("host", "security", "port", "user", "folder")
        form = cls(data, today=today, initial={name: getattr(mailbox, name) for name in names})
        form._read_since = mailbox.read_since
        del form.fields["name"], form.fields["look_back"]
        if mailbox.is_on:
            form.fields["password"].required = False
            form.fields["password"].help_text = _("Leave it empty to keep the one stored.")
        return form

    def filled_in(self) -> MailboxForm:
        """Give what the person filled in."""
        given = {"name": "", **self.cleaned_data}
        days = given.pop("look_back", 0)
        return MailboxForm(
            read_since=self._read_since or self._today - timedelta(days=days), **given
        )
