"""What an SDK tells of a person, in our words: names of traits, values as imports write them, and
the addresses that identify somebody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from idic.identify.importing.values.contacts import (
    Contact,
    join_name,
    parse_email,
    parse_phone,
    read_gender,
    read_language,
)

from .moments import read as read_moment
from .properties import clean_text

_MOST = 50  # traits of one call
_LONGEST_NAME = 60
_NAMED = {
    "name": "name",
    "fullname": "name",
    "firstname": "given_name",
    "lastname": "family_name",
    "email": "email",
    "phone": "phone",
    "gender": "gender",
    "birthday": "birth_date",
    "birthdate": "birth_date",
    "dob": "birth_date",
    "locale": "language",
    "language": "language",
    "company": "company",
    "city": "city",
    "state": "province",
    "country": "country",
    "street": "street",
    "postalcode": "postal_code",
}
# Not of a customer: secrets, and what the SDK sets about itself.
_LEFT_OUT = frozenset({"password", "token", "id", "avatar", "anonymousid", "userid"})


@dataclass(frozen=True, slots=True)
class Told:
    """What one call tells: traits by our names, and addresses by their type."""

    traits: dict[str, str]
    addresses: dict[str, Contact]
    as_given: dict[str, str]

    @property
    def identifying(self) -> list[tuple[str, str]]:
        """The addresses that can identify somebody, as (type, value); a phone says more."""
        return [
            (kind, self.addresses[kind].value)
            for kind in ("phone", "email")
            if kind in self.addresses and not self.addresses[kind].is_placeholder
        ]


def read_traits(given: Mapping[str, Any], *, user_id: str, country: str, language: str) -> Told:
    """Read the traits of a call. A user id that is an e-mail address is one."""
    traits: dict[str, str] = {}
    for name, value in _flat(given):
        if value and len(traits) < _MOST:
            traits.setdefault(name, value)
    as_given: dict[str, str] = {kind: traits[kind] for kind in ("email", "phone") if kind in traits}
    if "email" not in as_given and "@" in user_id:
        as_given["email"] = user_id
    found = {
        "email": parse_email(as_given.get("email", "")),
        "phone": parse_phone(as_given.get("phone", ""), country=country),
    }
    addresses = {kind: contact for kind, contact in found.items() if contact is not None}
    for kind in ("email", "phone"):
        traits.pop(kind, None)
        contact = addresses.get(kind)
        if contact is not None and not contact.is_placeholder:
            traits[kind] = contact.value
        elif contact is None and as_given.get(kind):
            traits[f"unread_{kind}"] = as_given[kind]  # cleaning may find one in there
    _read_values(traits)
    if "name" not in traits:
        name = join_name(
            family=traits.get("family_name", ""),
            given=traits.get("given_name", ""),
            language=language,
        )
        traits |= {"name": name} if name else {}
    return Told(traits, addresses, {kind: as_given[kind] for kind in addresses})


def _flat(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give (our name, text); address and company may be objects."""
    for name, value in given.items():
        plain = name.lower().replace("_", "").replace("-", "").replace(" ", "")
        if plain in _LEFT_OUT:
            continue
        if plain == "address" and isinstance(value, dict):
            yield from _flat(value)
        elif plain == "company" and isinstance(value, dict):
            yield "company", clean_text(value.get("name"))
        elif isinstance(value, bool):
            yield _name(name, plain), "yes" if value else "no"
        else:
            yield _name(name, plain), clean_text(value)


def _name(given: str, plain: str) -> str:
    return _NAMED.get(plain) or clean_text(given)[:_LONGEST_NAME] or "trait"


def _read_values(traits: dict[str, str]) -> None:
    """Write values as imports do; what cannot be read as what it claims to be is left out."""
    for name, reader in _READERS.items():
        if name in traits:
            value = reader(traits.pop(name))
            if value:
                traits[name] = value


def _day(text: str) -> str:
    moment = read_moment(text)
    return moment.date().isoformat() if moment and moment.date() > date(1880, 1, 1) else ""


_READERS: dict[str, Callable[[str], str]] = {
    "gender": read_gender,
    "language": lambda text: (
        read_language(text.replace("_", " ").replace("-", " ")) or read_language(text[:2])
    ),
    "birth_date": _day,
}
