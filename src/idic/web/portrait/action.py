"""The next best action in words: what to do, why, and why not the other things."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from idic.core.models import Business
from idic.core.templatetags import ui
from idic.customize.actions import ActionKind, Candidate, NextBestAction
from idic.customize.sayings import say_action, say_why_not
from idic.differentiate.models import CustomerSummary
from idic.identify.models import Customer, StateKind
from idic.web.people import shown_phone
from idic.web.selectors.customer import Facts, OpenPromise

_CALLS = (ActionKind.CALL, ActionKind.SOLVE_CASE, ActionKind.WELCOME)


@dataclass(frozen=True)
class Alternative:
    """Another thing one could do, and why it is not the one."""

    name: str
    why_not: str
    amount: str
    is_chosen: bool = False


@dataclass(frozen=True)
class Action:
    """What to do next. `href` is the button's, `icon` its picture."""

    say: str
    why: list[str]
    alternatives: list[Alternative]
    href: str
    icon: str
    button: str


def draw_action(
    action: NextBestAction | None,
    customer: Customer,
    summary: CustomerSummary | None,
    facts: Facts,
    business: Business,
    as_of: date,
) -> Action | None:
    """Say what to do next; None when nothing is known yet."""
    if action is None or summary is None:
        return None
    kind = action.chosen.kind
    # What was promised comes before whatever would pay best.
    is_promised = any(p.due is not None and p.due <= as_of for p in facts.promises)
    if is_promised and StateKind.DO_NOT_CONTACT not in facts.states:
        kind = ActionKind.CALL
    href, icon, button = _button(kind, customer, business.country)
    others = [*(_alternative(c, business) for c in action.alternatives)]
    chosen = Alternative(
        say_action(action.chosen.kind),
        _("The one chosen"),
        _stake(action.chosen, business),
        is_chosen=True,
    )
    return Action(
        say=_("Keep what was promised") if is_promised else say_action(kind),
        why=_why(summary, facts, business, as_of),
        alternatives=[*others, chosen] if others else [],
        href=href,
        icon=icon,
        button=button,
    )


def _button(kind: ActionKind, customer: Customer, country: str) -> tuple[str, str, str]:
    if kind in _CALLS and customer.phone:
        phone = shown_phone(customer.phone, country=country)
        return f"tel:{customer.phone}", "phone", _("Call %(phone)s") % {"phone": phone}
    if kind in (ActionKind.SEND_MESSAGE, ActionKind.WELCOME) and customer.email:
        return f"mailto:{customer.email}", "mail", _("Write an e-mail")
    return "", "", ""


def _alternative(candidate: Candidate, business: Business) -> Alternative:
    return Alternative(
        say_action(candidate.kind), say_why_not(candidate), _stake(candidate, business)
    )


def _stake(candidate: Candidate, business: Business) -> str:
    return ui.money_short(candidate.amount, business.currency) if candidate.amount else "–"


def _why(summary: CustomerSummary, facts: Facts, business: Business, as_of: date) -> list[str]:
    """Give the facts the decision rests on, promises first."""
    why = [_say_promise(promise, as_of) for promise in facts.promises[:2]]
    if StateKind.OPEN_CASE in facts.states:
        why.append(_("A complaint is open: no offers until it is solved."))
    if summary.is_overdue and summary.last_order_date and summary.usual_gap_days:
        silent = (as_of - summary.last_order_date).days
        gap = round(summary.usual_gap_days)
        why.append(
            ngettext(
                "Silent for %(silent)s days; usually comes every %(gap)s day.",
                "Silent for %(silent)s days; usually comes every %(gap)s days.",
                gap,
            )
            % {"silent": ui.number(silent), "gap": ui.number(gap)}
        )
    if summary.expected_amount:
        amount = ui.money_short(summary.expected_amount, business.currency)
        why.append(_("Expected to bring %(amount)s in the next 12 months.") % {"amount": amount})
    if not summary.is_overdue and summary.last_order_date:
        ago = ui.days_ago(summary.last_order_date, as_of)
        why.append(_("Bought last %(ago)s: within the usual time.") % {"ago": ago})
    return why


def _say_promise(promise: OpenPromise, as_of: date) -> str:
    if promise.due is None:
        return _("Promised: %(text)s") % {"text": promise.text}
    if promise.due < as_of:
        return _("Promised and late since %(day)s: %(text)s") % {
            "day": ui.day_short(promise.due),
            "text": promise.text,
        }
    return _("Promised until %(day)s: %(text)s") % {
        "day": ui.day_short(promise.due),
        "text": promise.text,
    }
