"""The pages of forms: which there are, building one, what came in and what was held back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.channels.adapters.registry import is_live
from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.selectors import get_business
from idic.core.toasts import notify
from idic.identify.models import FieldKind, Form, FormKind, SubmissionState
from idic.identify.public_forms.form_names import LANGUAGE_NAMES
from idic.identify.public_forms.links import form_url
from idic.identify.public_forms.look import draw_code, write_embed
from idic.identify.public_forms.places import latest_wordings, list_fields, list_places
from idic.identify.public_forms.showing import (
    count_pending,
    list_addable,
    list_held,
    list_latest,
    list_rows,
    list_wordings,
)
from idic.identify.questions.form import ordered_languages
from idic.identify.questions.wording import in_language
from idic.identify.services.forms import building, reviewing
from idic.identify.services.forms.confirming import CHANNEL

_DAYS = 30
_NUMBERS = 20  # digits of an id


@require_GET
def form_list(request: HttpRequest) -> HttpResponse:
    """Show the forms there are and what came in by them."""
    since = clock.now() - timedelta(days=_DAYS)
    taken = Q(submissions__state=SubmissionState.TAKEN)
    forms = (
        Form.objects.filter(removed_at=None)
        .annotate(
            taken=Count("submissions", filter=taken),
            recent=Count("submissions", filter=taken & Q(submissions__received_at__gte=since)),
            waiting=Count("submissions", filter=Q(submissions__state=SubmissionState.HELD)),
            last=Max("submissions__received_at"),
        )
        .order_by("-is_open", "-id")
    )
    rows = [(ids.encode("form", one.id), one) for one in forms]
    context = {
        "station": 1,
        "forms": rows,
        "days": _DAYS,
        "recent": sum(one.recent for _id, one in rows),
        "waiting": sum(one.waiting for _id, one in rows),
        "may_edit": may(staff_of(request), "campaigns.edit"),
    }
    return render(request, "identify/form_list.html", context)


@require_http_methods(["GET", "POST"])
@needs("campaigns.edit")
def form_new(request: HttpRequest) -> HttpResponse:
    """Choose what a form is for; it begins with the usual places."""
    error: building.WrongForm | None = None
    if request.method == "POST":
        try:
            form = building.create_form(
                name=request.POST.get("name", ""),
                kind=request.POST.get("kind", ""),
                business=get_business(),
                staff=staff_of(request),
                now=clock.now(),
            )
        except building.WrongForm as wrong:
            error = wrong
        else:
            return redirect("identify:form_edit", ids.encode("form", form.id))
    context = {
        "station": 1,
        "kinds": FormKind.choices,
        "chosen": request.POST.get("kind", FormKind.REGISTRATION),
        "name": request.POST.get("name", ""),
        "error": error,
    }
    return render(request, "identify/form_new.html", context, status=422 if error else 200)


@require_GET
def form_detail(request: HttpRequest, form_id: str) -> HttpResponse:
    """Show where a form is, what came in, and what waits to be decided."""
    form = _get(form_id)
    url = form_url(token=form.token)
    staff = staff_of(request)
    context = {
        "station": 1,
        "form": form,
        "id": form_id,
        "url": url,
        "code": SafeString(draw_code(url=url)),  # drawn by us of an address of ours
        "embed": write_embed(token=form.token, name=form.name),
        "is_local": not settings.IDIC_PUBLIC_URL.startswith("https://"),
        "held": list_held(form),
        "latest": list_latest(form),
        "taken": form.submissions.filter(state=SubmissionState.TAKEN).count(),
        "wordings": list_wordings(form),
        "pending": count_pending(form) if form.confirms_email else None,
        "is_mail_live": is_live(channel=CHANNEL),
        "may_edit": may(staff, "campaigns.edit"),
    }
    return render(request, "identify/form_detail.html", context)


@require_http_methods(["GET", "POST"])
@needs("campaigns.edit")
def form_edit(request: HttpRequest, form_id: str) -> HttpResponse:
    """Build a form; every press keeps what was typed."""
    form = _get(form_id)
    error: building.WrongForm | None = None
    if request.method == "POST":
        try:
            _save(request, form)
            done = _act(request, form)
        except building.WrongForm as wrong:
            error = wrong
        else:
            return done
    business = get_business()
    fields = list_fields(form)
    languages = ordered_languages(business.language)
    context = {
        "station": 1,
        "form": form,
        "id": form_id,
        "rows": list_rows(fields, languages=languages),
        "addable": list_addable(fields),
        "offered": [(c, LANGUAGE_NAMES[c], c in form.languages) for c in languages],
        "texts": [(c, LANGUAGE_NAMES[c], _texts_of(form, c, request.POST)) for c in languages],
        "sites": request.POST.get("sites", "\n".join(form.sites)),
        "is_mail_live": is_live(channel=CHANNEL),
        "error": error,
    }
    return render(request, "identify/form_edit.html", context, status=422 if error else 200)


def _texts_of(form: Form, code: str, posted: QueryDict) -> dict[str, str]:
    return {
        name: posted.get(f"{name}_{code}", getattr(form, name).get(code, ""))
        for name in ("title", "intro", "thanks")
    }


def _save(request: HttpRequest, form: Form) -> None:
    posted, staff, now = request.POST, staff_of(request), clock.now()
    codes = list(LANGUAGE_NAMES)
    values: dict[str, Any] = {
        name: {code: posted.get(f"{name}_{code}", "") for code in codes}
        for name in ("title", "intro", "thanks")
    }
    values["name"] = posted.get("name", "")
    values["languages"] = posted.getlist("languages")
    values["sites"] = posted.get("sites", "").split()
    values["color"] = posted.get("color", "") if posted.get("has_color") else ""
    most = posted.get("most_questions", "")
    values["confirms_email"] = bool(posted.get("confirms_email"))
    values["most_questions"] = int(most) if most.isdecimal() and len(most) < 3 else 4
    building.change_form(form_id=form.id, values=values, staff=staff, now=now)
    required = [int(n) for n in posted.getlist("required") if _is_number(n)]
    building.set_required(form_id=form.id, field_ids=required)
    for field in list_fields(form):
        if field.kind == FieldKind.CONSENT:
            texts = {code: posted.get(f"wording_{field.id}_{code}", "") for code in codes}
            building.word_consent(
                form_id=form.id, field_id=field.id, texts=texts, staff=staff, now=now
            )


def _act(request: HttpRequest, form: Form) -> HttpResponse:
    act, _colon, number = request.POST.get("act", "save").partition(":")
    field_id = int(number) if _is_number(number) else 0
    word = ids.encode("form", form.id)
    if act in ("up", "down"):
        building.move_place(form_id=form.id, field_id=field_id, step=-1 if act == "up" else 1)
    elif act == "remove":
        building.remove_place(form_id=form.id, field_id=field_id, now=clock.now())
    elif act == "order":
        wanted = [int(n) for n in request.POST.get("order", "").split(",") if _is_number(n)]
        building.order_places(form_id=form.id, wanted=wanted)
    elif act == "add":
        _add(request, form)
    else:
        notify(request, text=_("The form is saved."))
        return redirect("identify:form_detail", word)
    return redirect(reverse("identify:form_edit", args=[word]) + "#places")


def _add(request: HttpRequest, form: Form) -> None:
    kind, _colon, what = request.POST.get("add", "").partition(":")
    building.add_place(
        form_id=form.id,
        kind=kind,
        question_id=int(what) if kind == FieldKind.QUESTION and _is_number(what) else None,
        channel=what if kind == FieldKind.CONSENT else "",
        business=get_business(),
        staff=staff_of(request),
        now=clock.now(),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < _NUMBERS


@require_GET
@needs("campaigns.edit")
def form_preview(request: HttpRequest, form_id: str) -> HttpResponse:
    """Show a form as a customer sees it; nothing can be sent from here."""
    form = _get(form_id)
    wanted = request.GET.get("lang", "")
    language = wanted if wanted in form.languages else (form.languages or ["en"])[0]
    fields = list_fields(form)
    with override(language):
        places = list_places(
            form=form,
            fields=fields,
            wordings=latest_wordings(fields),
            language=language,
            standing=None,
            now=clock.now(),
        )
        codes = form.languages if len(form.languages) > 1 else []
        context = {
            "form": form,
            "title": in_language(form.title, language=language),
            "intro": in_language(form.intro, language=language),
            "places": places,
            "is_preview": True,
            "form_languages": [(c, LANGUAGE_NAMES[c], c == language) for c in codes],
        }
        return render(request, "identify/public_form.html", context)


@require_POST
@needs("campaigns.edit")
def form_switch(request: HttpRequest, form_id: str) -> HttpResponse:
    """Open a form, close it, or take it away."""
    form, act = _get(form_id), request.POST.get("act", "")
    staff, now = staff_of(request), clock.now()
    if act == "remove":
        building.remove_form(form_id=form.id, staff=staff, now=now)
        notify(request, text=_("The form is gone. What came in by it stays."))
        return redirect("identify:form_list")
    try:
        building.set_open(form_id=form.id, is_open=act == "open", staff=staff, now=now)
    except building.WrongForm as wrong:
        notify(request, text=str(wrong), level=messages.WARNING)
    else:
        text = _("Customers can fill it in now.") if act == "open" else _("The form is closed.")
        notify(request, text=text)
    return redirect("identify:form_detail", form_id)


@require_POST
@needs("customers.edit")
def form_decide(request: HttpRequest, form_id: str, submission_id: str) -> HttpResponse:
    """Take a form that was held back, or throw it away."""
    form, staff, now = _get(form_id), staff_of(request), clock.now()
    number = _decode("submission", submission_id)
    if request.POST.get("act") == "accept":
        done = reviewing.accept(
            submission_id=number, form=form, staff=staff, business=get_business(), now=now
        )
        text = _("Taken: it is a customer's word now.")
    else:
        done = reviewing.discard(submission_id=number, form=form, staff=staff, now=now)
        text = _("Thrown away, with all it said.")
    if done:
        notify(request, text=text)
    else:
        text = _("Somebody has decided on this already.")
        notify(request, text=text, level=messages.WARNING)
    return redirect(reverse("identify:form_detail", args=[form_id]) + "#held")


def _get(form_id: str) -> Form:
    number = _decode("form", form_id)
    form = Form.objects.select_related("source").filter(id=number, removed_at=None).first()
    if form is None:
        raise Http404
    return form


def _decode(kind: str, word: str) -> int:
    try:
        return ids.decode(kind, word)
    except ids.WrongId:
        raise Http404 from None
