"""What is remembered of questions: nobody is asked what we know, and a repeat is counted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from idic.identify.models import Asking, AskingWay, Customer, Question, Trait
from idic.identify.questions.answers import WrongAnswer, read_answer
from idic.identify.questions.memory import count_askings, find_repeat, recall, what_to_ask
from idic.identify.questions.wording import say_answer, say_question
from idic.identify.services.customers import edit_customer
from idic.identify.services.questions.asking import (
    Asker,
    ask,
    decline,
    note_answer,
    take_back,
)
from idic.identify.services.questions.editing import (
    Wanted,
    WrongQuestion,
    change_question,
    create_question,
    ensure_standard,
    remove_question,
    restore_question,
)
from tests.cast import NOW, Shop, hire, open_shop

pytestmark = [pytest.mark.django_db, pytest.mark.req("R073")]


@pytest.fixture
def shop() -> Shop:
    ensure_standard(now=NOW)
    shop = open_shop()
    shop.add("Lan")
    return shop


def person(shop: Shop) -> Customer:
    return Customer.objects.get(id=shop.people["Lan"].id)


def tea(shop: Shop, *, days: int | None = 365) -> Question:
    wanted = Wanted(
        {"en": "Favourite tea", "vi": "Trà yêu thích"},
        {"en": "Which tea do you like best?"},
        "choice",
        [{"en": "Green"}, {"en": "Black", "vi": "Hồng trà"}],
        days,
        "everybody",
    )
    return create_question(wanted=wanted, staff=hire("Bob"), now=NOW)


def traits_to_ask(shop: Shop, *, limit: int = 20, days: int = 0) -> list[str]:
    found = what_to_ask(customer=person(shop), limit=limit, now=NOW + timedelta(days=days))
    return [one.question.trait for one in found]


def test_what_is_unknown_is_asked_the_most_worthwhile_first(shop: Shop) -> None:
    assert traits_to_ask(shop, limit=3) == ["phone", "email", "birth_date"]


def test_an_answer_is_kept_as_a_trait_and_not_asked_again_until_it_no_longer_holds(
    shop: Shop,
) -> None:
    question = tea(shop)

    asking = note_answer(
        question=question, customer=person(shop), value="black", staff=hire("Bob"),
        country="VN", now=NOW,
    )  # fmt: skip

    trait = Trait.objects.get(name="favourite_tea")
    assert (trait.value, trait.observed_at, trait.verified_at) == ("black", NOW, None)
    assert trait.record.source.key == "crm"
    assert (asking.trait_id, asking.answer, asking.asked_by_name) == (trait.id, "black", "Bob")
    assert (asking.department, asking.is_repeat) == (hire("Bob").role, False)
    assert asking.holds_until == NOW + timedelta(days=365)
    assert "favourite_tea" not in traits_to_ask(shop, days=364)
    assert "favourite_tea" in traits_to_ask(shop, days=366)


def test_asking_again_is_a_repeat_that_names_who_asked_and_what_was_said(shop: Shop) -> None:
    question, bob = tea(shop), hire("Bob")
    note_answer(
        question=question, customer=person(shop), value="green", staff=bob, country="VN", now=NOW
    )

    later = NOW + timedelta(days=3)
    repeat = find_repeat(question=question, customer=person(shop), now=later)
    assert repeat is not None
    assert repeat.asking is not None
    assert (repeat.known.value, repeat.asking.asked_by_name) == ("green", "Bob")
    again = ask(question=question, customer=person(shop), by=Asker(bob, AskingWay.STAFF), now=later)

    assert again.is_repeat
    counts = count_askings(since=NOW)
    assert (counts.asked, counts.answered, counts.repeats) == (2, 1, 1)
    assert counts.fresh_rate == 0.5


def test_what_a_file_told_is_known_too(shop: Shop) -> None:
    edit_customer(
        customer_id=shop.people["Lan"].id, changes={"city": "Huế"}, actor="a", country="VN", now=NOW
    )

    assert "city" not in traits_to_ask(shop)
    found = {one.question.trait: one for one in recall(customer=person(shop), now=NOW)}
    assert found["city"].known is not None
    assert found["city"].known.value == "Huế"


def test_a_noted_phone_number_is_an_edit_and_makes_a_second_way_worth_less(shop: Shop) -> None:
    phone = Question.objects.get(trait="phone")

    note_answer(
        question=phone, customer=person(shop), value="+84912345678", staff=hire("Bob"),
        country="VN", now=NOW,
    )  # fmt: skip

    assert person(shop).phone == "+84912345678"
    worth = {one.question.trait: one.worth for one in recall(customer=person(shop), now=NOW)}
    assert (worth["email"], worth["city"]) == (0.25, 0.05)


def test_who_would_rather_not_say_is_left_alone_for_half_a_year(shop: Shop) -> None:
    birthday = Question.objects.get(trait="birth_date")

    decline(question=birthday, customer=person(shop), staff=hire("Bob"), now=NOW)

    assert "birth_date" not in traits_to_ask(shop, days=179)
    assert "birth_date" in traits_to_ask(shop, days=181)


def test_only_who_noted_an_answer_takes_it_back(shop: Shop) -> None:
    asking = note_answer(
        question=tea(shop), customer=person(shop), value="green", staff=hire("Bob"),
        country="VN", now=NOW,
    )  # fmt: skip

    lan = shop.people["Lan"].id
    assert not take_back(asking_id=asking.id, customer_id=lan, staff=hire("Alice"), now=NOW)
    assert not take_back(asking_id=asking.id, customer_id=lan + 1, staff=hire("Bob"), now=NOW)
    assert take_back(asking_id=asking.id, customer_id=lan, staff=hire("Bob"), now=NOW)
    assert not Trait.objects.filter(name="favourite_tea").exists()
    assert not Asking.objects.exists()


def test_a_company_is_not_asked_for_its_birthday(shop: Shop) -> None:
    Customer.objects.filter(id=shop.people["Lan"].id).update(is_company=True)

    assert "birth_date" not in traits_to_ask(shop)


def test_answers_are_read_as_their_question_wants_them(shop: Shop) -> None:
    questions = {one.trait: one for one in Question.objects.all()}

    def read(trait: str, text: str) -> str:
        return read_answer(questions[trait], text, country="VN", today=date(2026, 11, 23))

    assert read("birth_date", "02/03/1990") == "1990-03-02"
    assert read("phone", "0912 345 678") == "+84912345678"
    assert read("city", " Đà\x00 Nẵng\n") == "Đà Nẵng"
    for trait, text in (
        ("birth_date", "2030-01-01"), ("phone", "12"), ("email", "x@"), ("city", "x" * 501)
    ):  # fmt: skip
        with pytest.raises(WrongAnswer):
            read(trait, text)
    with pytest.raises(WrongAnswer):
        read_answer(tea(shop), "coffee", country="VN", today=date(2026, 11, 23))


def test_a_question_reads_in_the_next_best_language(shop: Shop) -> None:
    question = tea(shop)

    assert say_question(question, language="vi") == "Which tea do you like best?"
    assert say_answer(question, "black", language="vi") == "Hồng trà"
    assert say_answer(question, "green", language="vi") == "Green"


def test_an_answer_keeps_its_code_when_others_come_and_the_trait_never_changes(shop: Shop) -> None:
    question = tea(shop)
    wanted = Wanted(
        {"en": "Tea"}, {}, "text", [{"en": "White"}, {"en": "Black"}, {"en": "Oolong"}], None,
        "person",
    )  # fmt: skip

    changed = change_question(question_id=question.id, wanted=wanted, staff=hire("Bob"), now=NOW)

    assert (changed.trait, changed.kind) == ("favourite_tea", "choice")
    assert [code for code, _texts in changed.choices] == ["white", "black", "oolong"]


def test_a_question_without_a_name_or_with_one_answer_is_refused(shop: Shop) -> None:
    for label, choices in (({}, [{"en": "A"}, {"en": "B"}]), ({"en": "Tea"}, [{"en": "A"}])):
        wanted = Wanted(label, {}, "choice", choices, None, "everybody")
        with pytest.raises(WrongQuestion):
            create_question(wanted=wanted, staff=hire("Bob"), now=NOW)
    assert not Question.objects.filter(is_standard=False).exists()


def test_a_removed_question_can_come_back_and_a_usual_one_stays(shop: Shop) -> None:
    question, bob = tea(shop), hire("Bob")

    assert remove_question(question_id=question.id, staff=bob, now=NOW)
    assert "favourite_tea" not in traits_to_ask(shop)
    assert restore_question(question_id=question.id, staff=bob, now=NOW)
    usual = Question.objects.get(trait="city")
    assert not remove_question(question_id=usual.id, staff=bob, now=NOW)
