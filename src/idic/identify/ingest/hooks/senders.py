"""The systems that tell of their orders and customers by webhook, and how each proves that it is
the one who tells: an HMAC-SHA256 over the body as it came, under a secret both sides know.

- Shopify: https://shopify.dev/docs/apps/build/webhooks/subscribe/https
- WooCommerce: https://developer.woocommerce.com/docs/best-practices/data-management/webhooks/
- Haravan, Sapo, KiotViet: their headers stand as published clients read them and are not confirmed
  by a shop of ours. So each name in use is looked for, and the digest may be written in hex or in
  base64: neither makes it any easier to forge.
- every other system: Standard Webhooks, https://www.standardwebhooks.com, or a plain HMAC
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Headers = Mapping[bytes, bytes]
# What is wrong with a request under one secret, empty when it is signed; `now` in seconds.
Check = Callable[[Headers, bytes, str, float], str]
_TOLERANCE_SECONDS = 300
_NEARNESS = ("", "stale", "wrong_signature", "no_signature")
_STANDARD_PREFIX = "whsec_"
STANDARD, PLAIN = "standard", "hmac"
# Of these the calls come as they are, in the common format.
OWN_FORMAT = frozenset({STANDARD, PLAIN})
_PLAIN_HEADERS = (
    b"x-signature-256",
    b"x-hub-signature-256",
    b"x-signature",
    b"x-webhook-signature",
)


@dataclass(frozen=True, slots=True)
class Sender:
    """A system. `makes_secret`: its page shows the secret; else one of ours is entered there.
    `topics`: how those begin that we keep.
    """

    code: str
    name: str
    check: Check
    topic_header: bytes = b""
    topics: tuple[str, ...] = ()
    makes_secret: bool = False

    def uses(self, topic: str) -> bool:
        """Tell whether we keep what it calls so; without a name the text has to tell."""
        return not topic or not self.topics or topic.lower().startswith(self.topics)


def find_fault(
    sender: Sender, *, headers: Headers, body: bytes, secrets: Iterable[str], now: float
) -> str:
    """Say why these bytes are not signed with one of the secrets, by what came nearest; empty when
    they are. Two may be good while one takes the other's place.
    """
    found = [sender.check(headers, body, secret, now) for secret in secrets if secret]
    return min(found, key=_NEARNESS.index) if found else "no_secret"


def _digest(secret: bytes, body: bytes) -> bytes:
    return hmac.new(secret, body, hashlib.sha256).digest()


def _given(headers: Headers, names: Iterable[bytes]) -> bytes:
    return next((headers[name].strip() for name in names if headers.get(name)), b"")


def _is(given: bytes, digest: bytes) -> bool:
    """Compare a written digest with ours, as long whether it fits or not."""
    as_hex = given.lower().removeprefix(b"sha256=")
    as_base64 = given[7:] if given[:7].lower() == b"sha256=" else given
    found = [
        hmac.compare_digest(as_hex, digest.hex().encode()),
        hmac.compare_digest(as_base64, base64.b64encode(digest)),
    ]
    return any(found)


def _by_header(*names: bytes) -> Check:
    def check(headers: Headers, body: bytes, secret: str, now: float) -> str:
        given = _given(headers, names)
        if not given:
            return "no_signature"
        return "" if _is(given, _digest(secret.encode(), body)) else "wrong_signature"

    return check


def _kiotviet(headers: Headers, body: bytes, secret: str, now: float) -> str:
    """KiotViet takes its secret in base64; whether it signs with that text or with what the text
    stands for is not said.
    """
    given = _given(headers, (b"x-hub-signature", b"x-hub-signature-256"))
    if not given:
        return "no_signature"
    keys = (secret.encode(), _decoded(secret))
    found = [_is(given, _digest(key, body)) for key in keys]
    return "" if any(found) else "wrong_signature"


def _standard(headers: Headers, body: bytes, secret: str, now: float) -> str:
    """Standard Webhooks: what is signed holds the id and the second too, so that nobody can send an
    old one again.
    """
    number, second = headers.get(b"webhook-id", b""), headers.get(b"webhook-timestamp", b"")
    given = headers.get(b"webhook-signature", b"")
    if not (number and second and given):
        return "no_signature"
    key = _decoded(secret.removeprefix(_STANDARD_PREFIX))
    expected = base64.b64encode(_digest(key, b".".join((number, second, body))))
    found = [hmac.compare_digest(one, b"v1," + expected) for one in given.split(b" ")]
    if not any(found):
        return "wrong_signature"
    return "" if _is_fresh(second, now) else "stale"


def _plain(headers: Headers, body: bytes, secret: str, now: float) -> str:
    """A bare HMAC of the body, or one of `second.body` written as `t=…,v1=…`."""
    given = _given(headers, _PLAIN_HEADERS)
    if not given:
        return "no_signature"
    parts = dict(part.strip().partition(b"=")[::2] for part in given.split(b","))
    second = parts.get(b"t", b"")
    if not second or b"v1" not in parts:
        return "" if _is(given, _digest(secret.encode(), body)) else "wrong_signature"
    if not _is(parts[b"v1"], _digest(secret.encode(), second + b"." + body)):
        return "wrong_signature"
    return "" if _is_fresh(second, now) else "stale"


def _is_fresh(second: bytes, now: float) -> bool:
    return second.isdigit() and abs(int(second[:12]) - now) <= _TOLERANCE_SECONDS


def _decoded(secret: str) -> bytes:
    try:
        return base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


_LIKE_SHOPIFY = ("orders/", "refunds/", "customers/create", "customers/update")

SENDERS = {
    one.code: one
    for one in (
        Sender(
            "shopify",
            "Shopify",
            _by_header(b"x-shopify-hmac-sha256"),
            b"x-shopify-topic",
            _LIKE_SHOPIFY,
            makes_secret=True,
        ),
        Sender(
            "woocommerce",
            "WooCommerce",
            _by_header(b"x-wc-webhook-signature"),
            b"x-wc-webhook-topic",
            ("order.", "refund.", "customer.created", "customer.updated"),
        ),
        Sender(
            "haravan",
            "Haravan",
            _by_header(b"x-haravan-hmacsha256", b"x-haravan-hmac-sha256"),
            b"x-haravan-topic",
            _LIKE_SHOPIFY,
            makes_secret=True,
        ),
        Sender(
            "sapo",
            "Sapo",
            _by_header(b"x-sapo-hmac-sha256", b"x-sapo-hmacsha256"),
            b"x-sapo-topic",
            _LIKE_SHOPIFY,
            makes_secret=True,
        ),
        Sender(
            "kiotviet",
            "KiotViet",
            _kiotviet,
            topics=("invoice.update", "customer.update", "order.update"),
        ),
        Sender(STANDARD, "Standard Webhooks", _standard),
        Sender(PLAIN, "HMAC-SHA256", _plain),
    )
}
