"""Logging in and out: by a one-time link or by password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock
from idic.core.access import public
from idic.core.services import audit
from idic.core.services.login import redeem_login_link
from idic.core.way_back import way_back
from idic.web.recent import forget

_BACKEND = "django.contrib.auth.backends.ModelBackend"


@public
@require_http_methods(["GET", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """Show the login page; on POST check e-mail and password."""
    error = ""
    if request.method == "POST":
        staff = authenticate(
            request,
            username=request.POST.get("email", "").strip(),
            password=request.POST.get("password", ""),
        )
        if staff is not None:
            login(request, staff)
            return redirect(way_back(request))
        error = _("E-mail and password do not match. Try again, or ask for a login link.")
    return render(
        request,
        "web/login_form.html",
        {"error": error, "next": request.GET.get("next", "")},
        status=401 if error else 200,
    )


@public
@require_http_methods(["GET", "POST"])
def log_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for one press, then redeem the link: a mail scanner that opens it uses nothing up."""
    if request.method == "GET":
        return render(request, "web/login_link.html", {"token": token})
    staff = redeem_login_link(token=token, now=clock.now())
    if staff is None:
        error = _("This link was used or is too old. Run “idic login” for a new one.")
        return render(request, "web/login_form.html", {"error": error}, status=401)
    login(request, staff, backend=_BACKEND)
    audit.record(at=clock.now(), actor=staff.email, action="login.link")
    return redirect("/")


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    messages.info(request, _("You are logged out."))
    response = redirect("web:login")
    forget(response)
    return response


@public
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the language chosen."""
    response = HttpResponseRedirect(way_back(request))
    response.set_cookie("idic_language", request.POST.get("language", ""), 365 * 86400)
    return response


@public
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process lives: monitors and the start-up ask here."""
    return HttpResponse("ok", content_type="text/plain")
