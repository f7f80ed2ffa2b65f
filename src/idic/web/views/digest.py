"""The morning mail's pages: how it reads, one copy at once, the switch, and the door in each mail
by which it ends without a login.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.channels.adapters.base import ChannelProblem
from idic.core import clock
from idic.core.access import public, staff_of
from idic.core.models import Business, Staff
from idic.core.services import staff as staff_services
from idic.core.services.staff import WrongStaff
from idic.core.toasts import notify
from idic.web.digest.content import speaking_to
from idic.web.digest.delivery import send_now
from idic.web.digest.letter import write_letter
from idic.web.digest.sheet import read_off_word
from idic.web.digest.standing import (
    find_last,
    find_obstacle,
    find_obstacle_now,
    first_morning,
)
from idic.web.views.customers import business_of

# A mail's styles stand in its elements. Nothing may run, load or send; links leave the frame.
_FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation"
)
_PAGES = {"today": "web:today", "digest": "web:digest", "settings": "web:settings"}


def standing_of(staff: Staff) -> dict[str, Any]:
    """Give how a person's morning mail stands: what templates say beside the switch."""
    return {
        "is_wanted": staff.digest_from is not None,
        "hour": f"{staff.digest_hour}:00",
        "obstacle": find_obstacle(staff=staff),
        "last": find_last(staff=staff),
    }


@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """Show how the mail would read now; the frame on the page asks for the mail itself."""
    staff = staff_of(request)
    obstacle = find_obstacle_now(staff=staff)
    return render(request, "web/digest.html", standing_of(staff) | {"obstacle_now": obstacle})


@require_GET
def mail(request: HttpRequest) -> HttpResponse:
    """Give the mail itself, for the frame of its page; links lead where this page was asked for."""
    letter = write_letter(
        staff=_as_seen(staff_of(request)),
        business=business_of(request),
        now=clock.now(),
        base=request.build_absolute_uri("/").rstrip("/"),
        is_shown=True,
    )
    answer = HttpResponse(letter.html)
    answer.headers["Content-Security-Policy"] = _FRAME_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def _as_seen(staff: Staff) -> Staff:
    """Write in the language of the page: the one the mail comes in once it is switched on."""
    staff.language = get_language() or staff.language
    return staff


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Send one copy to the person who asks."""
    staff = staff_of(request)
    obstacle = find_obstacle_now(staff=staff)
    if obstacle:
        notify(request, text=obstacle.sentence, level=messages.WARNING)
        return redirect("web:digest")
    try:
        send_now(staff=_as_seen(staff), business=business_of(request), now=clock.now())
    except ChannelProblem as problem:
        notify(request, text=str(problem), level=messages.ERROR)
    else:
        notify(request, text=_("On its way to %(email)s.") % {"email": staff.email})
    return redirect("web:digest")


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Switch one's own morning mail on or off, or choose its hour; the toast takes it back."""
    staff = staff_of(request)
    asked = {**request.GET.dict(), **request.POST.dict()}
    was = {"act": "on" if staff.digest_from else "off", "hour": str(staff.digest_hour)}
    to = asked.get("to", "settings")
    if asked.get("act") == "off":
        staff_services.stop_digest(staff_id=staff.id)
        text = _("The morning mail is switched off.")
    else:
        hour = _switch_on(staff, business_of(request), asked.get("hour", ""))
        text = _("The morning mail comes every day at %(hour)s.") % {"hour": f"{hour}:00"}
        staff.digest_hour = hour
        obstacle = find_obstacle(staff=staff)
        if obstacle:  # the settings say what to do about it
            text, to = f"{text} {obstacle.sentence}", "settings"
    if not request.GET:  # taking back is not taken back again
        undo = f"{reverse('web:digest_switch')}?{urlencode({**was, 'to': to})}"
        notify(request, text=text, undo_url=undo)
    else:
        notify(request, text=_("Taken back."))
    if to not in _PAGES:
        raise Http404
    return redirect(reverse(_PAGES[to]) + ("#digest" if to == "settings" else ""))


def _switch_on(staff: Staff, business: Business, word: str, language: str = "") -> int:
    hour = int(word) if word.isdecimal() else staff.digest_hour
    try:
        staff_services.want_digest(
            staff=staff,
            from_date=first_morning(hour=hour, now=clock.now(), time_zone=business.time_zone),
            hour=hour,
            language=language or get_language() or business.language,
        )
    except WrongStaff as wrong:
        raise Http404 from wrong
    return hour


@public
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def off(request: HttpRequest, word: str) -> HttpResponse:
    """Show what will end; POST ends it, from the page or by RFC 8058's one press, and can begin it
    again. Link scanners open pages, so opening one changes nothing.
    """
    staff = Staff.objects.filter(id=read_off_word(word) or 0).first()
    if staff is None:
        raise Http404
    business = business_of(request)
    is_wanted, is_done = staff.digest_from is not None, request.method == "POST"
    if is_done and request.POST.get("act") == "on":
        _switch_on(staff, business, "", staff.language)
        is_wanted = True
    elif is_done:
        staff_services.stop_digest(staff_id=staff.id)
        is_wanted = False
    with speaking_to(staff, business):
        context = {"is_wanted": is_wanted, "is_done": is_done, "hour": f"{staff.digest_hour}:00"}
        return render(request, "web/digest_off.html", context)
