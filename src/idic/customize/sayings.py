"""Puts decisions and proposals into plain words in the active language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from idic.core.templatetags.ui import day, number
from idic.customize.actions import ActionKind, Candidate, Obstacle
from idic.customize.models import RecommendationKind
from idic.customize.selectors import Proposal


def say_action(kind: ActionKind) -> str:
    """Name an action the way a colleague would."""
    return {
        ActionKind.SOLVE_CASE: _("Solve the open complaint first"),
        ActionKind.CALL: _("Call and ask how they are"),
        ActionKind.SEND_MESSAGE: _("Send a personal message"),
        ActionKind.WELCOME: _("Ask how the first purchase went"),
        ActionKind.ASK_CONSENT: _("Ask at the next visit whether we may write"),
        ActionKind.ASK_CONTACT: _("Ask for a phone number at the next visit"),
        ActionKind.DISCOUNT: _("Offer a discount"),
        ActionKind.WAIT: _("Nothing to do now"),
    }[kind]


def say_why_not(candidate: Candidate) -> str:
    """Say why an action was not chosen."""
    return {
        Obstacle.NONE: "",
        Obstacle.OPEN_CASE: _("A complaint is open: no offers until it is solved"),
        Obstacle.DO_NOT_CONTACT: _("Asked not to be contacted"),
        Obstacle.NO_PHONE: _("We have no phone number"),
        Obstacle.NO_EMAIL: _("We have no e-mail address"),
        Obstacle.EMAIL_DENIED: _("Refused mail from us"),
        Obstacle.EMAIL_UNKNOWN: _("Never said that we may write"),
        Obstacle.RECENT_CONTACT: _("We were in touch within the last week"),
        Obstacle.NOT_OVERDUE: _("Not overdue: still within the usual time between purchases"),
        Obstacle.NOTHING_TO_SHOW: _("We know too little to propose something fitting"),
        Obstacle.NOT_NEW: _("Not a new customer"),
        Obstacle.KNOWN: _("Known already"),
        Obstacle.BUYS_ANYWAY: _("Buys at the full price: a discount would only cost"),
        Obstacle.NO_OFFER: _("No offer is running that this tier may have"),
        Obstacle.UNPROVEN: _("No control group has shown that a discount brings people back"),
        Obstacle.SECOND_CHOICE: _("Possible, but less personal"),
    }[candidate.obstacle]


def say_proposal(proposal: Proposal) -> str:
    """Say what a proposal rests on."""
    if proposal.kind == RecommendationKind.BUY_AGAIN:
        return _say_again(proposal)
    if proposal.kind == RecommendationKind.DISCOVER and proposal.because:
        return _("goes with “%(product)s”: %(count)s customers bought both") % {
            "product": proposal.because,
            "count": number(proposal.support),
        }
    return ngettext(
        "popular here: %(count)s customer bought it",
        "popular here: %(count)s customers bought it",
        proposal.support,
    ) % {"count": number(proposal.support)}


def _say_again(proposal: Proposal) -> str:
    bought = ngettext(
        "bought %(count)s time, last on %(day)s",
        "bought %(count)s times, last on %(day)s",
        proposal.times_bought,
    ) % {"count": number(proposal.times_bought), "day": day(proposal.last_bought_date)}
    if not proposal.usual_gap_days or proposal.times_bought < 3:
        return bought
    rhythm = ngettext(
        "usually every %(count)s day", "usually every %(count)s days", proposal.usual_gap_days
    ) % {"count": number(proposal.usual_gap_days)}
    return _("%(bought)s; %(rhythm)s") % {"bought": bought, "rhythm": rhythm}
