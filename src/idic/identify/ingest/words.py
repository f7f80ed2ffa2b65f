"""Why a call was not stored, in words for the people who look after a website or a shop system."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_REASONS: dict[str, str | Promise] = {
    "too_large": gettext_lazy("It is larger than 32 KB, or its request than 500 KB."),
    "too_deep": gettext_lazy("Its values are nested too deeply."),
    "unreadable": gettext_lazy("It is not readable as JSON."),
    "invalid_json": gettext_lazy("The request was not readable as JSON."),
    "no_object": gettext_lazy("It is no JSON object."),
    "no_type": gettext_lazy(
        "It names no type we know (identify, track, page, screen, group, alias)."
    ),
    "no_person": gettext_lazy("It says neither userId nor anonymousId, or only “null”."),
    "wrong_id": gettext_lazy("One of its ids is too long or not a text."),
    "no_event_name": gettext_lazy("It does not say what happened: “event” is missing."),
    "no_group": gettext_lazy("It does not say which company: “groupId” is missing."),
    "future": gettext_lazy("Its time lies in the future: the clock of the sender is wrong."),
    "long_past": gettext_lazy(
        "Its time lies before the year 2000: the clock of the sender is wrong."
    ),
    "failed": gettext_lazy(
        "IDIC could not work with it. Nothing is lost; try it again after the next update."
    ),
    "no_source": gettext_lazy("Its source is gone."),
    "invalid_write_key": gettext_lazy("The write key was wrong or revoked."),
    "no_write_key": gettext_lazy("No write key was sent."),
    "wrong_signature": gettext_lazy(
        "It was not signed with the secret entered here: enter the same one on both sides."
    ),
    "no_such_hook": gettext_lazy("It was sent to an address that is none of ours."),
    "no_secret": gettext_lazy("No secret is entered here yet, so that nothing can be checked."),
    "no_signature": gettext_lazy(
        "It was not signed at all: the secret is missing on the other side."
    ),
    "stale": gettext_lazy("It was signed more than five minutes before it came, or sent again."),
    "hook_off": gettext_lazy("Its address is closed."),
    "unused_topic": gettext_lazy("It tells of something IDIC keeps nothing of."),
    "wrong_encoding": gettext_lazy("The request was packed in a way that could not be undone."),
    "too_slow": gettext_lazy("The request took longer than 15 seconds to arrive."),
    "cut_off": gettext_lazy("The connection ended in the middle of the request."),
}


_PROBLEMS: dict[str, str | Promise] = {
    "wrong_credentials": gettext_lazy(
        "KiotViet does not know the client ID or the secret code. Enter them again."
    ),
    "wrong_shop": gettext_lazy(
        "KiotViet does not let this client ID see the shop. Is its name as in the address of the "
        "shop?"
    ),
    "unreachable": gettext_lazy("KiotViet cannot be reached now."),
    "too_often": gettext_lazy("KiotViet wants to be asked less often."),
    "unexpected": gettext_lazy("KiotViet answered something unexpected."),
    "no_room": gettext_lazy("There was no room here for more; what came before is loaded first."),
    "no_secret": gettext_lazy("The secret code is not here any more. Enter it again."),
}


def say_problem(problem: str) -> str:
    """Say what went wrong when a shop system was asked."""
    return str(_PROBLEMS.get(problem) or _("It could not be fetched."))


def say_reason(reason: str) -> str:
    """Say a reason as one sentence."""
    return str(_REASONS.get(reason) or _("It could not be taken."))
