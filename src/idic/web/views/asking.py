"""What to ask a customer: the page of all questions with what is known, and noting an answer with
one press. Asking what is known is warned about first.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.toasts import notify
from idic.identify.models import Customer, Question
from idic.identify.names import list_names
from idic.identify.questions.answers import WrongAnswer, read_answer
from idic.identify.questions.memory import choose, find_repeat, recall
from idic.identify.services.customers import WrongValue
from idic.identify.services.questions import asking as asking_services
from idic.web.asking import draw_asking, say_asked
from idic.web.views.customer import get_customer
from idic.web.views.customers import business_of

_ALL = 100


@require_http_methods(["GET", "POST"])
def customer_questions(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show every question with what is known; on POST note an answer."""
    customer = get_customer(public_id)
    if request.method == "POST":
        return _note(request, customer)
    now = clock.now()
    remembered = recall(customer=customer, now=now)
    asked = {one.question.id for one in choose(remembered, limit=_ALL, now=now)}
    rest = [one for one in remembered if one.question.id not in asked]
    context = {
        "station": 1,
        "public_id": ids.encode("customer", customer.id),
        "name": list_names({customer.id: customer.full_name})[customer.id],
        "asks": draw_asking(choose(remembered, limit=_ALL, now=now), now=now),
        "known": draw_asking(rest, now=now),
        "may_edit": may(staff_of(request), "customers.edit"),
    }
    return render(request, "web/customer_questions.html", context)


@needs("customers.edit")
def _note(request: HttpRequest, customer: Customer) -> HttpResponse:
    here = reverse("web:customer_questions", args=[ids.encode("customer", customer.id)])
    back = here
    if request.POST.get("from") == "page":
        back = reverse("web:customer_detail", args=[ids.encode("customer", customer.id)])
    question = _question(request.POST.get("question", ""))
    repeat = find_repeat(question=question, customer=customer, now=clock.now())
    if repeat is not None and not request.POST.get("again"):
        said = say_asked(repeat.asking) if repeat.asking else _("This is known already.")
        notify(request, text=said, level=messages.WARNING)
        return redirect(f"{here}#{ids.encode('question', question.id)}")
    try:
        _write(request, question, customer)
    except (WrongAnswer, WrongValue) as wrong:
        notify(request, text=str(wrong), level=messages.WARNING)
    return redirect(back)


def _write(request: HttpRequest, question: Question, customer: Customer) -> None:
    staff, business, now = staff_of(request), business_of(request), clock.now()
    if request.POST.get("act") == "decline":
        done = asking_services.decline(question=question, customer=customer, staff=staff, now=now)
        text = _("Noted: they are not asked again for half a year.")
    else:
        today = clock.today(time_zone=business.time_zone)
        value = read_answer(
            question, request.POST.get("answer", ""), country=business.country, today=today
        )
        if not value:
            raise WrongAnswer(_("Write down what they said first."))
        done = asking_services.note_answer(
            question=question,
            customer=customer,
            value=value,
            staff=staff,
            country=business.country,
            now=now,
        )
        text = _("The answer is noted. Nobody needs to ask again.")
    undo = reverse("web:customer_answer_undo", args=[ids.encode("customer", customer.id), done.id])
    notify(request, text=text, undo_url=undo)


@require_POST
@needs("customers.edit")
def customer_answer_undo(request: HttpRequest, public_id: str, asking_id: int) -> HttpResponse:
    """Take back what one has just noted."""
    customer = get_customer(public_id)
    done = asking_services.take_back(
        asking_id=asking_id, customer_id=customer.id, staff=staff_of(request), now=clock.now()
    )
    if done:
        notify(request, text=_("Taken back."))
    else:
        text = _("Only who wrote an answer down can take it back.")
        notify(request, text=text, level=messages.WARNING)
    return redirect("web:customer_detail", ids.encode("customer", customer.id))


def _question(public_id: str) -> Question:
    try:
        number = ids.decode("question", public_id)
    except ids.WrongId:
        raise Http404 from None
    question = Question.objects.filter(id=number, removed_at=None).first()
    if question is None:
        raise Http404
    return question
