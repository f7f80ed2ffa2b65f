"""The addresses of every room, the top floor first, and the pages shown when something fails."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"{room}.urls"))
    for room in reversed(settings.ROOMS)
    if find_spec(f"{room}.urls")
]

handler400 = "idic.core.views.bad_request"
handler403 = "idic.core.views.permission_denied"
handler404 = "idic.core.views.page_not_found"
handler500 = "idic.core.views.server_error"
