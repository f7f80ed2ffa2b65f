"""Reads a schema off a table nobody has described: from its columns' names, then their contents."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from idic.engine.matching.schema import Field, Kind, Schema
from idic.engine.matching.texts import fold, plain
from idic.engine.table import Source, Table

# What a column's folded name holds, and what that makes it; the first that fits decides.
_FULL_NAME = re.compile(
    r"^(full_?name|name|customer_?name|person_?name|ho_?(va_?)?ten|姓名|名字|客户名称?)$"
)
_NAME_PARTS = (
    re.compile(r"^(given|first|fore)_?(name)?s?$|^ten$"),
    re.compile(r"^middle_?(name)?s?$|^ten_?dem$"),
    re.compile(r"^(surname|last|family|second)_?(name)?s?$|^ho$|^姓$"),
)
_IGNORED = re.compile(
    r"^(id|key|uuid|index|row|rec(ord)?_?id|unique_?id|source_?id|entity(_?id)?|cluster(_?id)?|"
    r"person_?id|customer_?id|truth|label|source|system|channel|market|locale|language|note|"
    r"file_?name|first_and_surname)$|(_at|_ts|_time|timestamp|created|updated|modified)$"
)
_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"mail|邮箱"), "email"),
    (re.compile(r"phone|mobile|\btel|_tel|dien_?thoai|^sdt|手机|电话"), "phone"),
    (re.compile(r"post_?code|postal|zip|邮编"), "postcode"),
    (re.compile(r"place|city|town|suburb|district|province|state|county|region"), "place"),
    (re.compile(r"ward|country|thanh_?pho|tinh|城市|省"), "place"),
    (re.compile(r"\bdob\b|^dob|birth|ngay_?sinh|生日|出生"), "date"),
    (re.compile(r"ssn|soc_?sec|passport|tax|national_?id|id_?number|cccd|cmnd"), "code"),
    (re.compile(r"card|licen[cs]e|身份证"), "code"),
    (re.compile(r"gender|sex|gioi_?tinh|性别|occupation|job|profession|nghe"), "place"),
)
_STREET = re.compile(
    r"^street|^house|^so_?nha|^address(_?(1|line_?1|one))?$|^addr$|^dia_?chi$|^地址$"
)
# A text column of fewer different values a row than this names places or kinds, not free text.
_FEW = 0.05
# A column whose every value is different says nothing about who is who.
_ALL_DIFFERENT = 0.999


def guess_schema(source: Source, *, leave_out: Collection[str] = ()) -> Schema:
    """Guess which columns to compare, and as what.

    A whole name stands before its parts; parts of a name, and of a street, become one field. Keys,
    moments and the names of sources are ignored, as is what has no values. Unknown columns are
    compared as text, or as places where their values are few.

    >>> table = {"rec_id": ["1", "2"], "given_name": ["an", "lan"], "surname": ["le", "do"],
    ...          "street_number": ["1", "2"], "address_1": ["a st", "b st"]}
    >>> [(field.kind, field.columns) for field in guess_schema(table).fields]
    [('name', ('given_name', 'surname')), ('address', ('street_number', 'address_1'))]
    """
    table = Table.read(source)
    names = [name for name in table.columns if name not in leave_out]
    folded = {name: _plain_name(name) for name in names}
    kept = [n for n in names if not _IGNORED.search(folded[n]) and _has_values(table, n)]
    fields = [*_name_fields(kept, folded), *_street_fields(kept, folded)]
    used = {column for field in fields for column in field.columns}
    used |= {n for n in kept if any(part.search(folded[n]) for part in _NAME_PARTS)}
    for name in kept:
        if name not in used:
            kind = _kind(table, name, folded[name])
            if kind is not None:
                fields.append(Field(name, kind, (name,)))
    return Schema(tuple(fields))


def _plain_name(name: str) -> str:
    return re.sub(r"[\s\-.]+", "_", fold(plain(name)))


def _name_fields(names: Sequence[str], folded: dict[str, str]) -> list[Field]:
    whole = [name for name in names if _FULL_NAME.search(folded[name])]
    parts = [name for part in _NAME_PARTS for name in names if part.search(folded[name])]
    columns = whole[:1] or parts
    return [Field("name", "name", tuple(columns))] if columns else []


def _street_fields(names: Sequence[str], folded: dict[str, str]) -> list[Field]:
    columns = [name for name in names if _STREET.search(folded[name])]
    return [Field("address", "address", tuple(columns))] if columns else []


def _has_values(table: Table, name: str) -> bool:
    return any(cell is not None and cell == cell for cell in table[name].tolist())


def _kind(table: Table, name: str, folded: str) -> Kind | None:
    for pattern, kind in _KINDS:
        if pattern.search(folded):
            return kind
    cells = [cell for cell in table[name].tolist() if cell is not None and cell == cell]
    variety = len(set(cells)) / len(cells)
    if variety >= _ALL_DIFFERENT and len(cells) > 1:
        return None
    return "place" if variety <= _FEW else "text"
