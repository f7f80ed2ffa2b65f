"""The page of a form, for anybody: no login, no cookie, no script needed. Who comes by a link of
their own is asked only what is not known; a stranger never learns what is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from idic.core import clock
from idic.core.access import public
from idic.core.models import Business
from idic.core.security import allow_frames
from idic.core.selectors import get_business
from idic.identify.models import Customer, Form, FormField, PersonalLink
from idic.identify.public_forms import suspicion
from idic.identify.public_forms.form_names import LANGUAGE_NAMES
from idic.identify.public_forms.look import write_colors
from idic.identify.public_forms.places import (
    Place,
    Standing,
    find_standing,
    latest_wordings,
    list_fields,
    list_places,
    shown_again,
)
from idic.identify.public_forms.reading import read_sent
from idic.identify.public_forms.showing import is_mail_box
from idic.identify.public_forms.visitors import COOKIE, clean_visitor, find_visitor, mark_of
from idic.identify.public_forms.words import Word, make_word, read_word
from idic.identify.questions.wording import in_language
from idic.identify.services.forms.links import find_link, note_use
from idic.identify.services.forms.taking import take_submission

_LARGEST = 100_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A form, in a language, of somebody or nobody."""

    form: Form
    fields: list[FormField]
    language: str
    personal: str
    link: PersonalLink | None
    business: Business
    visitor: str = ""  # the word of the device
    recognised: Customer | None = None  # known on it


@public
@csrf_exempt  # framed by other websites no cookie comes along; the sealed word stands for it
@require_http_methods(["GET", "HEAD", "POST"])
def form_page(request: HttpRequest, token: str, personal: str = "") -> HttpResponse:
    """Show a form; on POST take it."""
    if suspicion.is_flood(suspicion.visitor_of(request.META)):
        return _finish(HttpResponse(status=429, headers={"Retry-After": "60"}), None, personal)
    form = Form.objects.select_related("source").filter(token=token, removed_at=None).first()
    if form is None:
        raise Http404
    link = find_link(word=personal, now=clock.now()) if personal else None
    if personal and link is None:
        raise Http404
    business = get_business()
    language = _language(request, form)
    with override(language):
        if not form.is_open:
            page = render(request, "identify/public_form.html", _words(form, {"is_closed": True}))
            return _finish(page, form, personal)
        asked = Asked(form, list_fields(form), language, personal, link, business)
        asked = replace(asked, visitor=_visitor(request))
        if request.method == "POST":
            return _finish(_take(request, asked), form, personal)
        asked = _recognise(asked)
        return _finish(_show(request, asked, _places(asked)), form, personal)


@public
@require_GET
def form_thanks(request: HttpRequest, token: str) -> HttpResponse:
    """Say thank you: the same to everybody."""
    form = Form.objects.filter(token=token, removed_at=None).first()
    if form is None:
        raise Http404
    with override(_language(request, form)):
        is_mailed = form.confirms_email and any(map(is_mail_box, list_fields(form)))
        words = _words(form, {"is_done": True, "is_mailed": is_mailed})
        page = render(request, "identify/public_form.html", words)
    return _finish(page, form, "")


@public
@require_GET
def form_look(request: HttpRequest, token: str) -> HttpResponse:
    """Give the style sheet with the colour of a form."""
    form = Form.objects.filter(token=token, removed_at=None).first()
    if form is None:
        raise Http404
    sheet = write_colors(color=form.color)
    return HttpResponse(sheet, content_type="text/css; charset=utf-8")


def _take(request: HttpRequest, asked: Asked) -> HttpResponse:
    now, posted = clock.now(), request.POST
    if int(request.META.get("CONTENT_LENGTH") or 0) > _LARGEST:
        return HttpResponse(status=413)
    word = read_word(posted.get("word", ""), form_id=asked.form.id, now=now)
    if word and word.visitor and word.visitor == mark_of(asked.visitor):
        asked = _recognise(asked)
    if word and word.visitor and asked.recognised is None:
        word = None  # no longer known there: it is to be asked as of anybody
    wordings = latest_wordings(asked.fields)
    standing = _standing(asked)
    shown = word.places if word else [one.id for one in asked.fields]
    places = shown_again(
        fields=asked.fields, wordings=wordings, language=asked.language, shown=shown
    )
    sent, read = read_sent(
        places=places,
        posted=posted.dict(),
        wordings=word.wordings if word else {},
        standing=standing,
        language=asked.language,
        country=asked.business.country,
        today=clock.today(time_zone=asked.business.time_zone),
    )
    if sent is None or word is None:
        return _show(request, asked, read, word=word, is_old=word is None)
    sent = replace(sent, shown_at=word.made_at.isoformat())
    reason = suspicion.find_reason(
        trap=posted.get(suspicion.TRAP, ""),
        word=word,
        now=now,
        texts=sent.texts,
        visitor=suspicion.visitor_of(request.META),
    )
    take_submission(
        form=asked.form,
        key=word.key,
        sent=sent,
        reason="" if asked.link else reason,
        link=asked.link,
        recognised=asked.recognised,
        business=asked.business,
        now=now,
    )
    if asked.link:
        note_use(link=asked.link, now=now)
    frame = "&frame=1" if request.GET.get("frame") else ""
    answer = redirect("identify:form_thanks", asked.form.token)
    answer.headers["Location"] += f"?lang={asked.language}{frame}"
    answer.status_code = 303
    return answer


def _recognise(asked: Asked) -> Asked:
    """Find who is known on the device; a link of one's own says more."""
    if asked.link is not None:
        return asked
    customer = find_visitor(visitor=asked.visitor, is_demo=asked.form.source.is_demo)
    return replace(asked, recognised=customer)


def _places(asked: Asked) -> list[Place]:
    return list_places(
        form=asked.form,
        fields=asked.fields,
        wordings=latest_wordings(asked.fields),
        language=asked.language,
        standing=_standing(asked),
        now=clock.now(),
    )


def _standing(asked: Asked) -> Standing | None:
    if asked.link is not None:
        return find_standing(customer=asked.link.customer, fields=asked.fields)
    if asked.recognised is not None:
        return find_standing(customer=asked.recognised, fields=asked.fields, is_own=False)
    return None


def _show(
    request: HttpRequest,
    asked: Asked,
    places: list[Place],
    *,
    word: Word | None = None,
    is_old: bool = False,
) -> HttpResponse:
    """Draw the page; one that comes back with something wrong keeps its word and its clock."""
    sealed = make_word(
        form_id=asked.form.id,
        places=[place.field_id for place in places],
        wordings={place.field_id: place.wording_id for place in places if place.wording_id},
        now=word.made_at if word else clock.now(),
        nonce=word.nonce if word else "",
        visitor=mark_of(asked.visitor) if asked.recognised else "",
    )
    has_errors = any(place.error for place in places)
    context = {
        "places": places,
        "word": sealed,
        "trap": suspicion.TRAP,
        "is_old": is_old,
        "has_errors": has_errors,
        "visitor": asked.visitor,
        "is_known": asked.link is not None,
        "is_recognised": asked.recognised is not None and len(places) < len(asked.fields),
        "nothing_left": (asked.link or asked.recognised) is not None and not places,
    }
    status = 422 if has_errors or is_old else 200
    return render(request, "identify/public_form.html", _words(asked.form, context), status=status)


def _words(form: Form, context: dict[str, Any]) -> dict[str, Any]:
    language = get_language() or "en"
    codes = form.languages if len(form.languages) > 1 else []
    return {
        "form": form,
        "title": in_language(form.title, language=language),
        "intro": in_language(form.intro, language=language),
        "thanks": in_language(form.thanks, language=language),
        "form_languages": [(code, LANGUAGE_NAMES[code], code == language) for code in codes],
        **context,
    }


def _language(request: HttpRequest, form: Form) -> str:
    wanted = request.GET.get("lang", "")
    known: list[str] = form.languages or ["en"]
    return wanted if wanted in known else known[0]


def _visitor(request: HttpRequest) -> str:
    """Give the word of the device: handed on by the frame, or by our own cookie where the website
    shares its name with us. Who is somebody else says so.
    """
    given = request.POST if request.method == "POST" else request.GET
    if "visitor" in given:
        return clean_visitor(given["visitor"])
    return "" if request.method == "POST" else clean_visitor(request.COOKIES.get(COOKIE, ""))


def _finish(answer: HttpResponse, form: Form | None, personal: str) -> HttpResponse:
    """Keep pages out of caches, and those of one person also out of frames and search engines."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    if personal:
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    elif form is not None:
        allow_frames(answer, sites=form.sites)
    return answer
