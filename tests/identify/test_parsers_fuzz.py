"""Whatever bytes, texts or answers come from outside: every parser gives a value, nothing, or its
own clear error, within bounded time. What has a fuzz test of its own is named in `ELSEWHERE`.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.utils.datastructures import MultiValueDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idic.core import ids
from idic.core.days import read_day
from idic.core.workbook import write_workbook
from idic.differentiate.segments import WrongTree, parse
from idic.engine.table import connect
from idic.identify.importing.columns import FIELDS, Kind, guess_columns
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.readers import inspect_file, load, open_workspace
from idic.identify.importing.values import cells, contacts, dates, ledger, numbers, statuses
from idic.identify.mailbox.server import Folder, MailProblem
from idic.identify.models import Question, QuestionKind
from idic.identify.public_forms.places import Place
from idic.identify.public_forms.reading import read_sent
from idic.identify.pulling import kiotviet
from idic.identify.pulling.kiotviet import Answer, Client, PullProblem, _message
from idic.identify.questions.answers import WrongAnswer, read_answer
from tests.examples import examples

ROOT = Path(__file__).parents[2]
# The other parsers of what comes from outside, each with the file that fuzzes it.
ELSEWHERE = {
    "vCards": "tests/identify/test_vcards.py",
    "TCVN3 and VNI": "tests/identify/test_old_vietnamese.py",
    "names, addresses and amounts written freely": "tests/identify/cleaning/test_fuzz.py",
    "headings of known systems": "tests/identify/test_presets.py",
    "cells of files of every kind": "tests/identify/test_import_kinds_fuzz.py",
    "properties of events": "tests/identify/test_import_events.py",
    "Segment, RudderStack and PostHog calls": "tests/identify/ingest/test_anything.py",
    "webhooks": "tests/identify/ingest/test_hooks_anything.py",
    "mails": "tests/identify/mailbox/test_letters.py",
    "JSON of the API": "tests/identify/api/test_customers.py",
    "rules of segments": "tests/differentiate/test_segments.py",
}
SECONDS = 2.0  # of one text; what runs away takes minutes, what is merely slow does not

PIECES = [
    *("1", "12", "2026", "31/02/2026", "99/99/9999", "-", "/", ":", "T", "Z", "+99:99", "年", "月"),
    *("ngày ", "tháng ", " năm ", "上午", "Jan", "am", "1e400", "NaN", "Infinity", "∞", "٣", "①"),
    *("1.234.567", ",", ".", "tr", "k", "万", "đ", "$", "%", "(", ")", "−", "'", "=", "@", "+84"),
    *("0901234567", "a@b.vn", "(at)", "có", "否", "x" * 300, "\u200b", "\ufeff", "\x00", "\ud7ff"),
]
TEXT = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=8).map("".join),
)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PARSERS = {
    "moment": lambda t: [dates.parse_moment(t, order=o, zone=ZONE) for o in dates.DateOrder],
    "day": lambda t: [dates.parse_day(t, order=o) for o in dates.DateOrder],
    "month": dates.parse_month_end,
    "typed day": read_day,
    "looks like a date": dates.looks_like_date,
    "order of a date": lambda t: dates.decide_date_order([t], default=dates.DateOrder.DAY_FIRST),
    "amount": lambda t: [numbers.parse_amount(t, mark=m) for m in ".,"],
    "quantity": lambda t: [numbers.parse_quantity(t, mark=m) for m in ".,"],
    "percent": lambda t: [numbers.parse_percent(t, mark=m) for m in ".,"],
    "decimal mark": lambda t: numbers.decide_decimal_mark([t, t]),
    "e-mail": contacts.parse_email,
    "phone": lambda t: [contacts.parse_phone(t, country=c) for c in ("VN", "CN", "US")],
    "gender": contacts.read_gender,
    "language": contacts.read_language,
    "cell": cells.clean,
    "key": cells.clean_key,
    "place": cells.clean_place,
    "yes or no": cells.read_yes_no,
    "refusal": cells.read_refusal,
    "walk-in": cells.is_walk_in,
    "status": statuses.read_status,
    "channel": ledger.read_channel,
    "purpose": ledger.read_purpose,
    "answer": ledger.read_answer,
}


def test_the_parsers_that_have_a_fuzz_test_of_their_own_still_have_it() -> None:
    for name, path in ELSEWHERE.items():
        text = (ROOT / path).read_text()
        assert re.search(r"@given|random\.Random", text), name


@pytest.mark.one_database
@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=120, deadline=None)
@given(text=TEXT)
def test_any_text_is_a_value_or_none(name: str, text: str) -> None:
    began = time.process_time()

    PARSERS[name](text)

    assert time.process_time() - began < SECONDS


@pytest.mark.one_database
@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("piece", ["9", " ", "a", "(", "1.", "+", "@", "1,", "-1", "ngay "])
def test_long_texts_take_no_longer_than_they_are_long(name: str, piece: str) -> None:
    began = time.process_time()

    PARSERS[name](piece * (20_000 // len(piece)))

    assert time.process_time() - began < SECONDS


def read_any(content: bytes, name: str) -> int:
    """Read a file to its end as an import does; give its rows, -1 where a sentence refused it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            shape = inspect_file(path)
            with open_workspace() as workspace:
                count = load(workspace, path, shape)
                misread = workspace.count("SELECT count(*) FROM misread")
                columns = [f"c{n}" for n in range(len(shape.headers))]
                held = " OR ".join(f"contains({c}, chr(0))" for c in columns)
                assert workspace.count(f"SELECT count(*) FROM raw WHERE {held}") == 0
                return count + misread
        except ImportProblem as problem:
            assert problem.sentence.endswith((".", "。"))  # noqa: PT017 - either is right
            return -1


LINES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.text(max_size=20).map(lambda t: t.encode("utf-8", "replace")),
        st.sampled_from(
            [
                *(
                    b"a,b,c",
                    b'"',
                    b'"a,b',
                    b'x"y,1',
                    b"\x00",
                    b",,,,,,,,",
                    b"1;2;3",
                    b"\t",
                    b"=1+1",
                ),
                *("Nguyễn,Thị".encode(), "王,1".encode("gbk"), b"\xff\xfe", "đ".encode("utf-16")),
            ]
        ),
    ),
    max_size=12,
)


@examples(120, without=[HealthCheck.too_slow])
@given(lines=LINES, end=st.sampled_from([b"\n", b"\r\n", b"\r"]), head=st.booleans())
def test_any_bytes_of_a_text_file_are_rows_or_one_sentence(
    lines: list[bytes], end: bytes, head: bool
) -> None:
    content = end.join([b"Customer ID,Full name,Email"] * head + lines)

    read_any(content, "any.csv")


def _workbook() -> bytes:
    rows = [["Customer ID", "Full name"], *([f"C{n}", f"An {n}"] for n in range(20))]
    return b"".join(write_workbook(rows=rows, name="People"))


def _parquet() -> bytes:
    with tempfile.TemporaryDirectory() as folder, connect() as duck:
        path = Path(folder) / "p.parquet"
        duck.execute(
            "COPY (SELECT 'C' || range AS id, 'An' AS name, now() AS at FROM range(50)) TO ? "
            "(FORMAT parquet)",
            [str(path)],
        )
        return path.read_bytes()


@pytest.mark.parametrize("sort", ["xlsx", "parquet"])
def test_a_spoilt_workbook_or_parquet_file_is_rows_or_one_sentence(sort: str) -> None:
    whole = _workbook() if sort == "xlsx" else _parquet()
    assert read_any(whole, f"whole.{sort}") > 0

    @examples(60, without=[HealthCheck.too_slow])
    @given(place=st.floats(0, 1), noise=st.binary(min_size=1, max_size=8), is_cut=st.booleans())
    def spoil(place: float, noise: bytes, is_cut: bool) -> None:
        at = int(place * len(whole))
        content = whole[:at] + noise + (b"" if is_cut else whole[at + len(noise) :])
        read_any(content, f"any.{sort}")

    spoil()


@pytest.mark.one_database
@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(list(Kind)),
    headers=st.lists(st.text(max_size=30), min_size=1, max_size=8, unique=True),
    samples=st.lists(TEXT, max_size=6),
)
def test_any_headings_and_samples_are_guessed_once_each(
    kind: Kind, headers: list[str], samples: list[str]
) -> None:
    found = guess_columns(
        kind=kind, headers=headers, samples=dict.fromkeys(headers, samples), country="VN"
    )

    assert [guess.header for guess in found] == headers
    fields = [guess.field for guess in found if guess.field]
    assert len(fields) == len(set(fields))
    assert set(fields) <= {field.name for field in FIELDS[kind]}


PARTS = st.one_of(
    st.none(),
    st.binary(max_size=40),
    st.sampled_from([b")", b"1 (UID 7 BODY[]<0> {3}", b"UID 99999999999999999999", b"UID x"]),
    st.tuples(
        st.one_of(st.binary(max_size=30), st.sampled_from([b"1 (UID 7 BODY[] {3}", b"2 (BODY[]"])),
        st.binary(max_size=30),
    ),
)


@pytest.mark.one_database
@settings(max_examples=150, deadline=None)
@given(said=st.sampled_from(["OK", "NO", "BAD", ""]), found=st.lists(PARTS, max_size=6))
def test_any_answer_of_a_mail_server_is_mails_or_its_own_error(said: str, found: list[Any]) -> None:
    box = SimpleNamespace(
        folder=SimpleNamespace(status=lambda name, what: {"UIDVALIDITY": 1}),
        client=SimpleNamespace(uid=lambda *asked: (said, found)),
        uids=lambda criteria: ["7"],
    )
    folder = Folder(box, "INBOX")  # type: ignore[arg-type]
    try:
        mails = list(folder.fetch([7]))
    except MailProblem:
        assert said != "OK"
        return
    assert all(isinstance(mail.data, bytes) and mail.uid >= 0 for mail in mails)


@pytest.mark.one_database
@settings(max_examples=150, deadline=None)
@given(
    uids=st.lists(st.sampled_from(["7", "12", "x", "", "-1", "9" * 30, "٣"]), max_size=6),
    after=st.integers(0, 20),
)
def test_any_list_of_mails_is_numbers_after_the_last_one(uids: list[str], after: int) -> None:
    box = SimpleNamespace(
        folder=SimpleNamespace(status=lambda name, what: {"UIDVALIDITY": 1}),
        uids=lambda criteria: uids,
    )

    found = Folder(box, "INBOX").list_new(after=after, since=date(2026, 11, 1))  # type: ignore[arg-type]

    assert found == sorted(found)
    assert all(number > after for number in found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["data", "id", "code", "modifiedDate", "all", "any", "not", "field", "op"]
            )
            | st.text(max_size=6),
            inner,
            max_size=5,
        )
    ),
    max_leaves=10,
)
BODIES = st.one_of(
    JSON.map(lambda said: json.dumps(said).encode("utf-8", "replace")),
    st.binary(max_size=60),
    st.integers(1, 100_000).map(lambda depth: b"[" * depth),
    st.integers(1, 100_000).map(lambda depth: b'{"data":[' * depth),
)


@pytest.mark.one_database
@settings(max_examples=150, deadline=None)
@given(body=BODIES, status=st.sampled_from([200, 400, 404, 500]))
def test_any_answer_of_kiotviet_is_things_or_its_own_error(body: bytes, status: int) -> None:
    client = Client("shop", "id", "secret", "http://x", "http://x", sleep=lambda seconds: None)
    try:
        with patch.object(kiotviet, "send", lambda *asked: Answer(status, body, "")):
            things = client.list_changed("invoice", since="", offset=0)
    except PullProblem as problem:
        assert problem.code  # noqa: PT017 - either is right
        return
    assert all(isinstance(one.text, bytes) for one in things)


@pytest.mark.one_database
@settings(max_examples=100, deadline=None)
@given(body=BODIES)
def test_what_kiotviet_says_once_it_knows_us_is_things_or_its_own_error(body: bytes) -> None:
    client = Client("shop", "id", "secret", "http://x", "http://x", sleep=lambda seconds: None)
    client._token = "held"
    try:
        with patch.object(kiotviet, "send", lambda *asked: Answer(200, body, "")):
            things = client.list_changed("invoice", since="", offset=0)
    except PullProblem as problem:
        assert problem.code == "unexpected"  # noqa: PT017 - either is right
        return
    assert all(isinstance(one.id, str) for one in things)
    assert isinstance(_message(body), str)


@pytest.mark.one_database
@settings(max_examples=200, deadline=None)
@given(body=BODIES)
def test_any_json_is_a_rule_or_refused_in_words(body: bytes) -> None:
    try:
        parse(body)
    except WrongTree as wrong:
        assert str(wrong)  # noqa: PT017 - either is right


KINDS = ["name", "phone", "email", "consent", "question"]
QUESTIONS = [
    Question(id=n, trait="birth_date" if kind == "date" else kind, kind=kind, choices=[["a", {}]])
    for n, kind in enumerate(QuestionKind.values, start=1)
]


@pytest.mark.one_database
@settings(max_examples=150, deadline=None)
@given(said=st.lists(TEXT, min_size=10, max_size=14), more=st.dictionaries(TEXT, TEXT, max_size=3))
def test_any_post_of_a_form_is_read_or_has_its_error_in_its_place(
    said: list[str], more: dict[str, str]
) -> None:
    places = [Place(n, kind, kind, kind, "text", "", False) for n, kind in enumerate(KINDS[:4])]
    places += [
        Place(10 + q.id, "question", "?", q.kind, "text", "", True, question=q) for q in QUESTIONS
    ]
    posted = MultiValueDict({key: [value] for key, value in more.items()})
    posted.update({place.name: said[n % len(said)] for n, place in enumerate(places)})

    sent, read = read_sent(
        places=places,
        posted=posted,
        wordings={3: 5},
        standing=None,
        language="vi",
        country="VN",
        today=date(2026, 11, 23),
    )

    assert (sent is None) == any(place.error for place in read)
    if sent is not None:
        assert all("\x00" not in text and len(text) <= 500 for text in sent.texts)


@pytest.mark.one_database
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.kind)
@settings(max_examples=80, deadline=None)
@given(text=TEXT)
def test_any_answer_is_kept_or_refused_in_words(question: Question, text: str) -> None:
    try:
        kept = read_answer(question, text, country="VN", today=date(2026, 11, 23))
    except WrongAnswer as wrong:
        assert str(wrong)  # noqa: PT017 - either is right
        return
    assert len(kept) <= 500
    assert "\x00" not in kept


@pytest.mark.one_database
@settings(max_examples=200, deadline=None)
@given(kind=st.sampled_from(sorted(ids.PREFIXES)), text=TEXT)
def test_any_id_of_an_address_is_a_number_or_wrong(kind: str, text: str) -> None:
    for written in (text, f"{ids.PREFIXES[kind]}_{text}"):
        try:
            assert 0 <= ids.decode(kind, written) < 2**63
        except ids.WrongId:
            continue
