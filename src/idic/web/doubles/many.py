"""Many possible doubles accepted at once: how sure to be, the sample that is looked at first, what
it says of all of them. What somebody has chosen so far stands in their session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from idic.core.templatetags import ui
from idic.engine.matching.auditing import Audit
from idic.identify.models import MatchAct
from idic.identify.services import matching
from idic.identify.services.matching.accepting import (
    LEAST_LOOKED_AT,
    LEAST_PRECISION,
    list_above,
)

THRESHOLDS = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
SIZE = LEAST_LOOKED_AT
_ACTS = 5


@dataclass(frozen=True)
class Choice:
    """One way to be sure: from a probability on, so many pairs."""

    threshold: float
    of_hundred: int
    count: int


@dataclass
class Sample:
    """The pairs to look at and what was said of them so far."""

    threshold: float
    ids: list[int]
    verdicts: dict[int, str] = field(default_factory=dict)
    is_demo: bool = False

    @property
    def next_id(self) -> int | None:
        """The pair to look at now; None: all were."""
        return next((number for number in self.ids if number not in self.verdicts), None)

    def to_session(self) -> dict[str, Any]:
        """Give it as it is kept."""
        said = [[str(number), verdict] for number, verdict in self.verdicts.items()]
        ids = [str(number) for number in self.ids]
        return {
            "threshold": self.threshold,
            "ids": ids,
            "verdicts": said,
            "is_demo": self.is_demo,
        }

    @classmethod
    def from_session(cls, held: Mapping[str, Any] | None) -> Sample | None:
        """Read it as it was kept."""
        if not held:
            return None
        verdicts = {int(number): str(verdict) for number, verdict in held["verdicts"]}
        ids = [int(number) for number in held["ids"]]
        return cls(float(held["threshold"]), ids, verdicts, bool(held["is_demo"]))


@dataclass(frozen=True)
class Judged:
    """What the sample says of all."""

    audit: Audit
    is_good: bool

    @property
    def wrong_seen(self) -> int:
        """How many of those looked at are two people."""
        return self.audit.looked_at - self.audit.right

    @property
    def title(self) -> str:
        """What it comes to."""
        if not self.is_good:
            return _("Too many of them are two people")
        told = {"wrong": ui.number(self.audit.wrong), "shown": ui.number(self.audit.pair_count)}
        if not self.audit.wrong:
            return _("None of %(shown)s is expected to be wrong") % told
        return _("About %(wrong)s of %(shown)s would be wrong") % told

    @property
    def says(self) -> str:
        """What was seen, and how far it may be off."""
        seen = {"seen": ui.number(self.audit.looked_at), "right": ui.number(self.audit.right)}
        said = [_("Of the %(seen)s you looked at, %(right)s are one person.") % seen]
        if self.audit.pair_count > self.audit.looked_at:
            most = {"most": ui.number(self.audit.wrong_high)}
            said.append(_("By chance it may be up to %(most)s; hardly ever more.") % most)
        else:
            said.append(_("That were all of them."))
        if self.wrong_seen:
            words = ngettext(
                "The %(shown)s you found to be two people stays two.",
                "The %(shown)s you found to be two people stay two.",
                self.wrong_seen,
            )
            said.append(words % {"shown": ui.number(self.wrong_seen)})
        if not self.is_good:
            said.append(_("Choose to be surer, or go on one by one."))
        # Chinese sets no space between sentences.
        return ("" if (get_language() or "").startswith("zh") else " ").join(said)

    @property
    def to_join(self) -> int:
        """How many are joined: those found to be two people are not."""
        return self.audit.pair_count - self.wrong_seen


def list_choices(*, is_demo: bool) -> list[Choice]:
    """Give how sure one can be and how many pairs that is; one query."""
    counts = (
        list_above(threshold=min(THRESHOLDS), is_demo=is_demo)
        .order_by()
        .aggregate(
            **{
                f"from_{place}": Count("id", filter=Q(probability__gte=threshold))
                for place, threshold in enumerate(THRESHOLDS)
            }
        )
    )
    found: list[Choice] = []
    for place, threshold in enumerate(THRESHOLDS):
        count = counts[f"from_{place}"]
        if count and (not found or count > found[-1].count):
            found.append(Choice(threshold, round(100 * threshold), count))
    return found


def draw(*, threshold: float, seed: int, is_demo: bool) -> Sample:
    """Draw the pairs to look at."""
    ids = matching.draw_sample(threshold=threshold, n=SIZE, seed=seed, is_demo=is_demo)
    return Sample(threshold, ids, is_demo=is_demo)


def judge(*, sample: Sample) -> Judged:
    """Say what was found in the sample, and of all."""
    audit = matching.judge_sample(
        threshold=sample.threshold, verdicts=sample.verdicts, is_demo=sample.is_demo
    )
    return Judged(audit, bool(audit.looked_at) and audit.precision >= LEAST_PRECISION)


def list_acts() -> list[MatchAct]:
    """Give the latest acceptances."""
    return list(MatchAct.objects.order_by("-id")[:_ACTS])
