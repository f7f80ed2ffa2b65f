"""Removes the sample shop's offers, and goods that nobody else sold."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import ProtectedError, Q

from idic.core import bulk
from idic.customize.models import Offer, Product, Recommendation, RejectedProduct
from idic.identify.models import ImportState, Order, OrderLine

_SLICE = 200


def remove_goods() -> None:
    """Delete goods that only the sample shop sold, and whatever proposes them to anybody."""
    sold = _own_codes()
    product_ids = [key for key, code in _products() if code not in sold]
    for start in range(0, len(product_ids), _SLICE):
        some = product_ids[start : start + _SLICE]
        bulk.delete_rows(Recommendation.objects.filter(product_id__in=some))
        bulk.delete_rows(RejectedProduct.objects.filter(product_id__in=some))
        bulk.delete_rows(Product.objects.filter(id__in=some))


def _products() -> Iterator[tuple[int, str]]:
    return iter(list(Product.objects.values_list("id", "code")))


def _own_codes() -> set[str]:
    """Give the codes of all goods in orders that count and are the owner's."""
    is_visible = Q(order__import_run=None) | Q(order__import_run__state=ImportState.PUBLISHED)
    if not Order.objects.filter(source__is_demo=False).exists():
        return set()
    own = OrderLine.objects.filter(is_visible, order__source__is_demo=False)
    return set(own.order_by().values_list("product_code", flat=True).distinct())


def remove_offers() -> None:
    """Delete made-up offers; one that a campaign of the owner's uses becomes the owner's."""
    for offer in Offer.objects.filter(is_demo=True):
        try:
            offer.delete()
        except ProtectedError:
            Offer.objects.filter(id=offer.id).update(is_demo=False)


def finish() -> None:
    """Remove what is left when the people are gone."""
    remove_offers()
    remove_goods()
