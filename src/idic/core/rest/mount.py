"""The API as one: the operations of every room under one address, and what each answer carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Router
from ninja.operation import Operation

from idic.core.access import public

from . import problems
from .problems import Problem

API_PATH = "api/v1/"
View = Callable[..., HttpResponseBase]


class _Api(NinjaAPI):
    """Names operations as a reader would: `customers_find`."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Name an operation by its module and function."""
        view = operation.view_func
        return f"{view.__module__.rpartition('.')[2]}_{view.__name__}"


api = _Api(
    title="IDIC",
    version="1",
    description="Customers, who is who, and doubles. docs/api.md says how to get a key.",
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
)
problems.handle(api)


def addresses(routers: Iterable[Router]) -> list[URLPattern | URLResolver]:
    """Give the addresses of all operations; what no operation knows is answered as a problem."""
    for router in routers:
        api.add_router("", router)
    found: list[URLPattern | URLResolver] = []
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            pattern.callback = _opened(pattern.callback)
            found.append(pattern)
    return [*found, path("<path:rest>", _opened(_nowhere))]


def _opened(view: View) -> View:
    """Let a view be called with a key alone, in the language the call asks for."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(_language(request)):
            answer = view(request, *args, **kwargs)
            if answer.status_code == 405:
                answer = _wrong_method(answer.headers.get("Allow", ""))
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Content-Language"] = _language(request)
        return answer

    return csrf_exempt(public(opened))


def _language(request: HttpRequest) -> str:
    """Give the language asked for, else the business's, which is active already."""
    if request.headers.get("Accept-Language"):
        return translation.get_language_from_request(request)
    return translation.get_language() or "en"


def _wrong_method(allowed: str) -> HttpResponse:
    said = _("This address takes %(methods)s.") % {"methods": allowed}
    return problems.answer(Problem(405, "wrong_method", said, headers={"Allow": allowed}))


def _nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    return problems.answer(Problem.not_found())
