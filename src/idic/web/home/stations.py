"""The five stations of the loop in words: how each is, what this week changed, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import Promise as Lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from idic.core.access import may
from idic.core.models import Staff
from idic.core.templatetags.ui import day_short, number, percent
from idic.differentiate.known import first_bought_within
from idic.web.home.effects import Worth, add_up
from idic.web.home.reading import MOST_COUNTED, Knowledge
from idic.web.listing.query import rule_parameter
from idic.web.menu import find_address

# A shop links fewer of its orders than a web shop: who pays cash and goes stays unknown.
LINKED_WELL, LINKED_BADLY = 0.7, 0.4
NEED_WELL = 0.6


class Need(IntEnum):
    """How badly a station needs a hand, the worst first."""

    STUCK = 0
    EMPTY = 1
    OPEN = 2
    FINE = 3


_WORDS: dict[Need, str | Lazy] = {
    Need.STUCK: gettext_lazy("Held up"),
    Need.EMPTY: gettext_lazy("Not begun"),
    Need.OPEN: gettext_lazy("Could be better"),
    Need.FINE: gettext_lazy("Good"),
}
_TONES = {Need.STUCK: "warn", Need.EMPTY: "info", Need.OPEN: "info", Need.FINE: "good"}


@dataclass(frozen=True, slots=True)
class Act:
    """What to do next, and where."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Station:
    """One station as the rail shows it. `is_now`: this is where the loop needs a hand first."""

    number: int
    name: str
    need: Need
    sentence: SafeString
    act: Act
    worth: Worth | None = None
    without: str = ""  # why there is no amount
    is_now: bool = False

    @property
    def tone(self) -> str:
        """The colour of its state; it never stands alone."""
        return "warn" if self.is_now else _TONES[self.need]

    @property
    def word(self) -> str:
        """Its state in a word."""
        return str(_WORDS[self.need])


def list_stations(known: Knowledge, *, staff: Staff) -> list[Station]:
    """Give the stations in the model's order; the one that needs a hand most is marked."""
    stations = [
        _identify(known, staff),
        _differentiate(known),
        _interact(known, staff),
        _customize(known, staff),
        _measure(known, staff),
    ]
    first = min(stations, key=lambda station: (station.need, station.number))
    if first.need is Need.FINE:
        return stations
    return [replace(one, is_now=one is first) for one in stations]


def say_together(*sentences: str) -> SafeString:
    """Join sentences as the language does: Chinese sets no space between them."""
    gap = "" if (get_language() or "").startswith("zh") else " "
    shown = [sentence for sentence in sentences if sentence]
    joined = format_html("{}", shown[0]) if shown else SafeString("")
    for sentence in shown[1:]:
        joined = format_html("{}{}{}", joined, gap, sentence)
    return joined


def _identify(known: Knowledge, staff: Staff) -> Station:
    rate = known.linked_rate
    if rate is None:
        act = _allowed(staff, "imports.run", _("Bring in a file"), "identify:import_new")
        act = act or Act(_("See the sources"), find_address("identify:source_list"))
        said = format_html("{}", _("No orders have come in yet."))
        return Station(1, _("Identify"), Need.EMPTY, said, act, without=_not_alone())
    need = Need.FINE if rate >= LINKED_WELL else Need.OPEN if rate >= LINKED_BADLY else Need.STUCK
    share = format_html(_("Buyer known for <b>{share}</b> of orders."), share=percent(rate))
    newcomers = known.week.get("first_buyers", 0)
    act = Act(_("See which source lost them"), find_address("identify:source_list"))
    if need is Need.FINE and newcomers:
        rule = urlencode({"rule": rule_parameter(first_bought_within(7))})
        act = Act(_("See the newcomers"), f"{find_address('web:customer_list')}?{rule}")
    if known.doubles and need is not Need.STUCK:
        act = Act(_say_doubles(known.doubles), find_address("web:doubles"))
    said = say_together(share, _say_newcomers(newcomers))
    return Station(1, _("Identify"), need, said, act, without=_not_alone())


def _say_doubles(count: int) -> str:
    words = ngettext(
        "Look at %(count)s possible double", "Look at %(count)s possible doubles", count
    )
    return words % {"count": number(count)}


def _say_newcomers(count: int) -> str:
    if not count:
        return _("No first purchase in 7 days.")
    return ngettext(
        "%(count)s new customer in 7 days.",
        "%(count)s new customers in 7 days.",
        count,
    ) % {"count": number(count)}


def _differentiate(known: Knowledge) -> Station:
    rate = known.need_rate
    matrix = find_address("differentiate:matrix")
    see = Act(_("See value × needs"), matrix)
    if rate is None:
        said = format_html("{}", _("Ranks and needs come by themselves with the first orders."))
        return Station(2, _("Differentiate"), Need.EMPTY, said, see, without=_not_alone())
    share = format_html(
        _("Need clear for <b>{known} of {buyers}</b> buyers."),
        known=number(known.with_need),
        buyers=number(known.buyers),
    )
    late = int((known.figures.get("late") or {}).get("count") or 0)
    if late:
        label = ngettext(
            "Win back %(count)s who slips away", "Win back %(count)s who slip away", late
        ) % {"count": number(late)}
        see = Act(label, f"{matrix}?tier=at_risk")
    need = Need.FINE if rate >= NEED_WELL else Need.OPEN
    said = say_together(share, _say_moves(known.week))
    return Station(2, _("Differentiate"), need, said, see, without=_not_alone())


def _say_moves(week: dict[str, Any]) -> str:
    """Say who rose and fell; on the first day nobody can have."""
    since, up, down = week.get("moves_since"), week.get("moved_up", 0), week.get("moved_down", 0)
    if not since:
        return ""
    values = {"day": day_short(date.fromisoformat(since)), "up": number(up), "down": number(down)}
    if not up and not down:
        return _("Nobody changed rank since %(day)s.") % values
    return _("Since %(day)s: %(up)s up a rank, %(down)s down.") % values


def _interact(known: Knowledge, staff: Staff) -> Station:
    plan = _allowed(staff, "campaigns.edit", _("Plan a campaign"), "interact:campaign_create")
    act = plan or Act(_("See the campaigns"), find_address("interact:campaign_list"))
    worth = add_up(launch for launch in known.launches if not launch.is_personal)
    said, need = say_together(_say_messages(known)), Need.FINE
    if known.late_cases:
        label = ngettext("Answer %(count)s", "Answer %(count)s", known.late_cases)
        act = Act(label % {"count": number(known.late_cases)}, find_address("web:today"))
        said, need = say_together(_say_late(known.late_cases), _say_messages(known)), Need.STUCK
    elif not known.launches and not known.messages:
        need = Need.EMPTY
    elif not known.messages:
        need = Need.OPEN
    return Station(3, _("Interact"), need, said, act, worth, _no_answer())


def _say_late(count: int) -> SafeString:
    sentence = ngettext(
        "<b>{count} complaint</b> or request waits beyond its day.",
        "<b>{count} complaints</b> or requests wait beyond their day.",
        count,
    )
    return format_html(sentence, count=number(count))


def _say_messages(known: Knowledge) -> SafeString:
    if not known.messages:
        return format_html("{}", _("No message in 7 days."))
    if known.messages > MOST_COUNTED:
        sent = _("<b>More than {count} messages</b> in 7 days.")
        sent = format_html(sent, count=number(MOST_COUNTED))
    else:
        sent = ngettext(
            "<b>{count} message</b> in 7 days.",
            "<b>{count} messages</b> in 7 days.",
            known.messages,
        )
        sent = format_html(sent, count=number(known.messages))
    return say_together(sent, _say_answers(known.answers))


def _say_answers(count: int) -> str:
    if not count:
        return _("Nobody clicked or wrote back yet.")
    return ngettext(
        "One click or reply came back.", "%(count)s clicks or replies came back.", count
    ) % {"count": number(count)}


def _customize(known: Knowledge, staff: Staff) -> Station:
    write = _allowed(staff, "offers.edit", _("Write an offer"), "customize:offer_create")
    see = Act(_("See the offers"), find_address("customize:offer_list"))
    worth = add_up(launch for launch in known.launches if launch.is_personal)
    offers = _say_offers(known.offers)
    is_begun = bool(known.offers or worth or known.personal_messages)
    need = Need.FINE if known.offers else Need.OPEN if is_begun else Need.EMPTY
    if worth and not (worth.money.is_proven and worth.money.low > 0):
        need = Need.OPEN
    said = say_together(offers, _say_taken(worth), _say_personal(known))
    act = see if known.offers else write or see
    return Station(4, _("Customize"), need, said, act, worth, _no_answer())


def _say_offers(count: int) -> SafeString:
    if not count:
        return format_html("{}", _("No offer is open."))
    sentence = ngettext("<b>{count} offer</b> is open.", "<b>{count} offers</b> are open.", count)
    return format_html(sentence, count=number(count))


def _say_taken(worth: Worth | None) -> str:
    if not worth:
        return ""
    return _("Of %(people)s with an offer or goods picked for them %(bought)s bought.") % {
        "bought": number(worth.bought),
        "people": number(worth.people),
    }


def _say_personal(known: Knowledge) -> str:
    if not known.messages or known.messages > MOST_COUNTED:
        return ""
    rate = known.personal_messages / known.messages
    return _("%(share)s of the messages in 7 days were made for the person.") % {
        "share": percent(rate)
    }


def _measure(known: Knowledge, staff: Staff) -> Station:
    launches = known.launches
    see = Act(_("See what each brought"), find_address("measure:effect_list"))
    worth = add_up(launches)
    if not launches:
        plan = _allowed(
            staff, "campaigns.edit", _("Plan the first one to measure"), "interact:campaign_create"
        )
        said = format_html("{}", _("No campaign has gone out in the last 12 months."))
        return Station(5, _("Measure"), Need.EMPTY, said, plan or see, None, _no_answer())
    controlled = sum(launch.has_control for launch in launches)
    unreadable = sum(launch.is_unreadable and launch.has_control for launch in launches)
    share = format_html(
        _("<b>{controlled} of {all}</b> campaigns had a control group."),
        controlled=number(controlled),
        all=number(len(launches)),
    )
    said = say_together(share, _say_fresh(known), _say_unreadable(unreadable))
    need = Need.STUCK if controlled < len(launches) else Need.OPEN if unreadable else Need.FINE
    return Station(5, _("Measure"), need, said, see, worth, _no_answer())


def _say_fresh(known: Knowledge) -> str:
    since = known.now - timedelta(days=7)
    finals = [launch.line.result for launch in known.launches if launch.is_final]
    fresh = sum(since < result.window_to <= known.now for result in finals if result)
    waiting = sum(not launch.is_final and not launch.is_unreadable for launch in known.launches)
    if fresh:
        return ngettext(
            "One answer in 7 days.",
            "%(count)s answers in 7 days.",
            fresh,
        ) % {"count": number(fresh)}
    if waiting:
        return ngettext("One still counts.", "%(count)s still count.", waiting) % {
            "count": number(waiting)
        }
    return _("No new answer in 7 days.")


def _say_unreadable(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "One cannot be read: its two groups are not of the sizes chance would make.",
        "%(count)s cannot be read: their two groups are not of the sizes chance would make.",
        count,
    ) % {"count": number(count)}


def _allowed(staff: Staff, right: str, label: str, url_name: str) -> Act | None:
    return Act(label, find_address(url_name)) if may(staff, right) else None


def _not_alone() -> str:
    return pgettext("effect of a station", "counted in 3 to 5")


def _no_answer() -> str:
    return pgettext("effect of a station", "no answer yet")


def find_worths(stations: Sequence[Station]) -> list[Worth]:
    """Give what stations brought, of those that have an answer."""
    return [station.worth for station in stations if station.worth]
