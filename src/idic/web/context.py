"""What the base template needs on every page: menu, business, person, languages, progress."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from idic.core import clock
from idic.core.models import Staff
from idic.core.selectors import get_business
from idic.web.commands import draw_commands
from idic.web.language import LANGUAGE_NAMES
from idic.web.menu import build_menu, find_address, find_station
from idic.web.selectors.demo import find_demo_notice
from idic.web.working import find_working


def shell(request: HttpRequest) -> dict[str, Any]:
    """Build the shell's context; people before login get the business and languages only."""
    business = getattr(request, "business", None) or get_business()
    context: dict[str, Any] = {
        "business": business,
        "currency": business.currency,
        "theme": request.COOKIES.get("idic_theme", ""),
        "density": request.COOKIES.get("idic_density", ""),
        "languages": _languages(),
    }
    user = getattr(request, "user", None)
    if isinstance(user, Staff):
        menu = build_menu(path=request.path)
        context |= {
            "staff": user,
            "menu": menu,
            "palette": draw_commands(user),
            "station": find_station(menu),
            "thumbs": _thumbs(request.path),
            "progress": find_working(now=clock.now()),
            # Asked only by the pages that show it.
            "demo": SimpleLazyObject(lambda: find_demo_notice(staff=user)),
        }
    return context


def _languages() -> list[dict[str, Any]]:
    current = get_language()
    return [
        {"code": code, "label": LANGUAGE_NAMES[code], "current": code == current}
        for code, _name in settings.LANGUAGES
    ]


def _thumbs(path: str) -> list[dict[str, Any]]:
    entries = [
        (_("Today"), "web:today", "today"),
        (_("Customers"), "web:customer_list", "people"),
        (_("Matrix"), "differentiate:matrix", "grid"),
        (_("Campaigns"), "interact:campaign_list", "campaign"),
    ]
    return [
        {"label": label, "url": url, "icon": icon, "current": path == url}
        for label, name, icon in entries
        if (url := find_address(name))
    ]
