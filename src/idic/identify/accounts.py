"""The accounts somebody holds, as they stand and as they stood: for pages, and for those who work
out what a customer of a bank is worth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from idic.identify.models import AccountBalance

_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One word of a source about one account and day; of several the highest id counts. Amounts
    are minor units of `currency`, None where the source does not say.
    """

    id: int
    source_id: int
    number: str
    product: str
    currency: str
    as_of_date: date
    amount: int
    fee_amount: int | None
    margin_amount: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of one customer. Amounts are minor units of `currency`; `history` goes from the
    first day to the last, a (day, balance) each. `earned_amount` is fees and interest margin of the
    year up to `as_of_date`, None where its source tells neither.
    """

    source_id: int
    number: str
    product: str
    currency: str
    as_of_date: date
    balance_amount: int
    earned_amount: int | None
    history: list[tuple[date, int]]

    @property
    def change_amount(self) -> int | None:
        """Give how much more (or less) there is than at the balance before; None for a first."""
        return self.history[-1][1] - self.history[-2][1] if len(self.history) > 1 else None


def list_balances() -> QuerySet[AccountBalance]:
    """Give what counts: of each account and day the latest word, on the record of whom it says."""
    newer = _same_account().filter(as_of_date=OuterRef("as_of_date"), id__gt=OuterRef("id"))
    return AccountBalance.objects.filter(~Exists(newer))


def list_accounts(*, customer_id: int) -> list[Account]:
    """Give the accounts a customer holds now, the fullest first; one question. An account that has
    gone to somebody else since is theirs.
    """
    theirs = Q(record__customer_id=None) | ~Q(record__customer_id=customer_id)
    is_later = Q(as_of_date__gt=OuterRef("as_of_date"))
    is_later |= Q(as_of_date=OuterRef("as_of_date"), id__gt=OuterRef("id"))
    mine = AccountBalance.objects.filter(record__customer_id=customer_id)
    rows = mine.filter(~Exists(_same_account().filter(theirs, is_later)))
    names = ("id", "source_id", "product", "currency", "as_of_date", "fee_amount", "margin_amount")
    told = rows.values(*names, number=F("account_number"), amount=F("balance_amount"))
    return gather(balances=(Balance(**row) for row in told))


def gather(*, balances: Iterable[Balance]) -> list[Account]:
    """Draw up accounts from what was said of them, the fullest first."""
    told: dict[tuple[int, str], dict[date, Balance]] = {}
    for one in sorted(balances, key=lambda one: (one.as_of_date, one.id)):
        told.setdefault((one.source_id, one.number), {})[one.as_of_date] = one
    found = [_account(list(days.values())) for days in told.values()]
    return sorted(found, key=lambda one: (-one.balance_amount, one.number))


def _same_account() -> QuerySet[AccountBalance]:
    return AccountBalance.objects.filter(
        source_id=OuterRef("source_id"), account_number=OuterRef("account_number")
    )


def _account(balances: list[Balance]) -> Account:
    """Draw up one account from its balances, a day each, the last one last."""
    last = balances[-1]
    own = [one for one in balances if one.currency == last.currency]
    earned = [
        amount
        for one in own
        if one.as_of_date > last.as_of_date - _YEAR
        for amount in (one.fee_amount, one.margin_amount)
        if amount is not None
    ]
    return Account(
        source_id=last.source_id,
        number=last.number,
        product=last.product,
        currency=last.currency,
        as_of_date=last.as_of_date,
        balance_amount=last.amount,
        earned_amount=sum(earned) if earned else None,
        history=[(one.as_of_date, one.amount) for one in own],
    )
