"""The reasons in plain words, and what one can do about each."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from idic.core import formatting
from idic.interact.content.catalogue import say_need

from .parameters import PolicyParameters


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do about a reason: a sentence's verb and the page where it is done."""

    label: str
    url_name: str


def say_reason(code: str, *, parameters: PolicyParameters, language: str) -> str:
    """Say why somebody was left out."""
    if code == "too_many":
        return _say_too_many(parameters)
    if code == "large_order":
        return _say_large_order(parameters, language)
    if code == "content_missing":
        wants = formatting.listed(map(say_need, parameters.asked_of_person), language=language)
        if any(len(group) > 1 for group in parameters.needed):
            return _("We know nothing of what the message speaks of: %(wants)s") % {"wants": wants}
        return _("We do not know what the message needs: %(wants)s") % {"wants": wants}
    return _sentences(parameters.channel).get(code, code)


def _sentences(channel: str) -> dict[str, str]:
    no_address = _("No e-mail address") if channel == "email" else _("No phone number")
    unusable = (
        _("The e-mail address does not work")
        if channel == "email"
        else _("The phone number does not work")
    )
    return {
        "gone": _("Joined with another customer, or not published yet"),
        "demo_person": _("A demo customer, never written to for real"),
        "do_not_contact": _("Asked not to be contacted"),
        "no_address": no_address,
        "address_unusable": unusable,
        "consent_denied": _("Refused advertising"),
        "consent_unknown": _("Was never asked whether we may send advertising"),
        "address_shared": _("Somebody else with the same address gets it, or many share it"),
        "open_case": _("Has a complaint that is still open"),
        "do_not_offer": _("Gets no offers for now"),
        "in_experiment": _("Is in another campaign that is still being measured"),
        "unsubscribed": _("Unsubscribed before it went out"),
        "cancelled": _("The campaign was stopped before it went out"),
        "not_delivered": _("Given up: the person was not told whether it arrived"),
    }


def _say_too_many(parameters: PolicyParameters) -> str:
    messages = ngettext("%(count)d message", "%(count)d messages", parameters.max_messages) % {
        "count": parameters.max_messages
    }
    days = ngettext("%(count)d day", "%(count)d days", parameters.max_messages_days) % {
        "count": parameters.max_messages_days
    }
    return _("Has got %(messages)s within %(days)s already") % {"messages": messages, "days": days}


def _say_large_order(parameters: PolicyParameters, language: str) -> str:
    amount = formatting.amount_short(
        parameters.large_order_amount or 0, currency=parameters.currency, language=language
    )
    days = ngettext("%(count)d day", "%(count)d days", parameters.after_large_order_days) % {
        "count": parameters.after_large_order_days
    }
    return _("Bought for %(amount)s or more in the last %(days)s; writing now would disturb") % {
        "amount": amount,
        "days": days,
    }


def find_remedy(code: str) -> Remedy | None:
    """Give what to do about a reason; None where nothing should be done."""
    imports = Remedy(_("Import contacts"), "identify:import_list")
    policy = Remedy(_("Contact rules"), "interact:policy")
    return {
        "no_address": imports,
        "address_unusable": Remedy(_("Correct the addresses"), ""),
        "consent_unknown": Remedy(_("Ask at the next visit"), ""),
        "address_shared": Remedy(_("See who"), ""),
        "open_case": Remedy(_("Answer first"), ""),
        "in_experiment": Remedy(_("See the campaigns"), "interact:campaign_list"),
        "too_many": policy,
        "large_order": policy,
        "content_missing": Remedy(_("Change the message"), "interact:campaign_message"),
    }.get(code)
