"""The settings: the company, the people who work here, one's own choices, the channels' door."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.models import Role, Staff
from idic.core.services import staff as staff_services
from idic.core.services.business import change_business
from idic.core.services.staff import WrongStaff
from idic.core.toasts import notify
from idic.identify.models import Order
from idic.web.forms import CompanyForm, EmailForm, PasswordForm, StaffForm
from idic.web.language import COOKIE, KNOWN
from idic.web.views.customers import business_of
from idic.web.views.digest import standing_of

_YEAR_SECONDS = 365 * 86_400


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Show all settings this person may see."""
    return _page(request)


def _page(request: HttpRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    staff = staff_of(request)
    context: dict[str, Any] = {
        "may_edit": may(staff, "settings.edit"),
        "may_staff": may(staff, "staff.edit"),
        "own_language": request.COOKIES.get(COOKIE, "") or staff.language,
        "email_form": EmailForm(initial={"email": staff.email}),
        "password_form": PasswordForm(staff=staff),
        "digest": standing_of(staff),
        "hours": range(24),
        "people": _people(staff),
        "roles": Role.choices,
    }
    if context["may_edit"]:
        context["company_form"] = _company_form(request)
    if context["may_staff"]:
        context["staff_form"] = StaffForm()
    return render(request, "web/settings.html", context | forms, status=status)


def _company_form(request: HttpRequest, data: Any = None) -> CompanyForm:
    has_orders = Order.objects.exists()
    return CompanyForm(data, business=business_of(request), has_orders=has_orders)


def _people(staff: Staff) -> list[dict[str, Any]]:
    people = Staff.objects.order_by("-is_active", "display_name", "id")
    return [
        {"staff": person, "id": ids.encode("staff", person.id), "is_me": person.id == staff.id}
        for person in people
    ]


@require_POST
@needs("settings.edit")
def save_company(request: HttpRequest) -> HttpResponse:
    """Change the company's settings."""
    form = _company_form(request, request.POST)
    if not form.is_valid():
        return _page(request, status=422, company_form=form)
    changed = change_business(
        changes=form.changes(), actor=staff_of(request).email, now=clock.now()
    )
    said = _("Saved.") if changed else _("Nothing was changed.")
    if {"currency", "as_of_date"} & set(changed):
        said = _("Saved. Figures follow at the next refresh.")
    notify(request, text=said)
    return redirect("web:settings")


@require_POST
@needs("staff.edit")
def add_staff(request: HttpRequest) -> HttpResponse:
    """Add a colleague."""
    form = StaffForm(request.POST)
    if form.is_valid():
        try:
            staff_services.add_staff(
                **form.cleaned_data, actor=staff_of(request).email, now=clock.now()
            )
        except WrongStaff as wrong:
            form.add_error(wrong.field, str(wrong))
        else:
            notify(request, text=_("Added. Make them a login link now."))
            return redirect(f"{reverse('web:settings')}#people")
    return _page(request, status=422, staff_form=form)


@require_POST
@needs("staff.edit")
def change_staff(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a colleague another role, or let them in or keep them out."""
    act, actor, now = request.POST.get("act", ""), staff_of(request).email, clock.now()
    number = _staff_id(public_id)
    try:
        if act == "role":
            role = request.POST.get("role", "")
            staff_services.change_role(staff_id=number, role=role, actor=actor, now=now)
        elif act in ("let_in", "keep_out"):
            staff_services.set_active(
                staff_id=number, is_active=act == "let_in", actor=actor, now=now
            )
        else:
            raise Http404
    except WrongStaff as wrong:
        notify(request, text=str(wrong), level=messages.WARNING)
    else:
        notify(request, text=_("Saved."))
    return redirect(f"{reverse('web:settings')}#people")


@never_cache
@require_POST
@needs("staff.edit")
def make_link(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a login link for a colleague and show it, this once."""
    try:
        staff, token = staff_services.make_link(
            staff_id=_staff_id(public_id), actor=staff_of(request).email, now=clock.now()
        )
    except WrongStaff as wrong:
        notify(request, text=str(wrong), level=messages.WARNING)
        return redirect(f"{reverse('web:settings')}#people")
    path = reverse("web:login_link", args=[token])
    base = settings.IDIC_PUBLIC_URL
    link = f"{base}{path}" if base else request.build_absolute_uri(path)
    return render(request, "web/staff_link.html", {"person": staff, "link": link})


def _staff_id(public_id: str) -> int:
    try:
        return ids.decode("staff", public_id)
    except ids.WrongId:
        raise Http404 from None


@require_POST
def save_own(request: HttpRequest) -> HttpResponse:
    """Remember one's own language."""
    language = request.POST.get("language", "")
    if language not in KNOWN:
        raise Http404
    staff_services.set_language(staff=staff_of(request), language=language)
    response = redirect("web:settings")
    response.set_cookie(COOKIE, language, _YEAR_SECONDS, samesite="Lax")
    return response


@require_POST
def save_email(request: HttpRequest) -> HttpResponse:
    """Give oneself another address."""
    form = EmailForm(request.POST)
    if form.is_valid():
        staff, email = staff_of(request), form.cleaned_data["email"]
        try:
            staff_services.set_email(staff=staff, email=email, now=clock.now())
        except WrongStaff as wrong:
            form.add_error(wrong.field, str(wrong))
        else:
            notify(request, text=_("Saved. You log in with this address from now on."))
            return redirect(f"{reverse('web:settings')}#address")
    return _page(request, status=422, email_form=form)


@require_POST
def save_password(request: HttpRequest) -> HttpResponse:
    """Set one's own password; this session goes on, all others end."""
    staff = staff_of(request)
    form = PasswordForm(request.POST, staff=staff)
    if not form.is_valid():
        return _page(request, status=422, password_form=form)
    staff_services.set_password(
        staff=staff, password=form.cleaned_data["password"], now=clock.now()
    )
    update_session_auth_hash(request, staff)
    notify(request, text=_("The password is set. All other devices are logged out."))
    return redirect("web:settings")
