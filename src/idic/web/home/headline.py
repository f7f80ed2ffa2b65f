"""The sentence Home opens with: what is proven, or that nothing is and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from idic.core.templatetags.ui import day, money_ends, money_short, number
from idic.web.home.effects import Range, Worth, add_up
from idic.web.home.reading import Knowledge


@dataclass(frozen=True, slots=True)
class Headline:
    """What stands on top, and the sentence below it."""

    title: str
    lead: str


def say_headline(known: Knowledge) -> Headline:
    """Say what looking after people brought in the last twelve months, and how sure that is."""
    worth = add_up(known.launches)
    if worth is None:
        return _without_answer(known)
    if worth.money.is_proven:
        return _in_money(worth, known.currency)
    if worth.buyers.low > 0:
        return _in_buyers(worth, known.currency)
    return _unproven(worth, known.currency)


def _in_money(worth: Worth, currency: str) -> Headline:
    values = {"amount": money_short(abs(round(worth.money.value)), currency)}
    if worth.money.value >= 0:
        title = _("Looking after the right people brought about %(amount)s more in sales")
        ends = _ends(worth.money, currency)
    else:
        title = _("Campaigns cost about %(amount)s in sales: change or stop them")
        ends = _ends(Range(-worth.money.value, -worth.money.high, -worth.money.low), currency)
    lead = _(
        "Very likely between %(low)s and %(high)s, against the people who got nothing on purpose."
    )
    return Headline(title % values, lead % ends)


def _in_buyers(worth: Worth, currency: str) -> Headline:
    count = round(worth.buyers.value)
    title = ngettext(
        "Looking after the right people made about %(count)s more person buy",
        "Looking after the right people made about %(count)s more people buy",
        count,
    ) % {"count": number(count)}
    lead = _("Very likely %(few)s to %(many)s. In sales not proven yet: %(low)s to %(high)s.") % {
        "few": number(round(worth.buyers.low)),
        "many": number(round(worth.buyers.high)),
        **_ends(worth.money, currency),
    }
    return Headline(title, lead)


def _unproven(worth: Worth, currency: str) -> Headline:
    lead = _(
        "So far %(low)s to %(high)s. More people in the next campaign, and more of them held "
        "back, would make it sure."
    ) % _ends(worth.money, currency)
    return Headline(_("No effect is proven yet"), lead)


def _without_answer(known: Knowledge) -> Headline:
    title = _("No effect is proven yet")
    counting = [
        launch.line.result.window_to
        for launch in known.launches
        if launch.line.result
        and launch.has_control
        and not launch.line.result.is_final
        and launch.line.result.window_to > known.now
    ]
    if counting:
        lead = _("The first answer comes on %(day)s. Until then nobody reads anything into it.")
        return Headline(title, lead % {"day": day(min(counting))})
    if not known.launches:
        lead = _(
            "No campaign has gone out in the last 12 months. Send one: one person in ten is held "
            "back on purpose, and what the others buy more is what it brought."
        )
    elif not any(launch.has_control for launch in known.launches):
        lead = _(
            "Nobody was held back, so there is nothing to compare with. Keep the control group on "
            "in the next campaign."
        )
    else:
        lead = _("No campaign can be read yet. See at Measure what each is missing.")
    return Headline(title, lead)


def _ends(found: Range, currency: str) -> dict[str, str]:
    return money_ends(found.low, found.high, currency)
