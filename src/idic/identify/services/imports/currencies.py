"""Money of another currency in an import: which codes exist, what a first import sets, and that an
amount without a rate is never counted as if it were the business's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from babel import Locale
from django.utils.translation import gettext as _

from idic.core.models import Business
from idic.core.services.setup import PLACES
from idic.identify.importing.columns import Kind
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.readers import Workspace
from idic.identify.importing.terms import Terms
from idic.identify.models import ExchangeRate, Order

from .request import ImportRequest


def check_code(code: str) -> str:
    """Give a currency's code in capitals. Raises ImportProblem for one that does not exist."""
    wanted = code.strip().upper()
    if wanted not in Locale("en").currencies:
        raise ImportProblem(
            "unknown_currency",
            _("“%(code)s” is no currency. Write its three letters: VND, CNY, GBP, USD.")
            % {"code": code},
        )
    return wanted


def first_currency(*, business: Business, request: ImportRequest) -> str:
    """Give the currency a first import sets for the whole business; empty to leave it."""
    wanted = request.currency.strip().upper()
    if request.kind != Kind.ORDERS:
        return ""  # a list of accounts may be in any currency
    if not wanted or wanted == business.currency or has_orders():
        return ""
    return wanted


def first_place(*, business: Business, request: ImportRequest) -> dict[str, str]:
    """Give what a first import sets about where the shop is: country, and its clock if known."""
    wanted = request.country
    if not wanted or wanted == business.country or has_orders():
        return {}
    zones = {place["country"]: place["time_zone"] for place in PLACES.values()}
    return {"country": wanted} | ({"time_zone": zones[wanted]} if wanted in zones else {})


def check_rates(
    workspace: Workspace, *, business: Business, request: ImportRequest, terms: Terms
) -> None:
    """Refuse amounts of a currency nobody has given a rate for."""
    own = first_currency(business=business, request=request) or business.currency
    known = {own, *request.rates, *ExchangeRate.objects.values_list("currency", flat=True)}
    found = workspace.rows("SELECT DISTINCT currency FROM orders ORDER BY 1")
    missing = [check_code(code) for (code,) in found if code not in known]
    if missing:
        raise ImportProblem(
            "missing_rate",
            _(
                "The file has amounts in %(currency)s, the business counts in %(own)s. "
                "Say what one %(currency)s is worth."
            )
            % {"currency": missing[0], "own": own},
            option=f"--rate {missing[0]}=…",
        )


def save_rates(*, rates: Mapping[str, Decimal], day: date) -> None:
    """Keep the rates given, from that day on."""
    for currency, rate in rates.items():
        ExchangeRate.objects.update_or_create(
            currency=check_code(currency), from_date=day, defaults={"rate": rate}
        )


def has_orders() -> bool:
    """Tell whether the shop has orders of its own; the sample shop's do not count."""
    return Order.objects.filter(source__is_demo=False).exists()
