"""The words of a customer's rights: what holds on each channel, what an erasure would take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from idic.core.templatetags import ui
from idic.identify.models import ConsentBasis, ConsentStatus, PendingConsent, Purpose
from idic.identify.permissions import CHANNELS, Holding, Said
from idic.identify.services.privacy import Outlook

_TONES = {ConsentStatus.GRANTED: "good", ConsentStatus.DENIED: "bad", ConsentStatus.UNKNOWN: "warn"}
# What people call the tables; the others are counted together.
_TABLES = {
    "identify.SourceRecord": gettext_lazy("Records of the sources"),
    "identify.Trait": gettext_lazy("Values, each with its source"),
    "identify.Identifier": gettext_lazy("Phones, addresses, numbers"),
    "identify.Event": gettext_lazy("Visits, notes, calls"),
    "identify.Consent": gettext_lazy("Words on consent"),
    "identify.Order": gettext_lazy("Orders"),
    "identify.OrderLine": gettext_lazy("Lines of orders"),
    "interact.Message": gettext_lazy("Messages"),
    "interact.Case": gettext_lazy("Complaints"),
    "interact.Task": gettext_lazy("Promises and tasks"),
    "customize.Decision": gettext_lazy("Decisions about offers"),
}


@dataclass(frozen=True)
class Cell:
    """What holds for one purpose on a channel."""

    tone: str
    word: str
    said: Line | None
    asked: PendingConsent | None = None


@dataclass(frozen=True)
class Line:
    """One word of the ledger as the page says it."""

    channel: str
    purpose: str
    tone: str
    word: str
    address: str
    basis: str
    proof: str
    wording: str
    text: str  # of that wording, where it is ours
    source: str
    at: datetime
    is_sealed: bool


def name_channels(channels: Iterable[str]) -> list[str]:
    """Give the names of channels."""
    names = {"zalo": "Zalo", "sms": _("SMS"), "email": _("E-mail")}
    return [names.get(channel, channel) for channel in channels]


def draw_holdings(
    holdings: Sequence[Holding],
    texts: Mapping[int, str],
    asked: Mapping[tuple[str, str], PendingConsent],
) -> list[dict[str, Any]]:
    """Give a row a channel with a cell a purpose; `texts` are of the wordings by row, `asked` what
    was ticked and is not confirmed.
    """
    by_place = {(one.channel, one.purpose): one for one in holdings}
    return [
        {
            "channel": name_channels([channel])[0],
            "cells": [
                _cell(by_place[channel, purpose], texts, asked.get((channel, purpose)))
                for purpose in Purpose.values
            ],
        }
        for channel in CHANNELS
    ]


def _cell(holding: Holding, texts: Mapping[int, str], asked: PendingConsent | None) -> Cell:
    said = draw_said(holding.said, texts) if holding.said else None
    if asked is not None and holding.status != ConsentStatus.GRANTED:
        return Cell("warn", _("Asked, not yet confirmed"), said, asked)
    if holding.status == ConsentStatus.UNKNOWN and holding.purpose == Purpose.SERVICE:
        return Cell("", _("Needs no consent"), said)
    return Cell(_TONES[ConsentStatus(holding.status)], _word(holding.status), said)


def _word(status: str) -> str:
    return str(ConsentStatus(status).label)


def draw_said(said: Said, texts: Mapping[int, str]) -> Line:
    """Say one row of the ledger, with the text of the wording it names."""
    return Line(
        channel=name_channels([said.channel])[0],
        purpose=str(dict(Purpose.choices).get(said.purpose, said.purpose)),
        tone=_TONES[ConsentStatus(said.stands_for)],
        word=_word(said.status),
        address=said.address,
        basis=str(dict(ConsentBasis.choices).get(said.basis, said.basis)),
        proof=said.proof,
        wording=said.wording,
        text=texts.get(said.id, ""),
        source=said.source,
        at=said.given_at,
        is_sealed=said.is_sealed,
    )


def describe_outlook(outlook: Outlook) -> dict[str, Any]:
    """Give the tables of what goes and of what stays."""
    staying = {**outlook.detached, **outlook.staying}
    return {
        "outlook": outlook,
        "going": _rows(outlook.going, others=_("Everything worked out of it")),
        "staying": _rows(staying, others=_("Bare numbers, so that results can be recounted")),
        "sources": ui.listed(outlook.sources),
    }


def _rows(counts: dict[str, int], *, others: str) -> list[tuple[str, int]]:
    named = [(str(words), counts[label]) for label, words in _TABLES.items() if label in counts]
    rest = sum(count for label, count in counts.items() if label not in _TABLES)
    return [*named, (others, rest)] if rest else named
