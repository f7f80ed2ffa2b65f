"""The mapping of one import: which column feeds which field. Guesses, what a person overrules, and
the check that what is needed is there.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from django.utils.translation import gettext as _

from idic.core.templatetags import ui
from idic.identify.importing.problems import ImportProblem

from .fields import FIELDS, Kind, get_field
from .guessing import Guess, normal_heading

# Field's name → heading of the column.
Mapping: TypeAlias = dict[str, str]

_WHO = ("customer_key", "email", "phone", "contact")
# Of each group one is needed.
_NEEDED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    Kind.ORDERS: (("ordered_at",), ("unit_price", "line_total", "order_total")),
    Kind.CUSTOMERS: (("customer_key", "email", "phone"),),
    Kind.COMPANIES: (("company",),),
    Kind.CONSENTS: (("contact", "email", "phone"),),
    Kind.EVENTS: (_WHO, ("event_name",), ("occurred_at",)),
    Kind.SENDS: (_WHO, ("occurred_at",)),
    Kind.ACCOUNTS: (
        ("account_number",),
        ("balance",),
        ("as_of_date",),
        ("customer_key", "email", "phone"),
    ),
}


def apply_overrides(
    *,
    kind: Kind,
    headers: Sequence[str],
    guesses: Iterable[Guess],
    overrides: abc.Mapping[str, str],
) -> Mapping:
    """Combine guesses and what was told (`field: heading`, an empty heading drops the field).

    Raises ImportProblem for a field or a heading that does not exist.
    """
    mapping = {guess.field: guess.header for guess in guesses if guess.field}
    for name, wanted in overrides.items():
        _check_field(kind, name)
        header = find_header(headers, wanted) if wanted else ""
        mapping.pop(name, None)
        if header:
            mapping = {field: held for field, held in mapping.items() if held != header}
            mapping[name] = header
    return mapping


def _check_field(kind: Kind, name: str) -> None:
    known = [field.name for field in FIELDS[kind]]
    if name not in known:
        raise ImportProblem(
            "unknown_field",
            _("There is no field “%(name)s”. Use one of: %(names)s.")
            % {"name": name, "names": ui.listed(known)},
        )


def find_header(headers: Sequence[str], wanted: str) -> str:
    """Find a heading as written, or but for case and marks. Raises ImportProblem."""
    for header in headers:
        if header == wanted:
            return header
    for header in headers:
        if normal_heading(header) == normal_heading(wanted):
            return header
    raise ImportProblem(
        "unknown_column",
        _("The file has no column “%(name)s”. It has: %(names)s.")
        % {"name": wanted, "names": ui.listed(headers)},
    )


def check_mapping(*, kind: Kind, headers: Sequence[str], mapping: Mapping) -> None:
    """Refuse a mapping that lacks something needed: says what, what there is, and the remedy."""
    for group in find_missing(kind=kind, mapping=mapping):
        raise ImportProblem(
            "missing_column",
            _("No column was recognised as: %(field)s. The file has: %(columns)s.")
            % {"field": say_group(kind=kind, group=group), "columns": ui.listed(headers)},
            option=_('Say which one it is, for example --map %(name)s="%(example)s".')
            % {"name": group[0], "example": headers[0]},
        )


def find_missing(*, kind: Kind, mapping: abc.Iterable[str]) -> list[tuple[str, ...]]:
    """Give the groups of fields of which none has a column yet, though one is needed."""
    have = set(mapping)
    return [group for group in _NEEDED[kind] if not have & set(group)]


def say_group(*, kind: Kind, group: Iterable[str]) -> str:
    """Name the fields any of which would do: "Unit price or Line total"."""
    return _(" or ").join(str(get_field(kind=kind, name=name).label) for name in group)
