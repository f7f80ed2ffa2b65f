"""A page that has an address is measured, held against WCAG and read in the longer language."""

from __future__ import annotations

from collections.abc import Iterator

from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from idic.web.menu import MENU
from tests.browser.pages import ELSEWHERE, FORM, LINKED, PLAIN, STEPS, SYSTEM


def _patterns(resolver: URLResolver, room: str = "") -> Iterator[tuple[str, URLPattern]]:
    for held in resolver.url_patterns:
        if isinstance(held, URLPattern):
            yield f"{room}:{held.name}", held
        else:
            yield from _patterns(held, held.namespace or room)


def _shows(pattern: URLPattern) -> bool:
    """Tell whether an address answers to GET; asked with a method no page knows."""
    values = dict.fromkeys(pattern.pattern.converters, "x")
    answer = pattern.callback(RequestFactory().put("/"), **values)
    assert answer.status_code == 405, f"{pattern.name} does not say which methods it takes"
    return "GET" in answer.headers["Allow"]


def test_every_address_that_shows_something_is_listed_once() -> None:
    shown = [
        name
        for name, pattern in _patterns(get_resolver())
        if not getattr(pattern.callback, "is_public", False) and _shows(pattern)
    ]
    elsewhere = {name for names in ELSEWHERE.values() for name in names}
    pages = [name for name in shown if name.partition(":")[2] not in elsewhere]

    assert sorted(pages) == sorted([*PLAIN, *LINKED, *STEPS, *FORM, *SYSTEM])
    assert elsewhere <= {name.partition(":")[2] for name in shown}


def test_addresses_are_those_of_their_names_and_the_menu_comes_first() -> None:
    in_menu = [page.url_name for entry in MENU for page in entry.pages]

    assert list(PLAIN)[: len(in_menu)] == in_menu
    for name in PLAIN.keys() - {"differentiate:tier_edit"}:
        assert PLAIN[name].partition("?")[0] == reverse(name)
