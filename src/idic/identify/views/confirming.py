"""The page a confirmation mail leads to. Mail programs and scanners open links, so only a press
counts. No login, no cookie; the signed word in the address is the proof.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from idic.core import clock
from idic.core.access import public
from idic.identify.models import PendingConsent
from idic.identify.public_forms import suspicion
from idic.identify.questions.wording import in_language
from idic.identify.services.forms import confirming

from .own_page import finish_own


@public
@csrf_exempt  # no cookie proves anything here: the word in the address does
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_consent(request: HttpRequest, word: str) -> HttpResponse:
    """Show what is to be confirmed; on POST let it count."""
    if suspicion.is_flood(suspicion.visitor_of(request.META)):
        return finish_own(HttpResponse(status=429, headers={"Retry-After": "60"}))
    pending = confirming.find_pending(word=word)
    if pending is None:
        raise Http404
    now = clock.now()
    is_done = pending.confirmed_at is not None
    if request.method == "POST":
        is_done = confirming.confirm(pending_id=pending.id, now=now) or is_done
    is_over = not is_done and pending.expires_at <= now
    with override(pending.submission.language):
        page = render(request, "identify/confirm_consent.html", _words(pending, is_done, is_over))
    return finish_own(page)


def _words(pending: PendingConsent, is_done: bool, is_over: bool) -> dict[str, object]:
    language, form = pending.submission.language, pending.submission.form
    return {
        "form": form,
        "wording": in_language(pending.wording.texts, language=language),
        "address": _masked(pending.address),
        "is_done": is_done,
        "is_over": is_over,
        "may_repeat": form.is_open and form.removed_at is None,
    }


def _masked(address: str) -> str:
    """Show enough to know one's own address: somebody else may have got the mail forwarded."""
    name, _at, domain = address.partition("@")
    return f"{name[:2]}…@{domain}"
