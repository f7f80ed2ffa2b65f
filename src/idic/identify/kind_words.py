"""Says in plain words what the kinds of files are and what came of those that are not orders: for
the pages, the report and the command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from idic.core import formatting
from idic.core.selectors import get_business
from idic.identify.importing.columns import Kind

NAMES: dict[str, str | Promise] = {
    Kind.ORDERS: gettext_lazy("Orders"),
    Kind.CUSTOMERS: gettext_lazy("Customers"),
    Kind.COMPANIES: gettext_lazy("Companies"),
    Kind.CONSENTS: gettext_lazy("Consents"),
    Kind.EVENTS: gettext_lazy("Events"),
    Kind.SENDS: gettext_lazy("Sent messages"),
    Kind.ACCOUNTS: gettext_lazy("Accounts"),
}
READ_AS: dict[str, str | Promise] = {
    Kind.ORDERS: gettext_lazy("Read it as orders"),
    Kind.CUSTOMERS: gettext_lazy("Read it as customers"),
    Kind.COMPANIES: gettext_lazy("Read it as companies"),
    Kind.CONSENTS: gettext_lazy("Read it as consents"),
    Kind.EVENTS: gettext_lazy("Read it as events"),
    Kind.SENDS: gettext_lazy("Read it as sent messages"),
    Kind.ACCOUNTS: gettext_lazy("Read it as accounts"),
}


def say_rows(*, kind: str, counts: Mapping[str, Any]) -> str:
    """Say the one thing to know: what the rows come to. Once their people were matched with each
    other and with everybody known, that counts, and how many are to be looked at.
    """
    said = _say_rows(kind=kind, counts=counts)
    doubles = counts.get("matching", {}).get("doubles", 0)
    if not doubles:
        return said
    asked = ngettext(
        "%(count)s possible double to look at", "%(count)s possible doubles to look at", doubles
    )
    return f"{said}; {_counted(asked, doubles)}"


def _say_rows(*, kind: str, counts: Mapping[str, Any]) -> str:
    people, companies = counts.get("customers", 0), counts.get("companies", 0)
    people -= counts.get("matching", {}).get("fewer", 0)
    told = {
        "rows": _number(counts.get("rows", 0)),
        "people": _number(people - companies),
        "companies": _number(companies),
    }
    if kind == Kind.COMPANIES:
        return _("%(rows)s rows are %(companies)s companies") % told
    if kind == Kind.CONSENTS:
        return _("%(rows)s rows say what %(people)s people agreed to or refused") % told
    if kind == Kind.EVENTS:
        return _("%(rows)s rows tell of %(people)s people") % told
    if kind == Kind.SENDS:
        return _("%(rows)s messages went to %(people)s people") % told
    if kind == Kind.ACCOUNTS:
        told["accounts"] = _number(counts.get("accounts", 0))
        return _("%(rows)s rows tell of %(accounts)s accounts of %(people)s people") % told
    if companies:
        return _("%(rows)s rows are %(people)s people and %(companies)s companies") % told
    return _("%(rows)s rows are %(people)s people") % told


def list_sentences(*, kind: str, counts: Mapping[str, Any]) -> Iterator[str]:
    """Give what else there is to say of a kind of its own, the most telling first."""
    if kind == Kind.CONSENTS:
        yield from _consents(counts)
    if kind in {Kind.EVENTS, Kind.SENDS}:
        yield from _happenings(kind, counts)
    if kind == Kind.CUSTOMERS:
        yield from _contacts(counts)
    if kind == Kind.ACCOUNTS:
        yield from _accounts(counts)


def _consents(counts: Mapping[str, Any]) -> Iterator[str]:
    agreed = sum(n for what, n in counts.get("consents", {}).items() if what.endswith(":granted"))
    if agreed:
        yield _counted(
            ngettext(
                "%(count)s agreement is new in the ledger.",
                "%(count)s agreements are new in the ledger.",
                agreed,
            ),
            agreed,
        )
    if counts["known_words"]:
        yield _counted(
            ngettext(
                "%(count)s word is in the ledger already.",
                "%(count)s words are in the ledger already.",
                counts["known_words"],
            ),
            counts["known_words"],
        )
    if counts["outweighed"]:
        yield _counted(
            ngettext(
                "%(count)s agreement is older than a refusal: the refusal stands.",
                "%(count)s agreements are older than a refusal: the refusals stand.",
                counts["outweighed"],
            ),
            counts["outweighed"],
        )
    if counts["nobody_yet"]:
        yield _counted(
            ngettext(
                "%(count)s address belongs to nobody here: what was said holds once it does.",
                "%(count)s addresses belong to nobody here: what was said holds once they do.",
                counts["nobody_yet"],
            ),
            counts["nobody_yet"],
        )


def _happenings(kind: str, counts: Mapping[str, Any]) -> Iterator[str]:
    if counts["happenings"]:
        told = {
            "count": _number(counts["new_happenings"]),
            "first": _day(counts, "first_at"),
            "last": _day(counts, "last_at"),
        }
        if kind == Kind.SENDS:
            yield _("%(count)s messages are new, from %(first)s to %(last)s.") % told
        else:
            yield _("%(count)s events are new, from %(first)s to %(last)s.") % told
    if kind == Kind.EVENTS and counts["names"]:
        names = [f"{name} ({_number(count)})" for name, count in counts["names"].items()]
        yield _("Most often: %(names)s.") % {
            "names": formatting.listed(names, language=get_language() or "en")
        }
    if counts["nobody_yet"]:
        yield _counted(
            ngettext(
                "%(count)s of them is nobody known here: kept until somebody is found.",
                "%(count)s of them are nobody known here: kept until somebody is found.",
                counts["nobody_yet"],
            ),
            counts["nobody_yet"],
        )


def _accounts(counts: Mapping[str, Any]) -> Iterator[str]:
    if not counts["balances"]:
        return
    language = get_language() or "en"
    told = {
        "amount": " + ".join(
            formatting.amount(minor, currency=currency, language=language)
            for currency, minor in counts["assets"].items()
        ),
        "first": formatting.day(date.fromisoformat(counts["first_at"]), language=language),
        "last": formatting.day(date.fromisoformat(counts["last_at"]), language=language),
    }
    if counts["first_at"] == counts["last_at"]:
        yield _("%(amount)s stood on them on %(last)s.") % told
    else:
        yield (
            _("%(amount)s stood on them last; the balances are from %(first)s to %(last)s.") % told
        )


def _contacts(counts: Mapping[str, Any]) -> Iterator[str]:
    if counts.get("moved_contacts"):
        yield _counted(
            ngettext(
                "%(count)s contact has changed company or position: the earlier one is kept.",
                "%(count)s contacts have changed company or position: the earlier ones are kept.",
                counts["moved_contacts"],
            ),
            counts["moved_contacts"],
        )
    new = counts.get("new_contacts", 0) - counts.get("moved_contacts", 0)
    if new:
        yield _counted(
            ngettext(
                "%(count)s person is a contact of a company.",
                "%(count)s people are contacts of a company.",
                new,
            ),
            new,
        )


def _number(count: int) -> str:
    return formatting.number(count, language=get_language() or "en")


def _counted(words: str, count: int) -> str:
    return words % {"count": _number(count)}


def _day(counts: Mapping[str, Any], name: str) -> str:
    zone = ZoneInfo(counts.get("time_zone") or get_business().time_zone)
    local = datetime.fromisoformat(f"{counts[name]}+00:00").astimezone(zone)
    return formatting.day(local.date(), language=get_language() or "en")
