"""The pages of questions: what is asked, how often somebody was asked what was known, and writing
a question.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.selectors import get_business
from idic.core.toasts import notify
from idic.identify.models import AskingState, AskingWay, Question
from idic.identify.names import list_names
from idic.identify.questions.form import HOLDS, QuestionForm
from idic.identify.questions.memory import list_questions, list_repeats
from idic.identify.questions.wording import say_label, say_question
from idic.identify.services.questions import editing

DAYS = 90
_REPEATS = 20


@require_GET
def question_list(request: HttpRequest) -> HttpResponse:
    """Show what may be asked, how often it was, and who was asked twice."""
    since = clock.now() - timedelta(days=DAYS)
    asked = Q(askings__asked_at__gte=since) & ~Q(askings__way=AskingWay.OWN_PAGE)
    questions = list_questions().annotate(
        asked=Count("askings", filter=asked),
        answered=Count("askings", filter=asked & Q(askings__state=AskingState.ANSWERED)),
        repeats=Count("askings", filter=asked & Q(askings__is_repeat=True)),
    )
    rows = [_row(one) for one in questions]
    repeats = list_repeats(limit=_REPEATS) if any(row["repeats"] for row in rows) else []
    context = {
        "station": 1,
        "questions": rows,
        "days": DAYS,
        "asked": sum(row["asked"] for row in rows),
        "repeats": sum(row["repeats"] for row in rows),
        "repeat_rows": _repeat_rows(repeats),
        "may_edit": may(staff_of(request), "campaigns.edit"),
    }
    return render(request, "identify/question_list.html", context)


def _row(question: Any) -> dict[str, Any]:
    language = get_language() or "en"
    holds = dict(HOLDS)
    days = question.holds_for_days
    return {
        "id": ids.encode("question", question.id),
        "label": say_label(question, language=language),
        "wording": say_question(question, language=language),
        "kind": question.get_kind_display(),
        "holds": holds.get(str(days) if days else "") or days,
        "asked": question.asked,
        "answered": question.answered,
        "repeats": question.repeats,
        "is_standard": question.is_standard,
    }


def _repeat_rows(repeats: list[Any]) -> list[dict[str, Any]]:
    people = {
        one.record.customer_id: one.record.customer.full_name
        for one in repeats
        if one.record.customer_id
    }
    names = list_names(people)
    language = get_language() or "en"
    return [
        {
            "name": names.get(one.record.customer_id, ""),
            "public_id": ids.encode("customer", one.record.customer_id)
            if one.record.customer_id
            else "",
            "label": say_label(one.question, language=language),
            "by": one.asked_by_name,
            "way": one.get_way_display(),
            "at": one.asked_at,
        }
        for one in repeats
    ]


@require_http_methods(["GET", "POST"])
@needs("campaigns.edit")
def question_new(request: HttpRequest) -> HttpResponse:
    """Write a question."""
    form = QuestionForm(request.POST or None, language=get_business().language)
    if form.is_bound and form.is_valid():
        try:
            editing.create_question(wanted=form.wanted(), staff=staff_of(request), now=clock.now())
        except editing.WrongQuestion as wrong:
            form.blame(wrong.field, str(wrong))
        else:
            notify(request, text=_("The question is written: it can be asked now."))
            return redirect("identify:question_list")
    return _show(request, form, None)


@require_http_methods(["GET", "POST"])
@needs("campaigns.edit")
def question_edit(request: HttpRequest, question_id: str) -> HttpResponse:
    """Word a question differently; answers given so far keep their meaning."""
    question = _get(question_id)
    form = QuestionForm(request.POST or None, language=get_business().language, question=question)
    if form.is_bound and form.is_valid():
        try:
            editing.change_question(
                question_id=question.id,
                wanted=form.wanted(),
                staff=staff_of(request),
                now=clock.now(),
            )
        except editing.WrongQuestion as wrong:
            form.blame(wrong.field, str(wrong))
        else:
            notify(request, text=_("Saved."))
            return redirect("identify:question_list")
    return _show(request, form, question)


def _show(request: HttpRequest, form: QuestionForm, question: Question | None) -> HttpResponse:
    label = say_label(question, language=get_language() or "en") if question else ""
    context = {"station": 1, "form": form, "question": question, "label": label}
    status = 422 if form.errors else 200
    return render(request, "identify/question_form.html", context, status=status)


@require_POST
@needs("campaigns.edit")
def question_remove(request: HttpRequest, question_id: str) -> HttpResponse:
    """Ask it no more, or again."""
    staff, now, number = staff_of(request), clock.now(), _number(question_id)
    if "back" in request.GET:
        done = editing.restore_question(question_id=number, staff=staff, now=now)
        text, undo = _("The question is back."), ""
    else:
        done = editing.remove_question(question_id=number, staff=staff, now=now)
        text = _("The question is asked no more. Its answers stay.")
        undo = reverse("identify:question_remove", args=[question_id]) + "?back=1"
    if done:
        notify(request, text=text, undo_url=undo)
    else:
        notify(request, text=_("Nothing was changed."), level=messages.WARNING)
    return redirect("identify:question_list")


def _number(question_id: str) -> int:
    try:
        return ids.decode("question", question_id)
    except ids.WrongId:
        raise Http404 from None


def _get(question_id: str) -> Question:
    question = Question.objects.filter(id=_number(question_id), removed_at=None).first()
    if question is None:
        raise Http404
    return question
