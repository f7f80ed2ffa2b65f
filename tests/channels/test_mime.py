"""Mails as bytes read back by the standard library exactly as they were meant."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idic.channels.adapters.base import Envelope
from idic.channels.mime import WrongAddress, assemble, encode_words, one_line, wire_address

ENVELOPE = Envelope(
    recipient="huong@example.com",
    recipient_name="Nguyễn Thị Hương",
    subject="Chị Hương ơi, cá hồi Na Uy về rồi, em giữ cho chị phần ngon nhất của chuyến hàng này",
    text="Chào chị.\n.\nDòng bắt đầu bằng dấu chấm",
    html="<p>Chào chị</p>",
    message_id="<1.abc@example.com>",
    at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    headers=(("List-Unsubscribe", "<https://shop.example/u/x>"),),
)


def read(envelope: Envelope) -> EmailMessage:
    raw = assemble(envelope, sender="shop@example.com", sender_name="Nhà Mình Mart")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


@pytest.mark.req("R064")
def test_a_mail_reads_back_as_it_was_written() -> None:
    mail = read(ENVELOPE)

    assert mail["Subject"] == ENVELOPE.subject
    assert mail["From"] == "Nhà Mình Mart <shop@example.com>"
    assert mail["To"] == "Nguyễn Thị Hương <huong@example.com>"
    assert mail["Message-ID"] == "<1.abc@example.com>"
    assert mail["List-Unsubscribe"] == "<https://shop.example/u/x>"
    plain, html = mail.get_body(["plain"]), mail.get_body(["html"])
    assert plain is not None
    assert html is not None
    assert plain.get_content() == ENVELOPE.text
    assert html.get_content() == ENVELOPE.html


def test_a_mail_without_html_has_one_body() -> None:
    mail = read(replace(ENVELOPE, html=""))

    assert mail.get_content_type() == "text/plain"
    assert mail.get_content() == ENVELOPE.text


def test_line_breaks_never_start_a_header() -> None:
    evil = "Hi\r\nBcc: victim@example.com\r\n\r\nbody"
    mail = read(replace(ENVELOPE, subject=evil, recipient_name=evil, message_id=f"<1{evil}@x>"))

    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hi Bcc: victim@example.com body"


@given(st.text(max_size=200))
def test_any_subject_survives(subject: str) -> None:
    written = encode_words(subject)

    words = written.split("\r\n ")
    assert "\r" not in "".join(words)
    assert "\n" not in "".join(words)
    if written.isascii() and not written.startswith("=?"):
        assert written == one_line(subject)
        return
    assert max(map(len, words)) <= 75
    decoded = b"".join(
        part if isinstance(part, bytes) else part.encode() for part, _ in decode_header(written)
    )
    assert decoded.decode() == one_line(subject)


@pytest.mark.parametrize(
    "address", ["", "a", "@b.com", "a@", "a b@c.com", "a@b.com, d@e.com", "<a@b.com>", "địa@b.com"]
)
def test_an_address_that_cannot_be_written_is_refused(address: str) -> None:
    with pytest.raises(WrongAddress):
        wire_address(address)


def test_a_domain_in_its_own_script_is_written_in_ascii() -> None:
    assert wire_address("info@bücher.example") == "info@xn--bcher-kva.example"
