"""Messages as people write them: words in brackets of three languages, filled for each person."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from idic.interact.content.catalogue import FIELDS, KNOWN, NEEDS
from idic.interact.content.markup import find_wrong_link, list_urls, parse, unfence
from idic.interact.content.rendering import MissingValue, Rendered, Renderer, list_needed
from idic.interact.content.starters import get_starter
from idic.interact.content.typed import (
    WrongField,
    find_code,
    name_of,
    read_message,
    show_message,
)
from idic.interact.content.writing import to_html, to_text
from idic.interact.models import Goal

LANGUAGES = ["vi", "zh-hans", "en"]
PLAIN = st.text(
    st.characters(exclude_characters="[]【】［］{}(", exclude_categories=["Cs"]), max_size=9
)
STORED = st.lists(
    st.one_of(PLAIN, st.sampled_from([f"[{code}]" for code in sorted(KNOWN)])), max_size=9
).map("".join)


def read(text: str) -> str:
    return read_message(subject="", body=text)[1]


def render(body: str, *, subject: str = "x", **values: str) -> Rendered:
    return Renderer(subject=subject, body=body, known=KNOWN).render(values)


def words(body: str, **values: str) -> str:
    return to_text(parse(render(body, **values).body))


# What is typed and what is stored


@pytest.mark.parametrize("shown_in", LANGUAGES)
@pytest.mark.parametrize("read_in", LANGUAGES)
def test_a_message_comes_back_as_it_was_stored_whatever_the_language(
    shown_in: str, read_in: str
) -> None:
    @given(STORED, STORED)
    def comes_back(subject: str, body: str) -> None:
        with override(shown_in):
            shown = show_message(subject=subject, body=body)
        with override(read_in):
            assert read_message(subject=shown[0], body=shown[1]) == (subject, body)
            assert read_message(subject=subject, body=body) == (subject, body)

    comes_back()


def test_every_field_has_a_name_of_its_own_in_each_language() -> None:
    names: dict[str, str] = {}
    for language in LANGUAGES:
        with override(language):
            for field in FIELDS:
                name = name_of(field.code)
                assert names.setdefault(name, field.code) == field.code
                assert find_code(name) == field.code
                assert not re.search(r"[\[\](){}]", name)
    assert len(names) == 3 * len(FIELDS)


@pytest.mark.parametrize(
    "typed",
    [
        "[món hay mua]",
        "[MÓN HAY MUA]",
        "[mon hay mua]",
        "[ món  hay-mua ]",
        "[常买的商品]",
        "【常买的商品】",
        "［常买的商品］",
        "[What they often buy]",
        "[buy_again]",
        "{{ buy_again }}",
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_field_is_read_in_any_language_without_case_or_marks(typed: str, language: str) -> None:
    with override(language):
        assert read(f"A {typed}.") == "A [buy_again]."


@pytest.mark.parametrize(
    ("language", "typed", "sentence"),
    [
        ("vi", "Chào [tên kháh]!", "“[tên kháh]”. Có phải là [tên khách] không?"),
        ("zh-hans", "[称乎]，您好", "“[称乎]”这一项。您是不是想写[称呼]？"),
        ("en", "Hi [nmae]", "“[nmae]”. Did you mean [name]?"),
        ("en", "Hi [zzzzqq]", "Choose one of those below the message"),
    ],
)
def test_an_unknown_word_is_named_with_the_nearest_field(
    language: str, typed: str, sentence: str
) -> None:
    with override(language), pytest.raises(WrongField) as wrong:
        read_message(subject=typed, body="x")

    assert sentence in str(wrong.value)
    assert wrong.value.place == "subject"


@pytest.mark.parametrize(
    "text",
    [
        "[Order now](https://a.example/x)",
        "[greeting](https://a.example/x)",
        "[QC] Tea",
        "[广告] 茶",
        "【双十一】",
        "[1] [!] []",
        "[two\nlines]",
    ],
)
def test_brackets_that_are_no_fields_stay(text: str) -> None:
    assert read(text) == text
    assert unfence(render(text).body) == text


def test_a_link_may_name_a_field_in_its_label() -> None:
    body = read("[Mua [món hay mua]](https://a.example/x)\n\n[y](https://a.example/y)")

    assert list_urls(body) == ["https://a.example/x", "https://a.example/y"]
    assert find_wrong_link("[Mua [buy_again]](javascript:x)") == "javascript:x"
    assert words(body, buy_again="Tea").startswith("Mua Tea: https://a.example/x")


# Messages of before, and of those who know template code


def test_a_message_with_tags_is_rendered_by_its_own_rules_and_shown_as_it_is() -> None:
    body = "{% if product %}Try {{ product }}.{% endif %}\n\n[greeting] {{ name }}"

    assert show_message(subject="{{ name }}", body=body) == ("{{ name }}", body)
    assert read_message(subject="{{ name }}", body=body.replace("[", "(").replace("]", ")"))
    assert words(body, name="An") == "[greeting] An"
    with pytest.raises(MissingValue):
        render("{{ greeting }}\n\n{{ product }}", greeting="Hi")
    with pytest.raises(WrongField, match=re.escape("write {{ greeting }} instead")):
        read_message(subject="x", body=body)


def test_tags_that_only_name_a_field_are_shown_in_brackets() -> None:
    with override("vi"):
        shown = show_message(subject="{{ name }}", body="{{greeting}}, {{ shop }}")

    assert shown == ("[tên khách]", "[lời chào], [tên cửa hàng]")
    assert show_message(subject="x", body="{{ name }} {{ nobody }}")[1] == "{{ name }} {{ nobody }}"


# What is left out


def test_a_paragraph_whose_field_is_unknown_is_left_out() -> None:
    body = "[greeting],\n\nEvery [usual_gap].\n\nIn stock: [buy_again],\nfresh.\n\n[shop]"

    rendered = render(body, greeting="Hi", shop="Tea & Co", usual_gap="2 weeks", buy_again="  ")

    assert to_text(parse(rendered.body)) == "Hi,\n\nEvery 2 weeks.\n\nTea & Co"
    assert rendered.dropped == ("In stock: [buy_again],\nfresh.",)
    assert render(body, greeting="Hi", shop="S", usual_gap="1", buy_again="T").dropped == ()


def test_of_a_list_only_the_point_is_left_out() -> None:
    body = "For you:\n\n- [product]\n- [buy_again]\n- and more\n\nBye"

    assert words(body, buy_again="Tea") == "For you:\n\n- Tea\n- and more\n\nBye"


def test_nobody_gets_a_message_of_which_only_the_frame_is_left() -> None:
    body = "[greeting],\n\nEvery [usual_gap].\n\nTry [product] on [last_order].\n\nBye"

    assert words(body, greeting="Hi", usual_gap="a week") == "Hi,\n\nEvery a week.\n\nBye"
    with pytest.raises(MissingValue):
        render(body, greeting="Hi", product="Tea")
    assert list_needed(subject="[buy_again]", body=body, needs=NEEDS) == (
        ("usual_gap", "product"),
        ("usual_gap", "last_order"),
    )
    assert list_needed(subject="[buy_again]", body="[greeting], [shop]", needs=NEEDS) == ()


def test_an_offer_without_terms_is_still_an_offer() -> None:
    body = "Hello\n\nFor you: [offer]. [offer_terms]"

    assert words(body, offer="Free tea") == "Hello\n\nFor you: Free tea."
    assert words(body, offer="Free tea", offer_terms="Once.").endswith("Free tea. Once.")
    assert words(body) == "Hello"


@pytest.mark.parametrize(
    ("subject", "full", "without"),
    [
        ("[name], we missed you", "Chị Lan, we missed you", "We missed you"),
        ("News from us: [buy_again]", "News from us: trà 1,5 lít", "News from us"),
        (
            "News – [buy_again], 1,5 l and more",
            "News – trà 1,5 lít, 1,5 l and more",
            "News – 1,5 l and more",
        ),
        ("Low on [buy_again]?", "Low on trà 1,5 lít?", "tea & co"),
        ("想您了，[name]！", "想您了，chị Lan！", "想您了"),
        ("Tea - [buy_again]", "Tea - trà 1,5 lít", "Tea"),
    ],
)
def test_a_subject_reads_well_without_what_is_unknown(
    subject: str, full: str, without: str
) -> None:
    values = {"shop": "tea & co", "name": "chị Lan", "buy_again": "trà 1,5 lít"}

    assert render("x", subject=subject, **values).subject == full
    assert render("x", subject=subject, shop="tea & co").subject == without


def test_a_sentence_begins_with_a_capital_and_a_brand_as_it_is_written() -> None:
    body = "[you] ơi. [you] khỏe không? Mời [you].\n\n- [buy_again]\n\n[product] [shop]"

    text = words(body, you="chị", buy_again="trà", product="iPhone", shop="eBay")

    assert text == "Chị ơi. Chị khỏe không? Mời chị.\n\n- Trà\n\niPhone eBay"


# What a person's data holds stays data


@pytest.mark.parametrize(
    "payload",
    [
        "[shop]",
        "[x](https://evil.example)",
        "{{ shop }}",
        "{% if 1 %}",
        "**b**",
        "<b>",
        "a]\n\n[shop",
    ],
)
def test_brackets_and_braces_in_a_name_come_out_as_they_are(payload: str) -> None:
    rendered = render(
        "Hi [name]!\n\n[go [name]](https://a.example)", subject="Hi [name]", name=payload
    )
    flat = " ".join(payload.split())

    assert rendered.subject == f"Hi {flat}"
    assert to_text(parse(rendered.body)) == f"Hi {flat}!\n\ngo {flat}: https://a.example"
    assert to_html(parse(rendered.body)).count("<a ") == 1


# The messages to start from


@pytest.mark.req("R117")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("goal", Goal.values)
def test_a_starter_reads_as_plain_words_in_its_language(goal: str, language: str) -> None:
    starter = get_starter(goal=goal, language=language)
    with override(language):
        subject, body = show_message(subject=starter.subject, body=starter.body)
        stored = read_message(subject=subject, body=body)

    assert stored == (starter.subject, starter.body)
    assert not re.search(r"[{}*_]", subject + body)
    nothing_known = {"greeting": "Hi", "name": "An", "you": "you", "shop": "Tea & Co"}
    with pytest.raises(MissingValue):
        render(starter.body, subject=starter.subject, **nothing_known)
