"""Who opened or pressed: a person, a mail program loading ahead, or a scanner. Decided when the
request arrives, from what it says of itself and how soon it came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from idic.interact.models import Actor

# Sooner than any person reads: filters fetch every link while the mail is being delivered.
_TOO_SOON = timedelta(seconds=3)
_SCANNERS = re.compile(
    r"barracuda|proofpoint|mimecast|symantec|trendmicro|fireeye|forcepoint|cloudmark|sophos|"
    r"microsoft office|ms-office|safelinks|bingpreview|urlscan|virustotal|googleimageproxy-scan|"
    r"curl/|wget|python-requests|python-urllib|go-http-client|java/|okhttp|libwww|headless|phantom|"
    r"bot\b|bot/|crawler|spider|scanner|preview|slackbot|facebookexternalhit|whatsapp|telegrambot",
    re.IGNORECASE,
)
# Loads pictures when the person opens the mail, in their stead.
_PROXIES = re.compile(r"googleimageproxy|ggpht|yahoomailproxy|yahoo pipes", re.IGNORECASE)
# Apple's privacy proxy says nothing else than this, and loads whether or not the mail is read.
_BARE = re.compile(r"mozilla/5\.0\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request as far as it tells who made it."""

    at: datetime
    method: str
    agent: str
    is_prefetch: bool = False  # Sec-Purpose, Purpose or X-Moz say so


def class_click(arrival: Arrival, *, sent_at: datetime | None) -> Actor:
    """Tell who pressed a link."""
    if arrival.method == "HEAD" or not arrival.agent.strip() or _SCANNERS.search(arrival.agent):
        return Actor.SCANNER
    if arrival.is_prefetch:
        return Actor.PREFETCH
    if sent_at is not None and arrival.at - sent_at < _TOO_SOON:
        return Actor.SCANNER
    return Actor.HUMAN


def class_open(arrival: Arrival, *, sent_at: datetime | None) -> Actor:
    """Tell who loaded the picture."""
    if arrival.method == "HEAD":
        return Actor.SCANNER
    if arrival.is_prefetch or _BARE.fullmatch(arrival.agent):
        return Actor.PREFETCH
    if sent_at is not None and arrival.at - sent_at < _TOO_SOON:
        return Actor.PREFETCH if _PROXIES.search(arrival.agent) else Actor.SCANNER
    if _PROXIES.search(arrival.agent):
        return Actor.HUMAN
    return class_click(arrival, sent_at=None)
