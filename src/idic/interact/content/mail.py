"""A message as a mail: text and HTML bodies in one frame, its footer, and the headers by which mail
programs unsubscribe with one press (RFC 8058).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import minijinja
from django.utils.translation import gettext as _
from django.utils.translation import override

from idic.core.models import Business

from . import links
from .markup import parse
from .personal import Resolve, is_personal
from .tokens import PREVIEW
from .writing import to_html, to_text

_FOLDER = Path(__file__).parent
# Where the law wants advertising marked in the subject: Decree 91/2020 (Vietnam), the rules on
# internet mail of 2006 (China). To be confirmed by the business; see the page of contact rules.
ADVERTISING_LABELS = {"VN": "[QC]", "CN": "[广告]"}


@dataclass(frozen=True, slots=True)
class Mail:
    """The two bodies of a mail and its extra headers."""

    text: str
    html: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Footer:
    """What stands below every mail of a campaign; the same for everybody but for the token."""

    shop: str
    shop_address: str
    why: str
    stop: str
    language: str


def label_subject(*, subject: str, purpose: str, label: str) -> str:
    """Put the advertising label before a marketing subject, once."""
    if purpose != "marketing" or not label or subject.startswith(label):
        return subject
    return f"{label} {subject}"


def build_footer(*, business: Business, purpose: str, language: str) -> Footer:
    """Word the footer in the message's language; only advertising can be unsubscribed from."""
    with override(language):
        is_marketing = purpose == "marketing"
        why = _("You allowed %(shop)s to send you advertising.") % {"shop": business.name}
        return Footer(
            shop=business.name,
            shop_address=business.postal_address,
            why=why if is_marketing else "",
            stop=_("Unsubscribe") if is_marketing else "",
            language=language,
        )


def build_mail(
    *,
    subject: str,
    body: str,
    footer: Footer,
    token: str,
    message_id: int,
    link_ids: Mapping[str, int],
    resolve: Resolve = links.preview_url,
) -> Mail:
    """Write one person's mail. Links to known targets are tracked, those of the person's own are
    made by `resolve`, others stay as they are.
    """

    def address(url: str) -> str:
        if is_personal(url):
            return resolve(url)
        link_id = link_ids.get(url)
        return url if link_id is None else links.click_url(message_id=message_id, link_id=link_id)

    blocks = parse(body)
    stop = links.unsubscribe_url(token=token) if footer.why else ""
    words = {
        "lang": footer.language,
        "subject": subject,
        "why": footer.why,
        "stop": footer.stop,
        "unsubscribe": stop,
        "shop": footer.shop,
        "shop_address": footer.shop_address,
        # What is only looked at counts no opening.
        "open": "" if token == PREVIEW else links.open_url(token=token),
    }
    html = _frames().render_template(
        "frame.html",
        css=css(),
        body=to_html(blocks, address=address),
        **{name: escape(word) for name, word in words.items()},
    )
    text = f"{to_text(blocks, address=address)}\n\n--\n{_text_footer(footer, stop)}\n"
    return Mail(text=text, html=html, headers=_headers(stop))


def _text_footer(footer: Footer, stop: str) -> str:
    lines = [f"{footer.why} {footer.stop}: {stop}"] if stop else []
    place = f"{footer.shop} · {footer.shop_address}" if footer.shop_address else footer.shop
    return "\n".join([*lines, place])


def _headers(stop: str) -> tuple[tuple[str, str], ...]:
    if not stop:
        return ()
    return (
        ("List-Unsubscribe", f"<{stop}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )


@cache
def css() -> str:
    """Give the style sheet of every mail."""
    return (_FOLDER / "frame.css").read_text(encoding="utf-8").replace("\n", "")


@cache
def css_hash() -> str:
    """Give the sheet's hash as a content policy names it, for showing a mail in a frame."""
    digest = hashlib.sha256(css().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _frames() -> minijinja.Environment:
    environment = minijinja.Environment()
    environment.auto_escape_callback = lambda name: False  # every word is escaped before
    environment.add_template("frame.html", (_FOLDER / "frame.html").read_text(encoding="utf-8"))
    return environment
