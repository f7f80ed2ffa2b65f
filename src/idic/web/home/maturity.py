"""How far the business has come, computed from what it does: four shares and their mean."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from idic.core.templatetags.ui import number, percent
from idic.differentiate.known import INCOMPLETE, WITHOUT_NEED
from idic.differentiate.segments import Tree
from idic.web.home.reading import Knowledge
from idic.web.home.stations import Act
from idic.web.listing.query import rule_parameter
from idic.web.menu import find_address


@dataclass(frozen=True, slots=True)
class Part:
    """One share: what it is of, and the rows behind what is missing."""

    rate: float | None
    said: str
    missing: str
    gain: str  # where the most is to be had, as the end of a sentence
    act: Act

    @property
    def shown(self) -> str:
        """The share, or that there is none yet."""
        return "–" if self.rate is None else percent(self.rate)


@dataclass(frozen=True, slots=True)
class Maturity:
    """The score out of 100, its parts, and where the most is to be gained."""

    parts: list[Part]

    @property
    def score(self) -> int:
        """The mean of the shares; what has not begun counts as nothing."""
        return round(100 * sum(part.rate or 0.0 for part in self.parts) / len(self.parts))

    @property
    def title(self) -> str:
        """The finding."""
        weakest = min(self.parts, key=lambda part: part.rate or 0.0)
        return _("%(score)s of 100: most is to be gained from %(gain)s") % {
            "score": number(self.score),
            "gain": weakest.gain,
        }


def find_maturity(known: Knowledge) -> Maturity:
    """Compute the score. How often people are asked the same twice counts once anybody was."""
    asked = [_of_questions(known)] if known.asked else []
    return Maturity([*_of_customers(known), _of_campaigns(known), *asked])


def _of_customers(known: Knowledge) -> list[Part]:
    """Give the shares that are of orders and of people: who buys, how to reach them, what for."""
    unlinked = int(known.figures.get("unlinked_orders") or 0)
    incomplete = int(known.figures.get("incomplete") or 0)
    unclear = known.buyers - known.with_need
    return [
        Part(
            rate=known.linked_rate,
            said=_("of orders have a known buyer"),
            missing=_("%(count)s orders name nobody") % {"count": number(unlinked)},
            gain=_("knowing who buys"),
            act=Act(_("See the sources"), find_address("identify:source_list")),
        ),
        Part(
            rate=known.known_rate,
            said=_("of customers have name, town and a way to reach them"),
            missing=_("%(count)s lack one of them") % {"count": number(incomplete)},
            gain=_("filling in names, towns and ways to reach people"),
            act=_see_who(INCOMPLETE),
        ),
        Part(
            rate=known.need_rate,
            said=_("of buyers have a clear need"),
            missing=_("of %(count)s it is not clear") % {"count": number(unclear)},
            gain=_("finding out what people need"),
            act=_see_who(WITHOUT_NEED),
        ),
    ]


def _of_questions(known: Knowledge) -> Part:
    missing = _("nobody was asked what was known")
    if known.asked_twice:
        missing = _("%(count)s were asked although the answer was known") % {
            "count": number(known.asked_twice)
        }
    return Part(
        rate=known.fresh_rate,
        said=_("of questions in 12 months were asked once only"),
        missing=missing,
        gain=_("asking nobody the same thing twice"),
        act=Act(_("See the questions"), find_address("identify:question_list")),
    )


def _of_campaigns(known: Knowledge) -> Part:
    without = sum(not launch.has_control for launch in known.launches)
    missing = _("none went out without one")
    if without:
        missing = _("%(count)s had none") % {"count": number(without)}
    elif not known.launches:
        missing = _("none has gone out")
    return Part(
        rate=known.control_rate,
        said=_("of campaigns in 12 months had a control group"),
        missing=missing,
        gain=_("measuring campaigns against a control group"),
        act=Act(_("See the campaigns"), find_address("interact:campaign_list")),
    )


def _see_who(tree: Tree) -> Act:
    query = urlencode({"rule": rule_parameter(tree)})
    return Act(_("See who"), f"{find_address('web:customer_list')}?{query}")
