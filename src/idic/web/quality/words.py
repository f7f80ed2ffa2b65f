"""What each finding of cleaning is in plain words: the sentence with its count, the proposal."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from idic.core.templatetags import ui
from idic.identify.cleaning import Problem

Text = str | Promise

FIELD_WORDS: dict[str, Text] = {
    "name": pgettext_lazy("person", "Name"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "birth_date": _("Birth date"),
    "city": _("City"),
    "province": _("Province or region"),
    "address": _("Address"),
}

# Reason → (the sentence, what is proposed or what to do).
_SAID: dict[Problem, tuple[Text, Text]] = {
    Problem.OLD_PREFIX: (
        ngettext_lazy(
            "%(shown)s phone number still has the old prefix",
            "%(shown)s phone numbers still have the old prefix",
            "count",
        ),
        _("Since 2018, 0120… is 070…: the same number, written the way it can be dialled."),
    ),
    Problem.PHONE_WRITTEN: (
        ngettext_lazy(
            "%(shown)s phone number is written differently",
            "%(shown)s phone numbers are written differently",
            "count",
        ),
        _("Written one way, a number is recognised whoever sends it."),
    ),
    Problem.PHONE_NOTE: (
        ngettext_lazy(
            "%(shown)s phone number has words beside it",
            "%(shown)s phone numbers have words beside them",
            "count",
        ),
        _("The number is taken out; the whole text stays in the history."),
    ),
    Problem.PHONE_SEVERAL: (
        ngettext_lazy(
            "%(shown)s field holds more than one phone number",
            "%(shown)s fields hold more than one phone number",
            "count",
        ),
        _("The first is taken; the whole text stays in the history."),
    ),
    Problem.PHONE_PLACEHOLDER: (
        ngettext_lazy(
            "%(shown)s phone number belongs to nobody",
            "%(shown)s phone numbers belong to nobody",
            "count",
        ),
        _("0000000000 and the like are emptied, so that nobody is taken for somebody else."),
    ),
    Problem.PHONE_MASKED: (
        ngettext_lazy(
            "%(shown)s phone number is masked", "%(shown)s phone numbers are masked", "count"
        ),
        _("Nobody can be called at 09****123: the field is emptied."),
    ),
    Problem.PHONE_RELAY: (
        ngettext_lazy(
            "%(shown)s phone number was lent for one order",
            "%(shown)s phone numbers were lent for one order",
            "count",
        ),
        _("The marketplace gives it to somebody else tomorrow: the field is emptied."),
    ),
    Problem.PHONE_UNREADABLE: (
        ngettext_lazy(
            "%(shown)s phone number cannot be read",
            "%(shown)s phone numbers cannot be read",
            "count",
        ),
        _("Ask for it at the next contact and write it on the customer's page."),
    ),
    Problem.EMAIL_DOMAIN: (
        ngettext_lazy(
            "%(shown)s e-mail address has a slip in its domain",
            "%(shown)s e-mail addresses have a slip in their domain",
            "count",
        ),
        _("gmail.con is gmail.com. Consent for the corrected address is asked anew."),
    ),
    Problem.EMAIL_WRITTEN: (
        ngettext_lazy(
            "%(shown)s e-mail address is written with slips",
            "%(shown)s e-mail addresses are written with slips",
            "count",
        ),
        _("Spaces and commas are taken out. Consent for the corrected address is asked anew."),
    ),
    Problem.EMAIL_ROLE: (
        ngettext_lazy(
            "%(shown)s e-mail address is an office's, not a person's",
            "%(shown)s e-mail addresses are an office's, not a person's",
            "count",
        ),
        _("Several people read info@ and ketoan@. Ask for the person's own address."),
    ),
    Problem.EMAIL_PLACEHOLDER: (
        ngettext_lazy(
            "%(shown)s e-mail address belongs to nobody",
            "%(shown)s e-mail addresses belong to nobody",
            "count",
        ),
        _("noemail@… and the like are emptied."),
    ),
    Problem.EMAIL_UNREADABLE: (
        ngettext_lazy(
            "%(shown)s e-mail address cannot be read",
            "%(shown)s e-mail addresses cannot be read",
            "count",
        ),
        _("Ask for it at the next contact and write it on the customer's page."),
    ),
    Problem.NAME_SALUTATION: (
        ngettext_lazy(
            "%(shown)s name holds a way of address",
            "%(shown)s names hold a way of address",
            "count",
        ),
        _("“Chị Lan” becomes Lan, called chị: messages then greet her so."),
    ),
    Problem.NAME_NOTE: (
        ngettext_lazy(
            "%(shown)s name holds a note or a number",
            "%(shown)s names hold a note or a number",
            "count",
        ),
        _("Messages greet by the name alone; the note is still found by the search."),
    ),
    Problem.NAME_CAPITALS: (
        ngettext_lazy(
            "%(shown)s name is all in capitals or all small",
            "%(shown)s names are all in capitals or all small",
            "count",
        ),
        _("Written as a name is written, so that a message does not shout."),
    ),
    Problem.NAME_ORDER: (
        ngettext_lazy(
            "%(shown)s name stands turned round, with a comma",
            "%(shown)s names stand turned round, with a comma",
            "count",
        ),
        _("“Williams, Candice” becomes Candice Williams."),
    ),
    Problem.NAME_WRITTEN: (
        ngettext_lazy(
            "%(shown)s name has stray signs or spaces",
            "%(shown)s names have stray signs or spaces",
            "count",
        ),
        _("They are taken off."),
    ),
    Problem.NAME_WALK_IN: (
        ngettext_lazy(
            "%(shown)s customer is called “walk-in” or the like",
            "%(shown)s customers are called “walk-in” or the like",
            "count",
        ),
        _("That is nobody's name: the field is emptied."),
    ),
    Problem.PLACE_SPELLING: (
        ngettext_lazy(
            "%(shown)s customer's city is spelled differently",
            "%(shown)s customers' city is spelled differently",
            "count",
        ),
        _("One spelling a city: otherwise a list or segment by city misses people."),
    ),
    Problem.PROVINCE_2025: (
        ngettext_lazy(
            "%(shown)s customer lives in a province renamed in 2025",
            "%(shown)s customers live in a province renamed in 2025",
            "count",
        ),
        _("63 provinces became 34 on 1 July 2025. The old name stays in the history."),
    ),
    Problem.WARD_2025: (
        ngettext_lazy(
            "%(shown)s address has the ward and district of before July 2025",
            "%(shown)s addresses have the ward and district of before July 2025",
            "count",
        ),
        _("Written with the ward of today. The old address stays in the history."),
    ),
    Problem.WARD_DIVIDED: (
        ngettext_lazy(
            "%(shown)s address lies in a ward that was divided in 2025",
            "%(shown)s addresses lie in a ward that was divided in 2025",
            "count",
        ),
        _("Which part it fell to, only the customer can tell. Ask at the next delivery."),
    ),
    Problem.CITY_IN_ADDRESS: (
        ngettext_lazy(
            "%(shown)s customer's city stands only in the address",
            "%(shown)s customers' city stands only in the address",
            "count",
        ),
        _("It is written beside it, so that lists and segments by city find them."),
    ),
    Problem.DAY_PLACEHOLDER: (
        ngettext_lazy(
            "%(shown)s birth date was filled in by a form",
            "%(shown)s birth dates were filled in by a form",
            "count",
        ),
        _("1 January 1900 and the like are emptied."),
    ),
    Problem.DAY_CENTURY: (
        ngettext_lazy(
            "%(shown)s birth date lies in the future",
            "%(shown)s birth dates lie in the future",
            "count",
        ),
        _("62 was read as 2062: it becomes 1962."),
    ),
    Problem.DAY_IMPOSSIBLE: (
        ngettext_lazy(
            "%(shown)s birth date is impossible", "%(shown)s birth dates are impossible", "count"
        ),
        _("Nobody alive was born on that day: the field is emptied."),
    ),
    Problem.DAY_WRITTEN: (
        ngettext_lazy(
            "%(shown)s birth date is written differently",
            "%(shown)s birth dates are written differently",
            "count",
        ),
        _("It can be read in one way only, and is written so."),
    ),
    Problem.DAY_LUNAR: (
        ngettext_lazy(
            "%(shown)s birthday is of the lunar calendar",
            "%(shown)s birthdays are of the lunar calendar",
            "count",
        ),
        _("Kept as a lunar birthday; it is never turned into a solar date."),
    ),
    Problem.DAY_UNREADABLE: (
        ngettext_lazy(
            "%(shown)s birth date cannot be read", "%(shown)s birth dates cannot be read", "count"
        ),
        _("Ask for it at the next contact and write it on the customer's page."),
    ),
}


_KNOWN = {problem.value: said for problem, said in _SAID.items()}
_GAPS: dict[str, Text] = {
    "phone": ngettext_lazy(
        "%(shown)s customer without a phone", "%(shown)s customers without a phone", "count"
    ),
    "email": ngettext_lazy(
        "%(shown)s customer without an e-mail address",
        "%(shown)s customers without an e-mail address",
        "count",
    ),
    "name": ngettext_lazy(
        "%(shown)s customer without a name", "%(shown)s customers without a name", "count"
    ),
    "city": ngettext_lazy(
        "%(shown)s customer without a city", "%(shown)s customers without a city", "count"
    ),
    "birth_date": ngettext_lazy(
        "%(shown)s customer without a birth date",
        "%(shown)s customers without a birth date",
        "count",
    ),
}
_ON_THE_WAY: dict[str, Text] = {
    "old_prefix": ngettext_lazy(
        "%(shown)s phone number with an old prefix was written anew",
        "%(shown)s phone numbers with an old prefix were written anew",
        "count",
    ),
    "placeholder": ngettext_lazy(
        "%(shown)s address that belongs to nobody identifies nobody",
        "%(shown)s addresses that belong to nobody identify nobody",
        "count",
    ),
    "masked": ngettext_lazy(
        "%(shown)s masked number identifies nobody",
        "%(shown)s masked numbers identify nobody",
        "count",
    ),
    "walk_in": ngettext_lazy(
        "%(shown)s row of walk-in customers was set aside",
        "%(shown)s rows of walk-in customers were set aside",
        "count",
    ),
}


def say_finding(*, reason: str, count: int) -> str:
    """Say how many values have a problem."""
    return _counted(_KNOWN[reason][0], count) if is_known(reason=reason) else reason


def say_proposal(*, reason: str) -> str:
    """Say what is proposed, or what to do where nothing can be."""
    return str(_KNOWN[reason][1]) if is_known(reason=reason) else ""


def say_lunar_day(*, value: str) -> str:
    """Say a lunar birthday, kept as month-day."""
    month, _dash, day = value.partition("-")
    if not (month.isdecimal() and day.isdecimal()):
        return value
    said = gettext("day %(day)s of lunar month %(month)s")
    return said % {"day": int(day), "month": int(month)}


def is_known(*, reason: str) -> bool:
    """Tell whether a word of an address is a reason with a page."""
    return reason in _KNOWN


def say_gap(*, field: str, count: int) -> str:
    """Say how many customers a field is missing of."""
    return _counted(_GAPS[field], count)


def say_on_the_way(*, counts: Mapping[str, int]) -> list[str]:
    """Say what was put right or set aside while it came in."""
    return [_counted(text, counts[name]) for name, text in _ON_THE_WAY.items() if counts.get(name)]


def _counted(text: Text, count: int) -> str:
    said: str = text % {"count": count, "shown": ui.number(count)}
    return said
