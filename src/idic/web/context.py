"""What the base template needs on every page: menu, business, person, languages, progress."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from idic.core import clock
from idic.core.access import may
from idic.core.models import Staff
from idic.core.selectors import get_business
from idic.web.commands import draw_commands
from idic.web.language import LANGUAGE_NAMES
from idic.web.menu import build_menu, find_address, find_station, find_tabs
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
            "beside": find_tabs(menu, path=request.path),
            "thumbs": _thumbs(user, request.path),
            # Asked only by what shows it: no part of a page does.
            "progress": SimpleLazyObject(lambda: find_working(now=clock.now())),
            "demo": SimpleLazyObject(lambda: find_demo_notice(staff=user)),
        }
    return context


def _languages() -> list[dict[str, Any]]:
    current = get_language()
    return [
        {"code": code, "label": LANGUAGE_NAMES[code], "current": code == current}
        for code, _name in settings.LANGUAGES
    ]


def _thumbs(staff: Staff, path: str) -> list[dict[str, Any]]:
    """Give what lies under the thumb: the same three for all, and what one's role opens most."""
    entries = [
        (_("Today"), "web:today", "today"),
        (_("Home"), "web:loop", "home"),
        (_("Customers"), "web:customer_list", "people"),
        _own_thumb(staff),
    ]
    return [
        {"label": label, "url": url, "icon": icon, "current": path == url}
        for label, name, icon in entries
        if (url := find_address(name))
    ]


def _own_thumb(staff: Staff) -> tuple[str, str, str]:
    if may(staff, "campaigns.edit"):
        return _("Campaigns"), "interact:campaign_list", "campaign"
    if may(staff, "customers.edit"):
        return pgettext("new", "Task"), "web:task_create", "plus"
    return _("Effects"), "measure:effect_list", "measure"
