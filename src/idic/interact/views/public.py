"""What customers and their mail programs open: tracked links, the open picture, unsubscribing.
No login, no cookie; the word in the address is the proof.
"""

from __future__ import annotations

import base64

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from idic.core import clock
from idic.core.access import public
from idic.interact.arrivals import Arrival
from idic.interact.content.tokens import PREVIEW
from idic.interact.models import Message
from idic.interact.services import responses

_PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@public
@require_http_methods(["GET", "HEAD"])
def click(request: HttpRequest, word: str) -> HttpResponse:
    """Lead on to where a link goes; the target comes from our own table, never from the address."""
    target = responses.record_click(word=word, arrival=_arrival(request))
    if not target:
        raise Http404
    answer = HttpResponseRedirect(target)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@public
@require_http_methods(["GET", "HEAD"])
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """Note that a mail's picture was loaded. The answer is the same for any word."""
    responses.record_open(token=token, arrival=_arrival(request))
    answer = HttpResponse(_PICTURE, content_type="image/gif")
    answer.headers["Cache-Control"] = "no-store, private"
    return answer


@public
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show what will end; POST ends it, from the page or by RFC 8058's one press. Link scanners
    open pages, so opening one changes nothing.
    """
    if token == PREVIEW:  # a test mail to oneself
        return render(request, "interact/unsubscribe.html", {"is_test": True})
    message = Message.objects.filter(token=token).first()
    if message is None:
        raise Http404
    is_done = request.method == "POST"
    if is_done:
        is_one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        proof = "one-click" if is_one_click else "unsubscribe page"
        responses.unsubscribe(token=token, now=clock.now(), proof=proof)
    with override(message.language or None):
        context = {"address": _masked(message.address), "is_done": is_done}
        return render(request, "interact/unsubscribe.html", context)


def _masked(address: str) -> str:
    """Show enough to know one's own address: somebody else may have got the mail forwarded."""
    name, at, domain = address.partition("@")
    return f"{name[:2]}…{at}{domain}" if at else f"…{address[-4:]}"


def _arrival(request: HttpRequest) -> Arrival:
    purpose = " ".join(
        request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
    )
    return Arrival(
        at=clock.now(),
        method=request.method or "GET",
        agent=request.headers.get("User-Agent", ""),
        is_prefetch="prefetch" in purpose.lower() or "preview" in purpose.lower(),
    )
