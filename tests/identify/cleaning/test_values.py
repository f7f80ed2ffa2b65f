"""Phones, e-mail addresses, days, money and places as they are really written."""

from __future__ import annotations

from datetime import date

import pytest

from idic.identify.cleaning import Context, Problem, clean_amount, clean_field, find_city
from idic.identify.cleaning.days import clean_birth_date
from idic.identify.cleaning.emails import clean_email, is_one_slip
from idic.identify.cleaning.phones import clean_phone
from idic.identify.cleaning.places import read_chinese, read_vietnamese
from idic.identify.cleaning.places.provinces import (
    CHANGED_ON,
    NEW_OF,
    new_province,
    old_provinces,
    province_on,
)
from idic.identify.cleaning.places.vietnam import is_today, to_two_levels
from idic.identify.cleaning.places.wards import find_new_wards

pytestmark = [pytest.mark.req("R029"), pytest.mark.one_database]
TODAY = date(2026, 11, 23)
VIETNAM = Context(today=TODAY)


@pytest.mark.parametrize(
    ("given", "country", "value", "problem"),
    [
        ("0912 345 678", "VN", "+84912345678", Problem.PHONE_WRITTEN),
        ("84987654321", "VN", "+84987654321", Problem.PHONE_WRITTEN),
        ("+84912345678", "VN", "+84912345678", None),
        ("01234567890", "VN", "+84834567890", Problem.OLD_PREFIX),
        ("0169 123 4567", "VN", "+84391234567", Problem.OLD_PREFIX),
        ("+84 199 123 4567", "VN", "+84591234567", Problem.OLD_PREFIX),
        ("0912345678 / 0987654321", "VN", "+84912345678", Problem.PHONE_SEVERAL),
        ("0912 345 678 (chị Lan)", "VN", "+84912345678", Problem.PHONE_NOTE),
        ("SĐT: 0912.345.678", "VN", "+84912345678", Problem.PHONE_NOTE),
        ("O912345678", "VN", "+84912345678", Problem.PHONE_WRITTEN),
        ("138-2549-4489", "CN", "+8613825494489", Problem.PHONE_WRITTEN),
        ("020 7946 0018", "GB", "+442079460018", Problem.PHONE_WRITTEN),
        ("12345", "VN", "12345", Problem.PHONE_UNREADABLE),
        ("0000000000", "VN", "", Problem.PHONE_PLACEHOLDER),
        ("0123456789", "VN", "", Problem.PHONE_PLACEHOLDER),
        ("09****123", "VN", "", Problem.PHONE_MASKED),
        ("138****4489", "CN", "", Problem.PHONE_MASKED),
        ("17012345678转1234", "CN", "", Problem.PHONE_RELAY),
    ],
)
def test_a_phone_is_written_one_way_and_what_names_nobody_is_empty(
    given: str, country: str, value: str, problem: Problem | None
) -> None:
    cleaned = clean_phone(given, country=country)

    assert (cleaned.best, cleaned.problem) == (value, problem)


@pytest.mark.parametrize(
    ("given", "value", "problem"),
    [
        ("lan@gmail.con", "lan@gmail.com", Problem.EMAIL_DOMAIN),
        ("lan@gmial.com", "lan@gmail.com", Problem.EMAIL_DOMAIN),
        ("lan@gmail.com.vn", "lan@gmail.com", Problem.EMAIL_DOMAIN),
        ("lan@yaho.com.vn", "lan@yahoo.com.vn", Problem.EMAIL_DOMAIN),
        ("lan@yahoo.com.vm", "lan@yahoo.com.vn", Problem.EMAIL_DOMAIN),
        ("lan@yahoo.con.vn", "lan@yahoo.com.vn", Problem.EMAIL_DOMAIN),
        ("lan@hotmial.com", "lan@hotmail.com", Problem.EMAIL_DOMAIN),
        ("1234@qq.con", "1234@qq.com", Problem.EMAIL_DOMAIN),
        ("1234@163.cmo", "1234@163.com", Problem.EMAIL_DOMAIN),
        ("lan @gmail,com", "lan@gmail.com", Problem.EMAIL_WRITTEN),
        ("lan(at)gmail.com", "lan@gmail.com", Problem.EMAIL_WRITTEN),
        ("lan@gmailcom", "lan@gmail.com", Problem.EMAIL_WRITTEN),
        ("LAN@Gmail.com", "lan@gmail.com", None),
        ("ketoan@tiem.vn", "ketoan@tiem.vn", Problem.EMAIL_ROLE),
        ("noemail@tiem.vn", "", Problem.EMAIL_PLACEHOLDER),
        ("lan.gmail.com", "lan.gmail.com", Problem.EMAIL_UNREADABLE),
        # Real, though a letter away from a common one.
        ("lan@mail.com", "lan@mail.com", None),
        ("lan@ymail.com", "lan@ymail.com", None),
        ("lan@yahoo.vn", "lan@yahoo.vn", None),
        ("lan@aq.com", "lan@aq.com", None),
        ("lan@tiem.vn", "lan@tiem.vn", None),
    ],
)
def test_slips_in_mail_addresses_are_suggestions(
    given: str, value: str, problem: Problem | None
) -> None:
    cleaned = clean_email(given)

    assert (cleaned.best, cleaned.problem) == (value, problem)
    if problem is Problem.EMAIL_DOMAIN:
        assert cleaned.value == given  # nothing is changed without being asked


def test_one_slip_is_a_letter_more_less_other_or_two_swapped() -> None:
    assert all(is_one_slip(word, "gmail") for word in ("gmial", "gmai", "ggmail", "gnail"))
    assert not any(is_one_slip(word, "gmail") for word in ("gmail", "gmalli", "hotmail", "mgali"))


@pytest.mark.parametrize(
    ("given", "value", "problem"),
    [
        ("1990-05-01", "1990-05-01", None),
        ("31/12/1999", "1999-12-31", Problem.DAY_WRITTEN),
        ("1999年12月31日", "1999-12-31", Problem.DAY_WRITTEN),
        ("12/25/1990", "1990-12-25", Problem.DAY_WRITTEN),
        ("2062-05-03", "1962-05-03", Problem.DAY_CENTURY),
        ("1900-01-01", "", Problem.DAY_PLACEHOLDER),
        ("0000-00-00", "", Problem.DAY_PLACEHOLDER),
        ("1901-05-03", "", Problem.DAY_IMPOSSIBLE),
        ("năm Dần", "năm Dần", Problem.DAY_UNREADABLE),
    ],
)
def test_days_nobody_was_born_on_are_found(given: str, value: str, problem: Problem | None) -> None:
    cleaned = clean_birth_date(given, today=TODAY)

    assert (cleaned.best, cleaned.problem) == (value, problem)


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("15/8 âm lịch", "08-15"),
        ("15/8/1990 (ÂL)", "08-15"),
        ("mùng 5 tháng 5 âm", "05-05"),
        ("农历八月十五", "08-15"),
        ("阴历腊月廿三", "12-23"),
        ("农历正月初一", "01-01"),
    ],
)
def test_a_lunar_birthday_is_kept_as_one_and_never_made_a_solar_day(given: str, day: str) -> None:
    cleaned = clean_birth_date(given, today=TODAY)

    assert (cleaned.best, cleaned.problem) == ("", Problem.DAY_LUNAR)
    assert dict(cleaned.also) == {"lunar_birthday": day}


@pytest.mark.parametrize(
    ("given", "currency", "value"),
    [
        ("1tr2", "VND", "1200000"),
        ("350k", "VND", "350000"),
        ("1.245.000đ", "VND", "1245000"),
        ("3万", "CNY", "30000"),
        ("¥12.50", "CNY", "12.5"),
        ("1,5 triệu", "VND", "1500000"),
        ("£1,200.75", "GBP", "1200.75"),
    ],
)
def test_money_is_read_as_people_write_it(given: str, currency: str, value: str) -> None:
    assert clean_amount(given, currency=currency).value == value


def test_sixty_three_provinces_became_thirty_four() -> None:
    assert len(NEW_OF) == 63
    assert len(set(NEW_OF.values())) == 34
    assert new_province("Bình Dương") == "TP. Hồ Chí Minh"
    assert new_province("tinh hoa binh") == "Phú Thọ"
    assert new_province("Huế") == new_province("Thừa Thiên - Huế") == "Huế"
    assert old_provinces("Lâm Đồng") == ("Lâm Đồng", "Bình Thuận", "Đắk Nông")
    assert province_on("Bình Dương", day=date(2025, 6, 30)) == "Bình Dương"
    assert province_on("Bình Dương", day=CHANGED_ON) == "TP. Hồ Chí Minh"


@pytest.mark.parametrize(
    ("given", "value", "problem"),
    [
        ("TPHCM", "TP. Hồ Chí Minh", Problem.PLACE_SPELLING),
        ("Sài Gòn", "TP. Hồ Chí Minh", Problem.PLACE_SPELLING),
        ("Thành phố Hồ Chí Minh", "TP. Hồ Chí Minh", Problem.PLACE_SPELLING),
        ("ha noi", "Hà Nội", Problem.PLACE_SPELLING),
        ("Tỉnh Đồng Nai", "Đồng Nai", Problem.PLACE_SPELLING),
        ("Bà Rịa - Vũng Tàu", "TP. Hồ Chí Minh", Problem.PROVINCE_2025),
        ("Bình Dương", "TP. Hồ Chí Minh", Problem.PROVINCE_2025),
        ("深圳市", "深圳", Problem.PLACE_SPELLING),
        ("Vũng Tàu", "Vũng Tàu", None),
        ("Đà Nẵng", "Đà Nẵng", None),
        ("上海", "上海", None),
        ("London", "London", None),
    ],
)
def test_a_city_is_written_one_way_and_by_its_province_of_today(
    given: str, value: str, problem: Problem | None
) -> None:
    cleaned = clean_field("city", given, context=VIETNAM)

    assert (cleaned.best, cleaned.problem) == (value, problem)


@pytest.mark.parametrize(
    ("given", "value", "problem"),
    [
        (
            "720A Điện Biên Phủ, Phường 22, Quận Bình Thạnh, Thành phố Hồ Chí Minh",
            "720A Điện Biên Phủ, Phường Thạnh Mỹ Tây, TP. Hồ Chí Minh",
            Problem.WARD_2025,
        ),
        (
            "206 Lạc Long Quân, P.14, Q.11, TP.HCM",
            "206 Lạc Long Quân, Phường Hòa Bình, TP. Hồ Chí Minh",
            Problem.WARD_2025,
        ),
        (
            "5 Trần Phú, P. Đội Cấn, Q. Ba Đình, Hà Nội",
            "5 Trần Phú, P. Đội Cấn, Q. Ba Đình, Hà Nội",
            Problem.WARD_DIVIDED,
        ),
        (
            "12 Đại lộ Bình Dương, Thủ Dầu Một, Bình Dương",
            "12 Đại lộ Bình Dương, Thủ Dầu Một, TP. Hồ Chí Minh",
            Problem.PROVINCE_2025,
        ),
        ("12 Lê Lợi, Phường Ba Đình, Hà Nội", "12 Lê Lợi, Phường Ba Đình, Hà Nội", None),
        ("广东省深圳市南山区科技园1号", "广东省深圳市南山区科技园1号", None),
        ("hẻm sau chợ, hỏi cô Ba", "hẻm sau chợ, hỏi cô Ba", None),
    ],
)
def test_an_old_address_is_proposed_as_of_today_where_that_is_certain(
    given: str, value: str, problem: Problem | None
) -> None:
    cleaned = clean_field("address", given, context=VIETNAM)

    assert (cleaned.best, cleaned.problem) == (value, problem)


def test_the_known_city_helps_an_address_that_does_not_repeat_it() -> None:
    near = Context(today=TODAY, place="TP. Hồ Chí Minh")

    assert clean_field("address", "206 Lạc Long Quân, P.14, Q.11", context=near).best == (
        "206 Lạc Long Quân, Phường Hòa Bình, TP. Hồ Chí Minh"
    )
    assert clean_field("address", "206 Lạc Long Quân, P.14, Q.11", context=VIETNAM).problem is None


def test_old_wards_know_their_new_ones_also_where_they_were_divided() -> None:
    def new(ward: str) -> list[tuple[str, str]]:
        return find_new_wards(ward=ward, district="Quận Ba Đình", province="Hà Nội")

    assert new("Phường Điện Biên") == [("Phường Ba Đình", "Hà Nội")]
    assert new("P. Nowhere") == []
    assert {ward for ward, _province in new("Phường Đội Cấn")} == {
        "Phường Ba Đình",
        "Phường Ngọc Hà",
    }
    quarter = read_vietnamese("1 Nguyễn Trãi, P5 Q5, HCM")
    assert (quarter.ward, quarter.district, quarter.province) == (
        "Phường 5",
        "Quận 5",
        "TP. Hồ Chí Minh",
    )
    assert len(to_two_levels(quarter)) == 1
    assert is_today(read_vietnamese("12 Lê Lợi, Phường Ba Đình, Hà Nội"))


def test_a_chinese_address_is_taken_apart_by_its_levels() -> None:
    shenzhen = read_chinese("广东省深圳市南山区粤海街道科技园1号")
    beijing = read_chinese("北京市朝阳区建国路88号")

    assert (shenzhen.province, shenzhen.city, shenzhen.district, shenzhen.street) == (
        "广东省",
        "深圳市",
        "南山区",
        "粤海街道",
    )
    assert shenzhen.rest == "科技园1号"
    assert (beijing.province, beijing.city, beijing.district) == ("北京市", "北京市", "朝阳区")
    assert read_chinese("内蒙古自治区呼和浩特市新城区").province == "内蒙古自治区"
    assert read_chinese("吉林市船营区").city == "吉林市"
    assert find_city("广东省深圳市南山区科技园1号", context=VIETNAM) == "深圳"
    assert find_city("12 Lê Lợi, Quận 1, TP.HCM", context=VIETNAM) == "TP. Hồ Chí Minh"
