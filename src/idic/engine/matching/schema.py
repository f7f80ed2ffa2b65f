"""Which columns of a table are compared, and as what: a name, a phone number, a date …

`guess` reads it off the columns' names and contents, for tables nobody has described.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

Kind = Literal["name", "phone", "email", "date", "address", "place", "postcode", "code", "text"]
KINDS: tuple[str, ...] = get_args(Kind)
# A field of these points at few people by itself; two that conflict speak against one person.
IDENTIFIERS = frozenset({"phone", "email", "code"})


@dataclass(frozen=True)
class Field:
    """One thing compared: a kind, and the columns whose texts, joined by a space, make it up.

    | kind | holds |
    |---|---|
    | name | a person's whole name, in any order of its words |
    | phone, email, code | an identifier (code: a card, a passport, a tax number) |
    | date | a day of birth |
    | address | a street with its numbers |
    | place | a city, a district, a state, a gender: one of not too many values |
    | postcode | a postal code |
    | text | anything else in words |
    """

    name: str
    kind: Kind
    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no kind {self.kind!r}; there are {', '.join(KINDS)}")
        if not self.columns:
            raise ValueError(f"field {self.name!r} names no column")
        object.__setattr__(self, "columns", tuple(self.columns))


@dataclass(frozen=True)
class Schema:
    """The fields of a table of records, in the order they are shown.

    >>> schema = Schema((Field("name", "name", ("first", "last")), Field("tel", "phone", ("tel",))))
    >>> Schema.from_json(schema.to_json()) == schema
    True
    """

    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        names = [field.name for field in self.fields]
        if len(set(names)) != len(names) or not names:
            raise ValueError(f"a schema needs fields of different names, not {names}")
        object.__setattr__(self, "fields", tuple(self.fields))

    def to_json(self) -> str:
        """Return the schema as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Schema:
        """Return the schema that `to_json` wrote."""
        return cls.from_fields(json.loads(text)["fields"])

    @classmethod
    def from_fields(cls, fields: Sequence[Mapping[str, object]]) -> Schema:
        """Return the schema of fields given as mappings of `name`, `kind` and `columns`."""
        return cls(tuple(_field(field) for field in fields))


def _field(given: Mapping[str, object]) -> Field:
    columns = given["columns"]
    listed = (columns,) if isinstance(columns, str) else columns
    return Field(str(given["name"]), given["kind"], tuple(listed))  # type: ignore[arg-type]
