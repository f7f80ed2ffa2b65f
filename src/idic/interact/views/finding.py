"""Finds what an address names, or answers 404."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import get_object_or_404

from idic.core import ids
from idic.identify.models import Customer
from idic.interact.models import Campaign, Case, Message


def find_campaign(word: str) -> Campaign:
    """Give the campaign of an address."""
    number = _decode("campaign", word)
    found = Campaign.objects.select_related("segment", "offer", "created_by", "experiment")
    return get_object_or_404(found, id=number)


def find_message(word: str) -> Message:
    """Give the message of an address."""
    found = Message.objects.select_related("campaign", "customer")
    return get_object_or_404(found, id=_decode("message", word))


def find_customer(word: str) -> Customer:
    """Give the customer of an address; one merged into another leads to that one."""
    customer = get_object_or_404(Customer, id=_decode("customer", word), is_staged=False)
    return customer.merged_into or customer


def find_case(word: str) -> Case:
    """Give the case of an address."""
    return get_object_or_404(Case.objects.select_related("customer"), id=_decode("case", word))


def _decode(kind: str, word: str) -> int:
    try:
        return ids.decode(kind, word)
    except ids.WrongId as error:
        raise Http404 from error
