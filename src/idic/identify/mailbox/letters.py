"""Understands one mail: who wrote, what they newly wrote, whether a person did, or that a mail of
ours came back. Takes bytes of any kind and never fails; writes nothing.
"""

from __future__ import annotations

import hashlib
import html
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from typing import Any

from imap_tools.message import MailMessage

from idic.identify.ingest.properties import clean_text

log = logging.getLogger("idic.mailbox")

LONGEST_ID = 120
_LONGEST_TEXT = 50_000  # of what is looked through for quotations
_KEPT_TEXT = 500
_KEPT_SUBJECT = 200
_MOST_REFERENCES = 8
_MOST_PARTS = 60
_ADDRESS = re.compile(r"[^@\s<>,;:\"]{1,64}@[^@\s<>,;:\"]{1,190}\.[^@\s<>,;:\"]{2,63}")
_REFERENCE = re.compile(r"<[^<>\s]{3,200}>")
_BULK = {"bulk", "junk", "list", "auto_reply"}
_LISTS = ("list-id", "list-unsubscribe", "feedback-id")
_ANSWERERS = ("x-autoreply", "x-autorespond", "x-auto-response-suppress")
_NOBODY = re.compile(
    r"(no-?_?\.?reply|do-?_?not-?_?reply|mailer-daemon|postmaster|bounces?|notifications?)"
    r"([+.-].*)?@",
    re.I,
)
_LANGUAGES = ["en", "zh", "de", "fr", "ja", "ko"]
# What stands above a quotation in the languages the parser does not know.
_QUOTED_BELOW = re.compile(
    r"^\s*(Vào .{4,120} (đã viết|viết)\s*:|Từ: .{3,200}|发件人[：:].{3,200}|在 .{4,120}写道[：:])",
    re.M,
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours that did not arrive: its Message-IDs, and the status of RFC 3464."""

    status: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail. With `left_out` it is nothing a customer wrote, and why."""

    message_id: str
    sender: str = ""
    name: str = ""
    subject: str = ""
    text: str = ""
    sent_at: datetime | None = None
    references: tuple[str, ...] = ()
    left_out: str = ""
    bounce: Bounce | None = field(default=None)


def read_letter(data: bytes, *, own: frozenset[str]) -> Letter:
    """Read a mail; `own` are the addresses the shop itself writes from."""
    try:
        return _read(MailMessage.from_bytes(data), data, own)
    except Exception:  # whatever a mail was made to break
        log.warning("a mail of %s bytes cannot be read", len(data), exc_info=True)
        return Letter(_digest(data), left_out="unreadable")


def _read(mail: MailMessage, data: bytes, own: frozenset[str]) -> Letter:
    head = mail.obj
    message_id = _message_id(head, data)
    bounce = _bounce_in(head)
    if bounce is not None:
        return Letter(message_id, bounce=bounce, left_out="bounce")
    sender, name = _sender_of(mail, own)
    reason = _reason_against(head, sender, own)
    if reason:
        return Letter(message_id, sender=sender, left_out=reason)
    return Letter(
        message_id=message_id,
        sender=sender,
        name=name,
        subject=clean_text(mail.subject)[:_KEPT_SUBJECT],
        text=_new_text(mail),
        sent_at=_sent_at(mail),
        references=_references_of(head),
    )


def _message_id(head: Message, data: bytes) -> str:
    given = _header(head, "message-id").strip("<> ")
    if given and len(given) <= LONGEST_ID and given.isprintable():
        return given
    return _digest(given.encode("utf-8", "replace") or data)


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _header(head: Message, name: str) -> str:
    return str(head.get(name, "") or "").strip()


def _sender_of(mail: MailMessage, own: frozenset[str]) -> tuple[str, str]:
    """Give who wrote. A contact form writes from the shop's own address and names the customer as
    the one to answer.
    """
    known = [mail.from_values, *mail.reply_to_values]
    found = [one for one in known if one is not None and _ADDRESS.fullmatch(one.email.strip())]
    others = [one for one in found if one.email.strip().lower() not in own]
    for one in others or found:
        return one.email.strip().lower(), clean_text(one.name)[:120]
    return "", ""


def _reason_against(head: Message, sender: str, own: frozenset[str]) -> str:
    if not sender:
        return "nobody"
    if sender in own:
        return "own"
    submitted = _header(head, "auto-submitted").lower()
    is_automatic = submitted not in {"", "no"} or any(head.get(name) for name in _ANSWERERS)
    if is_automatic or _header(head, "return-path") == "<>" or _NOBODY.match(sender):
        return "automatic"
    if _header(head, "precedence").lower() in _BULK or any(head.get(name) for name in _LISTS):
        return "list"
    return ""


def _sent_at(mail: MailMessage) -> datetime | None:
    if not mail.date_str or mail.date.year < 2000:
        return None
    return mail.date.astimezone(UTC) if mail.date.tzinfo else mail.date.replace(tzinfo=UTC)


def _references_of(head: Message) -> tuple[str, ...]:
    """Give the mails it answers: the one it names first, then the thread from its end."""
    direct = _REFERENCE.findall(_header(head, "in-reply-to")[:2_000])
    thread = _REFERENCE.findall(_header(head, "references")[-8_000:])[::-1]
    return tuple(dict.fromkeys([*direct, *thread]))[:_MOST_REFERENCES]


def _new_text(mail: MailMessage) -> str:
    """Give what the person newly wrote: without what they quote, without what marks text up."""
    text = mail.text[:_LONGEST_TEXT]
    if not text.strip() and mail.html:
        text = plain_text(mail.html[: 4 * _LONGEST_TEXT])
    text = _QUOTED_BELOW.split(text.replace("\r\n", "\n"), maxsplit=1)[0]
    return clean_text(_without_quotation(text))[:_KEPT_TEXT]


def plain_text(markup: str) -> str:
    """Turn a mail's HTML into text. Nothing of it is ever shown as HTML."""
    import nh3

    parted = re.sub(r"(?i)<(br|/p|/div|/tr|/li|/h[1-6])\b", r"\n<\1", markup)
    return html.unescape(nh3.clean(parted, tags=set()))[:_LONGEST_TEXT]


def _without_quotation(text: str) -> str:
    from mailparser_reply import EmailReplyParser

    short = "\n".join(line[:1_000] for line in text.splitlines()[:600])
    found: Any = EmailReplyParser(languages=_LANGUAGES).parse_reply(text=short)
    return found if isinstance(found, str) and found.strip() else short


def _bounce_in(head: Message) -> Bounce | None:
    """Find the report of a mail server that a mail did not arrive (RFC 3464)."""
    kind = _header(head, "content-type").lower()
    if head.get_content_type() != "multipart/report" or "delivery-status" not in kind:
        return None
    status, references = "", list[str]()
    for part in _parts(head):
        if part.get_content_type() == "message/delivery-status":
            status = status or next(_statuses(part), "")
        elif part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            references += _ids_in(part)
    return Bounce(status, tuple(dict.fromkeys(references))[:_MOST_REFERENCES])


def _parts(head: Message) -> Iterator[Message]:
    for number, part in enumerate(head.walk()):
        if number == _MOST_PARTS:
            return
        yield part


def _statuses(part: Message) -> Iterator[str]:
    for block in part.get_payload() if part.is_multipart() else ():
        if isinstance(block, Message):
            found = re.match(r"[245]\.\d{1,3}\.\d{1,3}", _header(block, "status"))
            if found and _header(block, "action").lower() != "delivered":
                yield found.group()


def _ids_in(part: Message) -> list[str]:
    """Give the Message-IDs of the mail that came back, whole or its head alone."""
    text = part.as_string()[:20_000]
    return re.findall(r"(?im)^message-id:\s*(<[^<>\s]{3,200}>)", text)
