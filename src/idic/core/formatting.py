"""How numbers, money and days read in Vietnamese, Chinese and English. Pure functions with the
language as an argument; the filters in `templatetags/ui.py` only add the viewer's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency, format_decimal

from idic.core import money

MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"

Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class _Step:
    """One unit of the compact form: from `at` on, divide by `at` and say `word`."""

    at: int
    word: str
    # More digits are kept while the figure in this unit is small: 5,02 tỷ but 11,4 tỷ.
    fine: bool = False
    # The smallest figure in it that people write: 0,98 tr ₫ and ¥0.87万, but £690 and not £0.69k.
    least: Decimal = Decimal("0.1")


_STEPS = {
    "vi": (
        _Step(10**9, f"{SPACE}tỷ", fine=True),
        _Step(10**6, f"{SPACE}tr"),
        _Step(10**3, f"{SPACE}nghìn", least=Decimal(1)),
    ),
    "zh": (_Step(10**8, "亿", fine=True), _Step(10**4, "万")),
    "en": (_Step(10**9, "bn", fine=True), _Step(10**6, "m"), _Step(10**3, "k", least=Decimal(1))),
}
_NOTHING = 100  # an amount so many times smaller than another is next to nothing beside it
_NEAR_DAYS = {
    "vi": {-1: "hôm qua", 0: "hôm nay", 1: "ngày mai"},
    "zh": {-1: "昨天", 0: "今天", 1: "明天"},
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
}
# Chinese tells words of a list from parts of a sentence: 牛奶、鸡蛋 but 同意，2026年.
LISTED = {"vi": ", ", "zh": "、", "en": ", "}
_CLAUSES = {"vi": ", ", "zh": "，", "en": ", "}
_SENTENCES = {"vi": "; ", "zh": "；", "en": "; "}
_LABELLED = {"vi": ": ", "zh": "：", "en": ": "}
_DAY = {"vi": "dd/MM/y", "zh": "y年M月d日", "en": "d MMM y"}
_DAY_SHORT = {"vi": "dd/MM", "zh": "M月d日", "en": "d MMM"}
_MONTH = {"vi": "'Tháng' M/y", "zh": "y年M月", "en": "MMMM y"}
_WEEKDAY = {"vi": "EEEE, dd/MM/y", "zh": "y年M月d日 EEEE", "en": "EEEE, d MMM y"}


def base_language(language: str) -> str:
    """Reduce a language tag to one of the three we speak; anything else reads as English."""
    base = language.lower().replace("_", "-").split("-")[0]
    return base if base in _STEPS else "en"


@lru_cache(maxsize=16)
def locale_for(language: str) -> Locale:
    """Give the Babel locale of a language; English follows the British order of a date."""
    return Locale.parse({"vi": "vi", "zh": "zh_Hans_CN", "en": "en_GB"}[base_language(language)])


def number(value: Number, *, language: str, decimals: int = 0) -> str:
    """Write a number with grouped thousands and exactly that many decimals."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return _minus(str(format_decimal(value, pattern, locale=locale_for(language))))


def signed(value: Number, *, language: str, decimals: int = 0) -> str:
    """Write a change with its sign; what rounds to zero carries none."""
    text = number(value, language=language, decimals=decimals)
    if not text.strip(f"{MINUS}0.,"):
        return text.removeprefix(MINUS)
    return text if text.startswith(MINUS) else f"+{text}"


def percent(rate: Number, *, language: str, decimals: int = 0) -> str:
    """Write a rate between 0 and 1; Vietnamese sets a space before the sign."""
    gap = SPACE if base_language(language) == "vi" else ""
    return f"{number(rate * 100, language=language, decimals=decimals)}{gap}%"


def amount(minor: int, *, currency: str, language: str) -> str:
    """Write an amount in full; a whole amount shows no decimals."""
    exact = money.to_decimal(minor, currency=currency)
    digits = 0 if exact == exact.to_integral_value() else money.exponent(currency)
    return _currency(exact, currency=currency, language=language, digits=digits)


def amount_short(minor: int, *, currency: str, language: str, sign: bool = False) -> str:
    """Write an amount briefly: 22,4 tr ₫, ¥12.3万, £1.2k. `sign` puts a plus before a gain."""
    exact = money.to_decimal(minor, currency=currency)
    figure, word = _compact(abs(exact), language=language)
    shown = _place(figure, word, currency=currency, language=language)
    if exact < 0 and figure.strip("0.,"):
        return f"{MINUS}{shown}"
    return f"+{shown}" if sign and exact > 0 and figure.strip("0.,") else shown


def amount_beside(minor: int, *, others: Sequence[int], currency: str, language: str) -> str:
    """Write an amount in the unit it shares with `others`: beside 10,2 tr ₫ stands 0,98 tr ₫. Where
    they share none each is as short as it is alone: £476 beside £6.5k.
    """
    exact = money.to_decimal(minor, currency=currency)
    step = _shared_step(others, currency=currency, language=language) if minor else None
    if step is None:
        return amount_short(minor, currency=currency, language=language)
    figure = _figure_in(abs(exact), step, language=language)
    shown = _place(figure, step.word, currency=currency, language=language)
    return f"{MINUS}{shown}" if exact < 0 and figure.strip("0.,") else shown


def amount_ends(low: int, high: int, *, currency: str, language: str) -> tuple[str, str]:
    """Write the ends of a range as a sentence says them, both in one unit: 0,98 and 10,2 tr ₫;
    £852 and £2k; £1.4k and £10.2k. A unit set off by a space is said once.
    """
    ends = (low, high)
    first, last = (
        amount_beside(end, others=ends, currency=currency, language=language) for end in ends
    )
    step = _shared_step(ends, currency=currency, language=language)
    if step is not None and step.word.startswith(SPACE):
        first = _bare(money.to_decimal(low, currency=currency), step, language=language)
    return first, last


def amounts_between(
    low: int, high: int, *, like: int, currency: str, language: str
) -> tuple[str, str]:
    """Write the ends of an interval beside its estimate `like`, without the currency: 22,4 tr ₫
    lies between 17,9 and 26,8; £5.4k between 1.2k and 9.0k. Both are in the unit the three share,
    which is said where it is not the estimate's.
    """
    step = _shared_step((low, high, like), currency=currency, language=language)
    shown = [
        _bare(money.to_decimal(end, currency=currency), step, language=language)
        for end in (low, high)
    ]
    estimate = amount_short(like, currency=currency, language=language)
    is_missing = step is not None and step.word not in f"{estimate}{shown[1]}"
    return shown[0], f"{shown[1]}{step.word}" if step and is_missing else shown[1]


def count_short(value: Number, *, language: str) -> str:
    """Write a count briefly: 12,5 tr, 1.2万, 3.4k."""
    figure, word = _compact(abs(Decimal(str(value))), language=language)
    return f"{MINUS if value < 0 else ''}{figure}{word}"


def listed(words: Iterable[str], *, language: str) -> str:
    """Write words or names one after the other: Milk, eggs; 牛奶、鸡蛋. Empty ones are left out."""
    return LISTED[base_language(language)].join(word for word in words if word)


def clauses(parts: Iterable[str], *, language: str) -> str:
    """Write parts of a sentence one after the other: 同意，2026年. Empty ones are left out."""
    return _CLAUSES[base_language(language)].join(part for part in parts if part)


def sentences(parts: Iterable[str], *, language: str) -> str:
    """Write parts that hold commas themselves: …; … and …；…."""
    return _SENTENCES[base_language(language)].join(part for part in parts if part)


def labelled(label: str, text: str, *, language: str) -> str:
    """Write what a text is before it: Size: 40; 尺码：40."""
    return f"{label}{_LABELLED[base_language(language)]}{text}"


def day(value: date, *, language: str) -> str:
    """Write a day: 23/11/2026, 2026年11月23日, 23 Nov 2026."""
    return _date(value, _DAY, language=language)


def day_short(value: date, *, language: str) -> str:
    """Write a day without its year: 23/11, 11月23日, 23 Nov."""
    return _date(value, _DAY_SHORT, language=language)


def weekday_day(value: date, *, language: str) -> str:
    """Write a day with its name: Thứ Hai, 23/11/2026."""
    return _date(value, _WEEKDAY, language=language)


def month(value: date, *, language: str) -> str:
    """Write a month: Tháng 11/2026, 2026年11月, November 2026."""
    return _date(value, _MONTH, language=language)


def moment(value: datetime, *, language: str) -> str:
    """Write a moment to the minute in the zone it already carries."""
    return f"{day(value, language=language)}{SPACE}{value:%H:%M}"


def relative_days(value: date, *, today: date, language: str) -> str:
    """Say how far a day lies from today in words: hôm nay, 19 ngày trước, in 3 days."""
    distance = (value - today).days
    near = _NEAR_DAYS[base_language(language)].get(distance)
    if near:
        return near
    words = str(
        format_timedelta(
            value - today,
            granularity="day",
            # Beyond two months weeks and days stop meaning anything to a shopkeeper.
            threshold=60 if abs(distance) < 60 else 1,
            add_direction=True,
            locale=locale_for(language),
        )
    )
    # CLDR writes "sau 3 ngày nữa"; a person says "3 ngày nữa".
    return words.removeprefix("sau ")


def _minus(text: str) -> str:
    return text.replace("-", MINUS)


def _date(value: date, patterns: dict[str, str], *, language: str) -> str:
    pattern = patterns[base_language(language)]
    return str(format_date(value, pattern, locale=locale_for(language)))


def _currency(value: Decimal, *, currency: str, language: str, digits: int) -> str:
    locale = locale_for(language)
    pattern = str(locale.currency_formats["standard"].pattern).split(";")[0]
    bare = pattern.replace("#,##0.00", "#,##0" + ("." + "0" * digits if digits else ""))
    return _minus(str(format_currency(value, currency, bare, locale=locale, currency_digits=False)))


def _place(figure: str, word: str, *, currency: str, language: str) -> str:
    """Set the sign of the currency where the language has it, the unit word beside the figure."""
    frame = _currency(Decimal(0), currency=currency, language=language, digits=0)
    return frame.replace("0", f"{figure}{word}", 1)


def _step_of(value: Decimal, *, language: str) -> _Step | None:
    """Choose the unit of a positive value: the largest it reaches once it is rounded in the unit
    below, so that 999,960 reads as one million, never as 1,000k, and 950,000 stays what it is.
    """
    steps = _STEPS[base_language(language)]
    for step, lower in zip(steps, (*steps[1:], None), strict=True):
        if _rounded_in(value, lower) >= step.at:
            return step
    return None


def _rounded_in(value: Decimal, step: _Step | None) -> Decimal:
    if step is None:
        return value.quantize(Decimal(1), ROUND_HALF_EVEN)
    return _in_unit(value, step)[0] * step.at


def _compact(value: Decimal, *, language: str) -> tuple[str, str]:
    """Give the figure and the unit word of a positive value."""
    step = _step_of(value, language=language)
    if step is None:
        return number(value.quantize(Decimal(1), ROUND_HALF_EVEN), language=language), ""
    shown, decimals = _in_unit(value, step)
    return number(shown, language=language, decimals=decimals), step.word


def _shared_step(amounts: Sequence[int], *, currency: str, language: str) -> _Step | None:
    """Choose the unit for amounts that stand together: that of the largest, unless the smallest
    would read oddly in it. What is next to nothing beside the largest has no say: −0,02 and 23,5.
    """
    sizes = [abs(money.to_decimal(minor, currency=currency)) for minor in amounts if minor]
    if not sizes:
        return None
    steps = _STEPS[base_language(language)]
    largest = _step_of(max(sizes), language=language)
    if largest is None:
        return None
    if largest.least < 1 and min(sizes) * _NOTHING < max(sizes):
        return largest
    small = steps[steps.index(largest) :]
    return next((step for step in small if min(sizes) >= step.at * step.least), None)


def _figure_in(value: Decimal, step: _Step, *, language: str) -> str:
    """Write a value in a unit that is given, small ones finer: 10,2 and 0,98."""
    raw = value / step.at
    size = abs(raw)
    decimals = 2 if size < 1 or (step.fine and size < 10) else 1 if size < 1000 else 0
    shown = raw.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    if not shown:
        return "0"
    # 0,98 but 0,5, and 10 rather than 10,0
    decimals = min(decimals, max(0, -int(shown.normalize().as_tuple().exponent)))
    return number(shown, language=language, decimals=decimals)


def _bare(value: Decimal, step: _Step | None, *, language: str) -> str:
    if step is None:
        figure, word = _compact(abs(value), language=language)
        return f"{MINUS if value < 0 and figure.strip('0.,') else ''}{figure}{word}"
    shown = _figure_in(value, step, language=language)
    # A unit set off by a space is said once, with the estimate; a glued one belongs to its figure.
    return shown if step.word.startswith(SPACE) else shown + step.word


def _in_unit(value: Decimal, step: _Step) -> tuple[Decimal, int]:
    """Round a value in a unit, and tell how many decimals are left once zeros are gone."""
    raw = value / step.at
    decimals = 2 if step.fine and raw < 10 else 1 if raw < 1000 else 0
    shown = raw.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN).normalize()
    return shown, max(0, -int(shown.as_tuple().exponent))
