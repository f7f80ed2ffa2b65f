"""The sample shop's one question: shall it go?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from idic.core.access import needs, staff_of
from idic.core.demo_data import count_demo
from idic.core.toasts import notify
from idic.web.selectors.demo import find_demo_notice
from idic.web.tasks import remove_demo


@require_http_methods(["GET", "POST"])
@needs("demo.remove")
def remove(request: HttpRequest) -> HttpResponse:
    """Say what would go; on POST let it go in the background."""
    notice = find_demo_notice(staff=staff_of(request))
    if notice is None or notice.is_leaving:
        return redirect("web:first_look")
    if request.method == "POST":
        remove_demo.enqueue(actor=staff_of(request).email)
        notify(request, text=_("The sample shop is being removed."))
        return redirect("web:first_look")
    return render(request, "web/demo_remove.html", {"counts": count_demo()})
