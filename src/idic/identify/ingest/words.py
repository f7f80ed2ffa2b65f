"""Why a call was not stored, in words for the people who look after a website."""

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
    "wrong_encoding": gettext_lazy("The request was packed in a way that could not be undone."),
    "too_slow": gettext_lazy("The request took longer than 15 seconds to arrive."),
    "cut_off": gettext_lazy("The connection ended in the middle of the request."),
}


def say_reason(reason: str) -> str:
    """Say a reason as one sentence."""
    return str(_REASONS.get(reason) or _("It could not be taken."))
