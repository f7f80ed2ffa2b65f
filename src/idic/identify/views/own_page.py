"""A customer's own page, reached by a link made for them alone: they see what we know, correct it,
limit it, and ask for a copy or to be erased. No login, no cookie; the word in the address is the
proof, and nothing about anybody stands in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from idic.core import clock
from idic.core.access import public
from idic.core.days import read_day
from idic.core.models import Business
from idic.core.selectors import get_business
from idic.identify.models import Customer, Question
from idic.identify.public_forms import suspicion
from idic.identify.public_forms.form_names import LANGUAGE_NAMES
from idic.identify.public_forms.links import PREVIEW
from idic.identify.public_forms.own_page import OwnPage, read_own_page
from idic.identify.questions.answers import WrongAnswer, read_answer
from idic.identify.services import own_words
from idic.identify.services.customers import WrongValue
from idic.identify.services.forms.links import find_link, note_use

_LARGEST = 50_000


@public
@csrf_exempt  # no cookie proves anything here: the word in the address does
@require_http_methods(["GET", "HEAD", "POST"])
def own_page(request: HttpRequest, word: str) -> HttpResponse:
    """Show somebody their own page; on POST take their word. Opening it changes nothing."""
    if suspicion.is_flood(suspicion.visitor_of(request.META)):
        return finish_own(HttpResponse(status=429, headers={"Retry-After": "60"}))
    if word == PREVIEW:  # a test mail to oneself
        return finish_own(render(request, "identify/own_page_test.html"))
    link = find_link(word=word, now=clock.now())
    if link is None:
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > _LARGEST:
        return finish_own(HttpResponse(status=413))
    business = get_business()
    language = _language(request, link.customer, business)
    with override(language):
        said, problem = "", None
        if request.method == "POST":
            said, problem = _take(request, link.customer, business)
            note_use(link=link, now=clock.now())
            link.customer.refresh_from_db()
        return finish_own(_show(request, link.customer, business, language, said, problem))


def _take(
    request: HttpRequest, customer: Customer, business: Business
) -> tuple[str, WrongValue | None]:
    posted, now = request.POST, clock.now()
    act, _colon, what = posted.get("act", "").partition(":")
    if act == "save":
        try:
            _save(posted.dict(), customer, business)
        except WrongValue as wrong:
            return "", wrong
        return _("Thank you. This is what we go by from now on."), None
    if act in ("allow", "refuse"):
        done = own_words.allow(
            customer_id=customer.id, channel=what, is_allowed=act == "allow", now=now
        )
        return (_("Done. This holds from now on.") if done else ""), None
    if act == "profile":
        own_words.set_profiling(customer_id=customer.id, is_allowed=what == "on", now=now)
        return _("Done. This holds from now on."), None
    if act == "ask":
        asked = own_words.ask_for(
            customer_id=customer.id, kind=what, country=business.country, now=now
        )
        return (_("We have your request and answer it in time.") if asked else ""), None
    return "", None


def _save(posted: dict[str, str], customer: Customer, business: Business) -> None:
    now = clock.now()
    values = {field: posted[field] for field in own_words.FIELDS if field in posted}
    if "birth_date" in values:
        day = read_day(values["birth_date"])
        values["birth_date"] = day.isoformat() if day else values["birth_date"]
    wanted = [int(n[1:]) for n in posted if n[:1] == "q" and n[1:].isdecimal() and len(n) < 21]
    answers: dict[Question, str] = {}
    for question in Question.objects.filter(id__in=wanted, removed_at=None):
        try:
            value = read_answer(
                question,
                posted[f"q{question.id}"],
                country=business.country,
                today=clock.today(time_zone=business.time_zone),
            )
        except WrongAnswer as wrong:
            raise WrongValue(f"q{question.id}", str(wrong)) from None
        if value:
            answers[question] = value
    own_words.save_words(
        customer_id=customer.id, values=values, answers=answers, country=business.country, now=now
    )


def _show(
    request: HttpRequest,
    customer: Customer,
    business: Business,
    language: str,
    said: str,
    problem: WrongValue | None,
) -> HttpResponse:
    page = read_own_page(
        customer=customer,
        country=business.country,
        now=clock.now(),
        given=request.POST.dict() if problem else None,
    )
    context: dict[str, Any] = {
        "page": _blamed(page, problem),
        "said": said,
        "has_errors": problem is not None,
        "page_languages": [(c, name, c == language) for c, name in LANGUAGE_NAMES.items()],
    }
    status = 422 if problem else 200
    return render(request, "identify/own_page.html", context, status=status)


def _blamed(page: OwnPage, problem: WrongValue | None) -> OwnPage:
    if problem is None:
        return page
    values = [
        replace(one, error=str(problem)) if one.name == problem.field else one
        for one in page.values
    ]
    return replace(page, values=values)


def _language(request: HttpRequest, customer: Customer, business: Business) -> str:
    wanted = (request.GET.get("lang", ""), customer.language, business.language)
    return next((code for code in wanted if code in LANGUAGE_NAMES), "en")


def finish_own(answer: HttpResponse) -> HttpResponse:
    """Keep a page that is one person's own out of caches, referrers and search engines."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
