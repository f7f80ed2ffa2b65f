"""The form of the mail server; what is right or wrong is decided by the service."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from idic.channels.models import ChannelSetting
from idic.channels.services.settings import EmailForm


class EmailSettingForm(forms.Form):
    """Where mail is handed over, and who it comes from."""

    from_address = forms.CharField(
        label=_("Sender's address"),
        max_length=254,
        help_text=_("Customers see it and may answer to it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    from_name = forms.CharField(
        label=_("Sender's name"),
        max_length=120,
        required=False,
        help_text=_("What customers read in their list of mails. Empty: the address."),
    )
    host = forms.CharField(
        label=_("Mail server"),
        max_length=200,
        help_text=_("Your mail provider tells it, such as smtp.example.com."),
    )
    security = forms.ChoiceField(
        label=_("Security"),
        choices=[
            ("starttls", _("STARTTLS, usually port 587")),
            ("tls", _("TLS, usually port 465")),
            ("none", _("None, for a relay on this machine")),
        ],
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    username = forms.CharField(
        label=_("User name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    reply_to = forms.CharField(
        label=_("Answers go to"),
        max_length=254,
        required=False,
        help_text=_("Empty: to the sender's address."),
        widget=forms.EmailInput,
    )

    @classmethod
    def showing(cls, setting: ChannelSetting | None) -> EmailSettingForm:
        """Build the form with what is stored; a stored password is never shown."""
        form = cls(initial=setting.settings if setting else None)
        if setting and setting.settings.get("username"):
            form.fields["password"].help_text = _("Leave it empty to keep the one stored.")
        return form

    def filled_in(self) -> EmailForm:
        """Give what the person filled in."""
        return EmailForm(**self.cleaned_data)
