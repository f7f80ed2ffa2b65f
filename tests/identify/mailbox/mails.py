"""Mails as customers, their mail programs and mail servers write them."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

NUMBERS = iter(range(1, 10**6))


def mail(text: str = "Cửa hàng còn mở không?", *, html: str = "", **headers: Any) -> bytes:
    """Write a mail. `None` leaves a header out; underscores are hyphens."""
    message = EmailMessage()
    given: dict[str, Any] = {
        "From": "Nguyễn Thị Lan <Lan@Example.com>",
        "To": "hello@shop.vn",
        "Subject": "Hỏi giờ mở cửa",
        "Date": "Mon, 23 Nov 2026 08:00:00 +0700",
        "Message-ID": f"<{next(NUMBERS)}@example.com>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in given.items():
        if value is not None:
            message[name] = value
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message.as_bytes()


def bounce(*, status: str = "5.1.1", about: str = "<ours-1@shop.vn>") -> bytes:
    """Write the report of a mail server that a mail did not arrive."""
    return f"""From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: hello@shop.vn
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <report-{next(NUMBERS)}@mx.example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain

It did not arrive.

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; gone@example.com
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 no such user

--part
Content-Type: text/rfc822-headers

From: hello@shop.vn
Message-ID: {about}
Subject: Tết

--part--
""".replace("\n", "\r\n").encode()
