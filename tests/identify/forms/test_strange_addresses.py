"""What strangers write into addresses and bodies of public pages: an answer, never a crash."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Shop, open_shop

from .cast import Paper

pytestmark = [pytest.mark.django_db, pytest.mark.req("R021")]
STRANGE = ("%00", "a%00b", "%F0%9F%92%A9", "%E2%80%AE", "..%2f..", "%3Cscript%3E", "x" * 3000)


@pytest.fixture
def shop() -> Shop:
    return open_shop(language="vi")


@pytest.fixture
def paper(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Paper:
    return Paper(shop, monkeypatch)


@pytest.mark.parametrize("word", STRANGE)
def test_no_word_in_an_address_breaks_a_public_page(paper: Paper, word: str) -> None:
    form = paper.url
    places = (f"/f/{word}/", f"/f/{word}/look.css", f"/f/{word}/thanks/", f"{form}{word}/",
              f"/me/{word}/", f"/confirm/{word}/", f"/u/{word}", f"/r/{word}")  # fmt: skip
    for place in places:
        for method in ("get", "post"):
            assert getattr(Client(), method)(place).status_code in (400, 404, 405), (
                method,
                place,
            )
    for query in (f"?visitor={word}", f"?lang={word}", f"?frame={word}"):
        page = paper.browser.get(form + query)
        assert page.status_code == (400 if "%00" in word else 200)
        assert b"<script>" not in page.content


@pytest.mark.parametrize("value", ["\x00", "a\x00b", "\ud800".encode("utf-8", "surrogatepass")])
def test_no_value_breaks_a_form_and_none_is_stored_with_a_nul(
    paper: Paper, value: str | bytes
) -> None:
    text = value if isinstance(value, str) else "\ufffd"
    answer = paper.send(
        name=f"Lan{text}", phone="0912345678", city=f"Huế{text}", extra={"visitor": text}
    )

    assert answer.status_code in (303, 422)
