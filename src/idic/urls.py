"""The addresses of every room, the top floor first, the API of all rooms, and the pages shown when
something fails.
"""

from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.utils.module_loading import import_string

from idic.core import rest

# A room that has an `api` module has operations: its `router`.
_ROUTERS = [
    import_string(f"{room}.api.router") for room in settings.ROOMS if find_spec(f"{room}.api")
]

urlpatterns: list[URLPattern | URLResolver] = [
    *[
        path("", include(f"{room}.urls"))
        for room in reversed(settings.ROOMS)
        if find_spec(f"{room}.urls")
    ],
    path(rest.API_PATH, include((rest.addresses(_ROUTERS), "api"))),
]

handler400 = "idic.core.views.bad_request"
handler403 = "idic.core.views.permission_denied"
handler404 = "idic.core.views.page_not_found"
handler500 = "idic.core.views.server_error"
