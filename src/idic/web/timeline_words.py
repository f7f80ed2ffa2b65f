"""What happened, in words: each line of the timeline as an icon, a sentence and a quiet line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from idic.core import formatting
from idic.core.templatetags import ui
from idic.differentiate.models import Tier
from idic.identify.services.notes import CallOutcome
from idic.interact.models import MessageState
from idic.web.selectors.timeline import Happening

GROUP_WORDS: dict[str, str | Promise] = {
    "purchases": gettext_lazy("Purchases"),
    "talks": gettext_lazy("Contacts"),
    "notes": gettext_lazy("Notes"),
    "cases": gettext_lazy("Complaints"),
    "visits": gettext_lazy("Visits"),
    "profile": gettext_lazy("Profile"),
}
_GOODS_SHOWN = 3
_NAMES_OF_THINGS = ("name", "title", "product", "query", "text", "url")


@dataclass(frozen=True)
class Said:
    """What a happening says."""

    icon: str
    text: str
    sub: str = ""
    end: str = ""
    tone: str = ""
    state: str = ""


@dataclass(frozen=True)
class Drawn:
    """One line of the drawn timeline; the first of a month carries its name."""

    said: Said
    at: datetime
    when: str
    month: str


def draw_timeline(happenings: list[Happening], *, language: str) -> list[Drawn]:
    """Say every happening, newest first, with the month where a new one begins."""
    drawn = []
    last = ""
    for happening in happenings:
        local = timezone.localtime(happening.at)
        month = formatting.month(local, language=language)
        day = formatting.day_short(local, language=language)
        when = f"{day} {local:%H:%M}" if _has_hour(happening, local) else day
        said = _WORDS[happening.what](happening)
        drawn.append(Drawn(said, happening.at, when, "" if month == last else month))
        last = month
    return drawn


def _has_hour(happening: Happening, local: datetime) -> bool:
    """Tell whether the hour says anything: orders of a file with days alone stand at midnight."""
    is_day = happening.what == "order" and (local.hour, local.minute, local.second) == (0, 0, 0)
    return happening.what not in _WITHOUT_HOUR and not is_day


def _order(h: Happening) -> Said:
    goods = ui.listed(h.lines[:_GOODS_SHOWN])
    more = len(h.lines) - _GOODS_SHOWN
    if more > 0:
        goods = _("%(goods)s and %(count)s more") % {"goods": goods, "count": more}
    amount = ui.money(h.amount, h.unit)
    number = _("No. %(number)s") % {"number": h.detail.get("text", "")}
    sub = ui.clauses((h.text, number))
    if h.kind == "return":
        text = _("Gave back: %(goods)s") % {"goods": goods} if goods else _("Gave goods back")
        return Said("undo", text, sub, amount)
    text = _("Bought: %(goods)s") % {"goods": goods} if goods else _("Bought something")
    return Said("bag", text, sub, amount)


def _note(h: Happening) -> Said:
    text = str(h.detail.get("text", ""))
    author = _author(h)
    if h.kind == "promise_kept":
        return Said("ok", _("Promise kept: %(text)s") % {"text": text}, author)
    if h.kind != "promise":
        return Said("note", text, author)
    said = _("Promised: %(text)s") % {"text": text}
    if "kept" in h.detail:
        return Said("clock", said, author, tone="good", state=_("Kept"))
    due = _day(h.detail.get("due"))
    state = _("Until %(day)s") % {"day": ui.day(due)} if due else ""
    return Said("clock", said, author, tone="warn", state=state)


def _author(h: Happening) -> str:
    return str(h.detail.get("author_name") or h.detail.get("author") or "")


def _talk(h: Happening) -> Said:
    text, author = str(h.detail.get("text", "")), _author(h)
    if h.kind == "call":
        outcome = str(h.detail.get("outcome", ""))
        ended = str(CallOutcome(outcome).label) if outcome in CallOutcome.values else ""
        word = pgettext("note", "Call")
        said = ui.labelled(word, ended) if ended else word
        told = _("%(call)s. %(text)s") % {"call": said, "text": text} if text else said
        return Said("phone", told, author)
    if h.kind in {"message_sent", "offer_sent"}:
        return _sent_elsewhere(h)
    if h.kind == "email" and (subject := h.detail.get("subject")):
        said = _("%(channel)s “%(subject)s”") % {"channel": _CHANNELS["email"], "subject": subject}
        return Said("mail", said, text)
    return Said("chat", text or _("Wrote to us"), author)


def _sent_elsewhere(h: Happening) -> Said:
    """Say a message that another system sent."""
    channel = str(_CHANNELS.get(str(h.detail.get("channel", "")), _("Message")))
    subject, campaign = str(h.detail.get("subject", "")), str(h.detail.get("campaign", ""))
    text = _("%(channel)s “%(subject)s”") % {"channel": channel, "subject": subject or campaign}
    sub = _("Campaign %(name)s") % {"name": campaign} if campaign and subject else ""
    state = _("Sent elsewhere")
    return Said("mail", text if subject or campaign else channel, sub, tone="info", state=state)


def _visit(h: Happening) -> Said:
    words = {
        "page_viewed": _("Looked at a page"),
        "screen_viewed": _("Opened a screen of the app"),
        "products_searched": _("Searched for"),
        "product_list_viewed": _("Looked through a list of products"),
        "product_removed": _("Took something out of the basket"),
        "cart_viewed": _("Looked into the basket"),
        "coupon_applied": _("Used a voucher"),
        "product_reviewed": _("Wrote a review"),
        "product_viewed": _("Looked at a product"),
        "order_completed": _("Finished an order in the web shop"),
        "checkout_started": _("Began to pay"),
        "product_added": _("Put something into the basket"),
        "newsletter_opened": _("Opened the newsletter"),
        "newsletter_clicked": _("Followed a link in the newsletter"),
        "survey_answered": _("Answered the survey"),
        "feature_used": _("Worked with"),
        "form_submitted": _("Filled in a form"),
    }
    key = h.kind.lower().replace(" ", "_")
    known = (str(h.detail[name]) for name in _NAMES_OF_THINGS if h.detail.get(name))
    what = next(known, "")
    if h.detail.get("score"):
        score = _("%(score)s of 5") % {"score": h.detail["score"]}
        what = f"{score}. {what}" if what else score
    text = words.get(key, h.kind.replace("_", " ").capitalize())
    return Said("eye", ui.labelled(text, what) if what else text)


_CHANNELS = {"email": gettext_lazy("E-mail"), "sms": gettext_lazy("SMS"), "zalo": "Zalo"}


def _message(h: Happening) -> Said:
    channel = str(_CHANNELS.get(h.kind, h.kind))
    text = _("%(channel)s “%(subject)s”") % {"channel": channel, "subject": h.text}
    campaign = h.detail.get("text", "")
    sub = _("Campaign %(name)s") % {"name": campaign} if campaign else ""
    if h.amount:
        answered = ngettext("%(n)s answer or click", "%(n)s answers or clicks", h.amount)
        return Said("mail", text, sub, tone="good", state=answered % {"n": h.amount})
    labels = dict(MessageState.choices)
    return Said("mail", text, sub, tone="info", state=str(labels.get(h.unit, "")))


def _task(h: Happening) -> Said:
    return Said("ok", _("Done: %(text)s") % {"text": h.text}, h.detail.get("text", ""))


def _case(h: Happening) -> Said:
    text = _("Complaint: %(text)s") % {"text": h.text}
    if h.amount:
        return Said("flag", text, h.detail.get("text", ""), tone="good", state=_("Solved"))
    return Said("flag", text, tone="warn", state=_("Open"))


def _tier(h: Happening) -> Said:
    new = str(Tier(h.kind).label) if h.kind in Tier.values else h.kind
    if h.text in Tier.values:
        old = str(Tier(h.text).label)
        return Said("trend", _("Tier: %(old)s → %(new)s") % {"old": old, "new": new})
    return Said("trend", _("Tier: %(new)s") % {"new": new})


def _identity(h: Happening) -> Said:
    words = {
        "match": _("A record was recognised as this customer"),
        "merge": _("Another customer turned out to be this one and was joined"),
        "unmerge": _("What had been joined was parted again"),
        "split": _("This turned out to be two people and was parted"),
        "lift": _("What was said of two records was taken back"),
        "must_link": _("Confirmed: this is the same person"),
        "cannot_link": _("Confirmed: this is somebody else"),
        "reassign": _("A fact was moved to its right owner"),
    }
    return Said("link", words.get(h.kind, h.kind), h.text.removeprefix("rule:"))


def _consent(h: Happening) -> Said:
    channel = str(_CHANNELS.get(h.text, h.text))
    words = {
        "granted": _("Allowed messages: %(channel)s"),
        "denied": _("Refused messages: %(channel)s"),
        "unknown": _("Not asked yet about offers: %(channel)s"),
    }
    said = words.get(h.kind, _("Permission noted: %(channel)s")) % {"channel": channel}
    return Said("shield", said, h.detail.get("text", ""))


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


_WITHOUT_HOUR = ("tier",)
_WORDS: dict[str, Callable[[Happening], Said]] = {
    "order": _order,
    "note": _note,
    "talk": _talk,
    "visit": _visit,
    "message": _message,
    "task": _task,
    "case": _case,
    "tier": _tier,
    "identity": _identity,
    "consent": _consent,
}
