"""Addresses of pages in rooms above: a link shows where the page exists, and is left out else."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from idic.core import ids


def address_of(page: str, /, *arguments: str, **query: str) -> str:
    """Give the address of a page by its name; empty when there is no such page."""
    try:
        address = reverse(page, args=arguments)
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(query)}" if query else address


def customer_address(customer_id: int) -> str:
    """Give the address of a customer's page."""
    return address_of("web:customer_detail", ids.encode("customer", customer_id))
