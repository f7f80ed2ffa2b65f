"""What to ask a customer, on their page: one press notes an answer, a repeat is warned about."""

from __future__ import annotations

import pytest
from django.urls import reverse

from idic.core import clock, ids
from idic.identify.models import Asking, AskingState, Customer, Question, Trait
from idic.identify.services.questions.editing import Wanted, create_question, ensure_standard
from idic.web.home.page import build_home
from tests.cast import NOW, Shop, browser_of, hire, open_shop

pytestmark = [pytest.mark.django_db, pytest.mark.req("R073")]


@pytest.fixture
def shop() -> Shop:
    ensure_standard(now=NOW)
    shop = open_shop()
    shop.add("Lan", phone="+84912345678", email="lan@example.com")
    return shop


def tea() -> Question:
    wanted = Wanted(
        {"en": "Favourite tea"},
        {"en": "Which tea do you like best?"},
        "choice",
        [{"en": "Green"}, {"en": "<b>Black</b>"}],
        365,
        "everybody",
    )
    return create_question(wanted=wanted, staff=hire("Bob"), now=NOW)


def word(shop: Shop) -> str:
    return ids.encode("customer", shop.people["Lan"].id)


def page_of(shop: Shop) -> str:
    return reverse("web:customer_detail", args=[word(shop)])


def answer(shop: Shop, question: Question, said: str, *, who: str = "Bob", **more: str) -> int:
    posted = {"question": ids.encode("question", question.id), "answer": said, "act": "answer"}
    url = reverse("web:customer_questions", args=[word(shop)])
    return browser_of(who).post(url, posted | more).status_code


def test_the_page_asks_what_is_worth_most_and_skips_what_is_known(shop: Shop) -> None:
    page = browser_of("Bob").get(page_of(shop))

    assert [one.label for one in page.context["asks"]] == ["Birth date", "City"]
    assert "When is your birthday?" in page.content.decode()


def test_one_press_notes_the_answer_and_it_is_asked_no_more(shop: Shop) -> None:
    city = Question.objects.get(trait="city")

    assert answer(shop, city, "Huế") == 302

    assert Customer.objects.get(id=shop.people["Lan"].id).city == "Huế"
    asks = browser_of("Bob").get(page_of(shop)).context["asks"]
    assert [one.label for one in asks] == ["Birth date", "Occupation"]
    asking = Asking.objects.get()
    assert (asking.asked_by_name, asking.department) == ("Bob", "marketer")


def test_asking_again_names_who_asked_and_what_was_said_and_writes_nothing(shop: Shop) -> None:
    question = tea()
    answer(shop, question, "green")
    browser = browser_of("Alice")
    url = reverse("web:customer_questions", args=[word(shop)])

    posted = {"question": ids.encode("question", question.id), "answer": "b_black_b"}
    landed = browser.post(url, posted, follow=True)

    assert "Bob (Marketer) asked on" in landed.content.decode()
    assert "“Green”" in landed.content.decode()
    assert Trait.objects.filter(name="favourite_tea").count() == 1


def test_a_repeat_on_purpose_is_counted_and_shown(shop: Shop) -> None:
    question = tea()
    code = question.choices[1][0]
    answer(shop, question, "green")
    answer(shop, question, code, who="Alice", again="1")

    assert [one.is_repeat for one in Asking.objects.order_by("id")] == [False, True]
    page = browser_of("Bob").get(reverse("identify:question_list"))
    assert (page.context["asked"], page.context["repeats"]) == (2, 1)
    assert [one["name"] for one in page.context["repeat_rows"]] == ["Lan"]
    home = build_home(business=shop.business, staff=hire("Bob"), now=clock.now())
    assert (home.maturity.parts[-1].rate, home.known.asked_twice) == (0.5, 1)


def test_what_a_label_holds_is_shown_and_never_run(shop: Shop) -> None:
    answer(shop, tea(), Question.objects.get(trait="favourite_tea").choices[1][0])

    page = browser_of("Bob").get(reverse("web:customer_questions", args=[word(shop)]))

    assert "&lt;b&gt;Black&lt;/b&gt;" in page.content.decode()
    assert "<b>Black</b>" not in page.content.decode()


def test_who_would_rather_not_say_is_not_asked_and_the_press_can_be_taken_back(shop: Shop) -> None:
    birthday = Question.objects.get(trait="birth_date")
    answer(shop, birthday, "", act="decline")

    asks = browser_of("Bob").get(page_of(shop)).context["asks"]
    assert [one.label for one in asks] == ["City", "Occupation"]
    asking = Asking.objects.get(state=AskingState.DECLINED)
    undo = reverse("web:customer_answer_undo", args=[word(shop), asking.id])
    browser_of("Alice").post(undo)
    assert Asking.objects.exists()
    browser_of("Bob").post(undo)
    assert not Asking.objects.exists()


def test_an_empty_or_wrong_answer_notes_nothing(shop: Shop) -> None:
    answer(shop, Question.objects.get(trait="birth_date"), "yesterday")
    answer(shop, Question.objects.get(trait="city"), " \x00 ")

    assert not Asking.objects.exists()
    assert not Trait.objects.exists()


def test_who_may_only_read_asks_nothing(shop: Shop) -> None:
    assert answer(shop, Question.objects.get(trait="city"), "Huế", who="Charlie") == 403

    assert not Asking.objects.exists()


def test_a_question_is_written_changed_and_removed(shop: Shop) -> None:
    browser = browser_of("Bob")
    posted = {
        "label_en": "Pets",
        "label_vi": "Thú cưng",
        "wording_en": "Do you have pets?",
        "kind": "choice",
        "choices_en": "Cat\nDog\n\n",
        "choices_vi": "Mèo\nChó",
        "holds_for_days": "365",
        "asked_of": "person",
    }
    assert browser.post(reverse("identify:question_new"), posted).status_code == 302

    pets = Question.objects.get(trait="pets")
    assert pets.choices == [
        ["cat", {"en": "Cat", "vi": "Mèo"}],
        ["dog", {"en": "Dog", "vi": "Chó"}],
    ]
    word = ids.encode("question", pets.id)
    edit = reverse("identify:question_edit", args=[word])
    assert browser.get(edit).status_code == 200
    refused = browser.post(edit, posted | {"choices_en": "Cat", "choices_vi": ""})
    assert refused.status_code == 422
    assert browser.post(edit, posted | {"label_en": "Animals"}).status_code == 302
    assert Question.objects.get(trait="pets").label["en"] == "Animals"
    browser.post(reverse("identify:question_remove", args=[word]))
    assert not Question.objects.filter(trait="pets", removed_at=None).exists()
