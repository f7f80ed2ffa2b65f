"""Saving, changing and removing views of the customer list."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from idic.core.access import may, staff_of
from idic.core.models import Staff
from idic.core.toasts import notify
from idic.web.selectors.views import list_views
from idic.web.services import views as view_services
from idic.web.views.customers import business_of, query_of

_REMOVED = "removed_view"


@require_POST
def view_save(request: HttpRequest) -> HttpResponse:
    """Save the list as a view."""
    staff = staff_of(request)
    origin = request.POST.get("query", "")
    query = query_of(QueryDict(origin), business_of(request))
    is_shared = request.POST.get("shared") == "1"
    if is_shared and not may(staff, "segments.edit"):
        raise PermissionDenied
    try:
        view = view_services.save_view(
            name=request.POST.get("name", ""),
            query=query.encode(),
            staff=staff,
            is_shared=is_shared,
        )
    except view_services.WrongView as error:
        notify(request, text=str(error), level=messages.WARNING)
        return redirect(f"{reverse('web:customer_list')}?{query.encode()}")
    notify(request, text=_("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(f"{reverse('web:customer_list')}?view={view.id}")


@require_POST
def view_change(request: HttpRequest, view_id: int) -> HttpResponse:
    """Rename a view, let it show the present list, or remove it."""
    staff = staff_of(request)
    act = request.POST.get("act", "")
    if not _may_change(view_id, staff):
        raise PermissionDenied
    try:
        done, said = _change_view(act, view_id, request, staff)
    except view_services.WrongView as error:
        done, said = False, str(error)
    if said:
        undo = reverse("web:view_restore") if act == "remove" and done else ""
        level = messages.SUCCESS if done else messages.WARNING
        notify(request, text=said, level=level, undo_url=undo)
    target = "" if act == "remove" and done else f"?view={view_id}"
    return redirect(f"{reverse('web:customer_list')}{target}")


@require_POST
def view_restore(request: HttpRequest) -> HttpResponse:
    """Bring the view back that this person removed last."""
    kept = request.session.pop(_REMOVED, None)
    if kept is None:
        notify(request, text=_("There is nothing to take back."), level=messages.WARNING)
        return redirect("web:customer_list")
    view = view_services.restore_view(kept=kept, staff=staff_of(request))
    notify(request, text=_("The view “%(name)s” is back.") % {"name": view.name})
    return redirect(f"{reverse('web:customer_list')}?view={view.id}")


def _may_change(view_id: int, staff: Staff) -> bool:
    """Tell whether a view is this person's own, or shared and theirs to change."""
    view = next((v for v in list_views(staff) if v.id == view_id), None)
    return view is not None and (not view.is_shared or may(staff, "segments.edit"))


def _change_view(act: str, view_id: int, request: HttpRequest, staff: Staff) -> tuple[bool, str]:
    if act == "remove":
        request.session[_REMOVED] = view_services.remove_view(view_id=view_id, staff=staff)
        return request.session[_REMOVED] is not None, _("The view is removed.")
    if act == "rename":
        name = request.POST.get("name", "")
        done = view_services.rename_view(view_id=view_id, name=name, staff=staff)
        return done, _("The view has its new name.")
    if act == "change":
        query = query_of(QueryDict(request.POST.get("query", "")), business_of(request)).encode()
        done = view_services.change_view(view_id=view_id, query=query, staff=staff)
        return done, _("The view now shows this list.")
    return False, ""
