"""Mails: whose they are, what is new in them, which are nobody's; whatever bytes come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idic.identify.mailbox.letters import Bounce, plain_text, read_letter
from tests.identify.mailbox.mails import bounce, mail

OWN = frozenset({"hello@shop.vn"})


@pytest.mark.req("R017")
def test_a_letter_says_who_wrote_what_and_when() -> None:
    letter = read_letter(mail(Message_ID="<1@x.vn>", In_Reply_To="<ours-1@shop.vn>"), own=OWN)

    assert (letter.sender, letter.name) == ("lan@example.com", "Nguyễn Thị Lan")
    assert (letter.message_id, letter.subject) == ("1@x.vn", "Hỏi giờ mở cửa")
    assert letter.text == "Cửa hàng còn mở không?"
    assert str(letter.sent_at) == "2026-11-23 01:00:00+00:00"
    assert (letter.references, letter.left_out) == (("<ours-1@shop.vn>",), "")


@pytest.mark.parametrize(
    "text",
    [
        "Cảm ơn shop\n\nOn Mon, Nov 23, 2026 at 8:00 AM Shop <hello@shop.vn> wrote:\n> Sale",
        "Cảm ơn shop\n\nVào Th 2, 23 thg 11, 2026 lúc 8:00 Shop <hello@shop.vn> đã viết:\n> Sale",
        "Cảm ơn shop\n\n在 2026年11月23日,08:00,Shop <hello@shop.vn> 写道:\n\nSale",
        "Cảm ơn shop\n\n发件人: Shop <hello@shop.vn>\n主题: Sale",
    ],
)
def test_what_is_quoted_is_left_out(text: str) -> None:
    assert read_letter(mail(text), own=OWN).text == "Cảm ơn shop"


def test_html_becomes_text_and_nothing_of_it_lives() -> None:
    markup = "<style>p{}</style><p>Chào&nbsp;shop</p><script>alert(1)</script><p>1 &lt; 2</p>"

    assert read_letter(mail("", html=markup), own=OWN).text == "Chào shop 1 < 2"
    assert "alert" not in plain_text(markup)


def test_a_contact_form_writes_for_the_customer_it_names() -> None:
    letter = read_letter(mail(From="Shop <hello@shop.vn>", Reply_To="Minh <minh@qq.com>"), own=OWN)

    assert (letter.sender, letter.name, letter.left_out) == ("minh@qq.com", "Minh", "")


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auto_Submitted": "auto-replied"}, "automatic"),
        ({"X_Autoreply": "yes"}, "automatic"),
        ({"Return_Path": "<>"}, "automatic"),
        ({"From": "no-reply@bank.vn"}, "automatic"),
        ({"From": "MAILER-DAEMON@mx.vn"}, "automatic"),
        ({"Precedence": "bulk"}, "list"),
        ({"List_Unsubscribe": "<mailto:x@y.vn>"}, "list"),
        ({"From": "Shop <hello@shop.vn>"}, "own"),
        ({"From": None}, "nobody"),
        ({"From": "not an address"}, "nobody"),
    ],
)
def test_what_no_customer_wrote_is_left_out(headers: dict[str, str | None], reason: str) -> None:
    assert read_letter(mail(**headers), own=OWN).left_out == reason


def test_a_person_with_a_telling_name_is_still_a_person() -> None:
    kept = mail(From="Norbert <norbert.reply@example.com>", Auto_Submitted="no")

    assert read_letter(kept, own=OWN).left_out == ""


@pytest.mark.parametrize("status", ["5.1.1", "4.2.2"])
def test_a_mail_that_came_back_is_known_by_its_report(status: str) -> None:
    letter = read_letter(bounce(status=status), own=OWN)

    assert letter.bounce == Bounce(status, ("<ours-1@shop.vn>",))
    assert letter.left_out == "bounce"


def test_a_mail_without_an_id_is_known_by_what_it_says() -> None:
    one, other = mail("A", Message_ID=None), mail("B", Message_ID=None)

    ids = [read_letter(data, own=OWN).message_id for data in (one, one, other)]

    assert ids[0] == ids[1] != ids[2]
    assert all(len(one) == 71 for one in ids)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 1000,
        b"From: a@b.vn\r\n" * 20_000,
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n" * 50_000,
        mail(Subject="=?no-such-charset?B?////?=", From="=?utf-8?Q?=FF?= <a@b.vn>"),
        b'From: a@b.vn\r\nContent-Type: text/plain; charset="none-such"\r\n\r\n\xff\xfe',
        b"From: a@b.vn\r\nDate: Mon, 99 Foo 99999 99:99:99 +9999\r\n\r\nhi",
        b"From: a@b.vn\r\n\r\n" + b"> " * 100_000,
        mail("x" * 3_000_000)[: 256 * 1024],
        bounce()[:700],
    ],
)
def test_a_broken_or_huge_mail_is_read_as_far_as_it_goes(data: bytes) -> None:
    letter = read_letter(data, own=OWN)

    assert 0 < len(letter.message_id) <= 120
    assert len(letter.text) <= 500
    assert "\x00" not in letter.text + letter.subject + letter.name


WHOLE = mail(html="<p>Chào <b>shop</b></p>"), bounce()


@given(
    whole=st.sampled_from(WHOLE),
    place=st.floats(0, 1),
    noise=st.binary(max_size=60),
    is_cut=st.booleans(),
)
def test_no_bytes_break_the_reader(whole: bytes, place: float, noise: bytes, is_cut: bool) -> None:
    at = int(len(whole) * place)
    data = whole[:at] + noise + (b"" if is_cut else whole[at:])

    letter = read_letter(data, own=OWN)

    assert 0 < len(letter.message_id) <= 120
    assert letter.left_out or letter.sender
