"""The morning mail written out: a text and an HTML part without scripts, pictures or anything
fetched, and the headers by which a mail program switches it off with one press.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from idic.channels.adapters.base import Envelope
from idic.channels.models import ChannelKey
from idic.channels.selectors import get_sender_domain
from idic.core.models import Business, Staff
from idic.interact.content.links import base_url
from idic.web.digest.content import read_digest, speaking_to
from idic.web.digest.sheet import Line, Sheet, lay_out


@dataclass(frozen=True, slots=True)
class Letter:
    """The mail, ready for an envelope."""

    subject: str
    text: str
    html: str
    off_url: str


def write_letter(
    *, staff: Staff, business: Business, now: datetime, base: str = "", is_shown: bool = False
) -> Letter:
    """Write what a person would get now, in their language. `base` is where links lead, the
    business's own address unless told; `is_shown`: in a frame of ours, which links must leave.
    """
    with speaking_to(staff, business):
        digest = read_digest(staff=staff, business=business, now=now)
        sheet = lay_out(digest, staff=staff, business=business, base=base or base_url())
        context = {"sheet": sheet, "language": get_language(), "is_shown": is_shown}
        return Letter(
            subject=sheet.subject,
            text="\n".join(_text(sheet)),
            html=render_to_string("web/digest_mail.html", context),
            off_url=sheet.off_url,
        )


def put_in_envelope(
    letter: Letter, *, staff: Staff, on_date: date, now: datetime, copy: str = ""
) -> Envelope:
    """Address a letter. A morning's Message-ID stays the same, a `copy` has its own."""
    domain = get_sender_domain(channel=ChannelKey.EMAIL)
    number = f"{staff.id}.{copy}" if copy else f"{staff.id}"
    return Envelope(
        recipient=staff.email,
        recipient_name=staff.display_name,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        message_id=f"<digest.{on_date:%Y%m%d}.{number}@{domain}>",
        at=now,
        headers=_headers(letter.off_url),
    )


def _headers(off: str) -> tuple[tuple[str, str], ...]:
    # Only over HTTPS may a mail program press it by itself (RFC 8058).
    press = (("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),)
    return (
        ("List-Unsubscribe", f"<{off}>"),
        *(press if off.startswith("https://") else ()),
        ("Auto-Submitted", "auto-generated"),
    )


def _text(sheet: Sheet) -> Iterator[str]:
    """Write the part for programs that show no HTML."""
    yield from (sheet.subject, sheet.day, "")
    if sheet.sample:
        yield from (sheet.sample, "")
    for sale in sheet.sales:
        yield f"{sale.label}: {sale.amount} – {sale.against}"
    yield from ("",) if sheet.sales else ()
    yield from _text_slipping(sheet)
    if sheet.lead:
        yield from (sheet.lead, "")
    for section in sheet.sections:
        yield from (f"{section.title} ({len(section.lines)})", "")
        for line in section.lines:
            yield from _text_line(line)
    yield from (_("Open Today") + f": {sheet.today_url}", "", "--")
    yield f"{sheet.shop} · " + _("Change the hour") + f": {sheet.settings_url}"
    yield _("Stop this mail") + f": {sheet.off_url}"


def _text_slipping(sheet: Sheet) -> Iterator[str]:
    if sheet.slipping_title:
        yield sheet.slipping_title
    for line in sheet.slipping:
        yield f"- {line.name}: {line.why}, {line.amount} {line.url}"
    if sheet.slipping_more:
        yield f"{sheet.slipping_more}: {sheet.slipping_url}"
    if sheet.revenue:
        yield sheet.revenue
    yield from ("",) if sheet.slipping_title or sheet.revenue else ()


def _text_line(line: Line) -> Iterator[str]:
    yield f"{line.name} · {line.amount}" if line.amount else line.name
    yield f"  {line.why}" + (f" · {line.state}" if line.state else "")
    if line.is_blocked:
        yield "  " + _("A complaint is open: no offers until it is solved")
    if line.facts:
        yield "  " + " · ".join(line.facts)
    if line.shown_phone:
        yield f"  {line.shown_phone}"
    yield from (f"  {line.act_url or line.url}", "")
