"""Birth dates for comparison: eight digits, year first, also where no month has such a day."""

from __future__ import annotations

import re

_YEAR_FIRST = re.compile(r"(\d{4})[-/. ]?(\d{1,2})[-/. ]?(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?!\d)")
_HAN_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})")


def clean_date(text: str) -> str:
    """Give a date as eight digits, year first; empty when it cannot be read.

    Day before month where the year comes last. A day that no month has stays: a slip of a digit is
    compared, not judged.

    >>> [clean_date(d) for d in ("1980-08-12", "12/8/1980", "1980年8月12日", "1840-12-77")]
    ['19800812', '19800812', '19800812', '18401277']
    >>> clean_date("unknown")
    ''
    """
    stripped = text.strip()
    found = _YEAR_FIRST.match(stripped) or _HAN_DATE.match(stripped)
    if found:
        year, month, day = found.groups()
        return f"{year}{int(month):02}{int(day):02}"
    found = _YEAR_LAST.match(stripped)
    if not found:
        return ""
    day, month, year = found.groups()
    return f"{year}{int(month):02}{int(day):02}"
