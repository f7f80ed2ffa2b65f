"""Which language and time zone a page is written in: the person's own choice of language, else the
business's; the business's zone.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from idic.core.selectors import remembering_business

COOKIE = "idic_language"
LANGUAGE_NAMES = {"vi": "Việt", "zh-hans": "中文", "en": "English"}
KNOWN = [code for code, _ in settings.LANGUAGES]


class LanguageMiddleware:
    """Activates the language before anything is rendered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with remembering_business() as business:
            code = choose_language(request, language=business.language)
            with translation.override(code), timezone.override(ZoneInfo(business.time_zone)):
                request.LANGUAGE_CODE = code
                response = self.get_response(request)
        response.headers.setdefault("Content-Language", code)
        response.headers["Vary"] = "Cookie"
        return response


def choose_language(request: HttpRequest, *, language: str) -> str:
    """Give the language of the cookie, else the one given: the business's."""
    code = request.COOKIES.get(COOKIE, "")
    if code in KNOWN:
        return code
    return language if language in KNOWN else settings.LANGUAGE_CODE
