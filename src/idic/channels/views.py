"""The page of channels: how mail is sent, a test to oneself, and the switch to real people."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.channels.adapters.base import ChannelProblem, WrongSetting
from idic.channels.forms import EmailSettingForm
from idic.channels.models import ChannelKey, ChannelSetting
from idic.channels.selectors import get_channel_state, list_channel_states
from idic.channels.services import settings as channel_settings
from idic.core import clock
from idic.core.access import may, needs, staff_of
from idic.core.selectors import get_business
from idic.core.toasts import notify

EMAIL = ChannelKey.EMAIL.value


@require_GET
def setting_list(request: HttpRequest) -> HttpResponse:
    """Show every channel and the form of the mail server."""
    return _page(request, EmailSettingForm.showing(_stored()))


@require_POST
@needs("settings.edit")
def save_email(request: HttpRequest) -> HttpResponse:
    """Store the mail server and try it at once."""
    form = EmailSettingForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    actor, now = staff_of(request).email, clock.now()
    try:
        channel_settings.save_email(form=form.filled_in(), actor=actor, now=now)
    except WrongSetting as wrong:
        form.add_error(wrong.field, str(wrong))
        return _page(request, form, status=422)
    setting = channel_settings.check(channel=EMAIL, now=clock.now())
    if setting.problem:
        notify(request, text=_("Saved, but the check failed."), level=messages.WARNING)
    else:
        notify(request, text=_("Saved. The mail server answers."))
    return redirect("channels:setting_list")


@require_POST
@needs("settings.edit")
def send_test(request: HttpRequest) -> HttpResponse:
    """Send one mail to the person who asks."""
    staff, business = staff_of(request), get_business()
    try:
        channel_settings.send_test(
            channel=EMAIL,
            to=staff.email,
            subject=_("A test from %(business)s") % {"business": business.name},
            text=_(
                "This mail came through your own mail server. Your customers will get theirs "
                "the same way."
            ),
            now=clock.now(),
        )
    except ChannelProblem as problem:
        notify(request, text=str(problem), level=messages.ERROR)
    else:
        notify(request, text=_("A test is on its way to %(email)s.") % {"email": staff.email})
    return redirect("channels:setting_list")


@require_http_methods(["GET", "POST"])
@needs("settings.edit")
def go_live(request: HttpRequest) -> HttpResponse:
    """Say what going live means; on POST do it."""
    if request.method == "GET":
        return render(request, "channels/live_confirm.html", {"channel": _state()})
    try:
        channel_settings.go_live(
            channel=EMAIL,
            public_url=settings.IDIC_PUBLIC_URL,
            actor=staff_of(request).email,
            now=clock.now(),
        )
    except ChannelProblem as problem:
        notify(request, text=str(problem), level=messages.ERROR)
    else:
        notify(request, text=_("E-mail is live: from now on messages reach real people."))
    return redirect("channels:setting_list")


@require_POST
@needs("settings.edit")
def go_practice(request: HttpRequest) -> HttpResponse:
    """Back to practice at once; this needs no confirmation, for nobody is written to."""
    channel_settings.go_practice(channel=EMAIL, actor=staff_of(request).email, now=clock.now())
    notify(request, text=_("E-mail is back in practice: nobody is written to."))
    return redirect("channels:setting_list")


def _page(request: HttpRequest, form: EmailSettingForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "channels": list_channel_states(),
        "email": _state(),
        "obstacle": channel_settings.find_obstacle(
            channel=EMAIL, public_url=settings.IDIC_PUBLIC_URL
        ),
        "may_edit": may(staff_of(request), "settings.edit"),
    }
    return render(request, "channels/setting_list.html", context, status=status)


def _state() -> object:
    return get_channel_state(channel=EMAIL)


def _stored() -> ChannelSetting | None:
    return ChannelSetting.objects.filter(key=EMAIL).first()
