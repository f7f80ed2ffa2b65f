"""Which language a page is written in: the person's own choice, else the business's."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from idic.core.selectors import get_business

COOKIE = "idic_language"
KNOWN = [code for code, _ in settings.LANGUAGES]


class LanguageMiddleware:
    """Activates the language before anything is rendered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        code = choose_language(request)
        with translation.override(code):
            request.LANGUAGE_CODE = code
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", code)
        response.headers["Vary"] = "Cookie"
        return response


def choose_language(request: HttpRequest) -> str:
    """Give the language of the cookie, else of the business."""
    code = request.COOKIES.get(COOKIE, "")
    if code in KNOWN:
        return code
    language = get_business().language
    return language if language in KNOWN else settings.LANGUAGE_CODE
