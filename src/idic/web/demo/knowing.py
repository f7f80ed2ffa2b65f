"""Makes up what each source knows of the people: other keys, other spellings, old phones, a second
card, the family's number. Who is meant is the truth that *Measure* is held against.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from idic.web.demo.people import Person, latin
from idic.web.demo.words import SOURCES, Cast, Trade

_PREFIX = {"till": "8801", "web": "U", "paper": "P-", "newsletter": "", "support": ""}
_BY_MAIL = ("newsletter", "support")
_PLACEHOLDER_SHARE, _TYPO_SHARE, _UNMARKED_SHARE, _SWAPPED_SHARE = 0.025, 0.025, 0.16, 0.03
_OLD_PHONE_SHARE, _NEW_PHONE_SHARE, _OTHER_MAIL_SHARE = 0.3, 0.04, 0.05
_LEFT_OUT = {"till": 0.08, "web": 0.3, "paper": 0.04}
_ANSWERS = {"granted": "yes", "denied": "no", "unknown": ""}


@dataclass(frozen=True)
class Record:
    """One party as one source knows it, and who it truly is. `key` is as Identify keeps it."""

    source: str
    key: str
    person: int
    name: str
    phone: str
    email: str
    city: str
    address: str
    birth_date: date | None
    consent: str

    @property
    def number(self) -> str:
        """The key in the file; empty where the source knows people by their address only."""
        return "" if ":" in self.key else self.key


@dataclass(frozen=True)
class _Teller:
    """What it takes to write somebody down."""

    trade: Trade
    cast: Cast
    spare: list[str]
    rng: np.random.Generator

    def chance(self, share: float) -> bool:
        """Throw a coin that falls so with this share."""
        return bool(self.rng.random() < share)


def make_records(
    *, trade: Trade, cast: Cast, people: list[Person], seed: int
) -> dict[str, list[Record]]:
    """Write everybody down in the sources that know them; each person in one at least."""
    spare = [person.phone for person in people[-50:] if person.phone]
    teller = _Teller(trade, cast, spare, np.random.default_rng([seed, 2]))
    known = [(name, trade.known[name]) for name in SOURCES if trade.known.get(name)]
    records: dict[str, list[Record]] = {name: [] for name, _share in known}
    for person in people:
        sources = [name for name, share in known if teller.chance(share)]
        sources = [name for name in sources if person.email or name not in _BY_MAIL]
        for name in sources or [known[0][0]]:
            records[name].append(_record(teller, name, person, number=person.number))
            if name == "till" and teller.chance(trade.known["again"]):
                records[name].append(_again(teller, person))
    return records


def _again(teller: _Teller, person: Person) -> Record:
    """Give somebody a second card, as happens when the first was lost."""
    return _record(teller, "till", person, number=person.number + 500_000)


def _record(teller: _Teller, source: str, person: Person, *, number: int) -> Record:
    email = _told_email(teller, source, person)
    town = teller.cast.town
    quarter = town["quarters"][person.quarter][0]
    values = {"quarter": quarter, "street": person.street, "house": person.house}
    is_mailed = source in _BY_MAIL
    tells_place = not is_mailed and teller.chance(0.85)
    return Record(
        source=source,
        key=f"email:{email}" if is_mailed else f"{_PREFIX[source]}{number:06d}",
        person=person.number,
        name=_told_name(teller, source, person),
        phone="" if is_mailed else _told_phone(teller, source, person),
        email=email,
        city=town["place"].format(**values) if tells_place else "",
        address=town["address"].format(**values) if source in ("web", "paper") else "",
        birth_date=person.birth_date if source in ("till", "paper") else None,
        consent=_consent(teller, source, person),
    )


def _consent(teller: _Teller, source: str, person: Person) -> str:
    if source == "newsletter":
        return "no" if person.consent == "denied" and teller.chance(0.3) else "yes"
    return "" if source == "support" else _ANSWERS[person.consent]


def _told_name(teller: _Teller, source: str, person: Person) -> str:
    if source == "newsletter" and teller.chance(0.5):
        return "" if teller.chance(0.4) else person.given.split(" ")[-1]
    if source == "support":
        first = " ".join(latin(person.given).split()).title()
        return f"{first} {latin(person.family).title()}"
    if source == "paper" and teller.chance(0.04):
        return _politely(teller, person)
    if source == "till" and teller.chance(_SWAPPED_SHARE) and teller.cast.joined:
        given = person.given.split(" ")
        return " ".join([given[-1], *given[:-1], person.family])
    if source in ("till", "paper") and teller.chance(_UNMARKED_SHARE):
        return unmarked(person.name)
    if teller.chance(_TYPO_SHARE):
        return _mistyped(teller, person.name)
    return person.name.lower() if source == "web" and teller.chance(0.06) else person.name


def _politely(teller: _Teller, person: Person) -> str:
    polite, cast = teller.cast.polite[person.who], teller.cast
    if not cast.joined:
        return f"{person.family}{polite}"
    called = person.given.split(" ")[-1] if cast.family_first else person.family
    return f"{polite} {called}"


def _told_phone(teller: _Teller, source: str, person: Person) -> str:
    phone = teller.cast.phone
    if not person.phone or teller.chance(_LEFT_OUT[source]):
        return ""
    if source == "till" and teller.chance(_PLACEHOLDER_SHARE):
        return str(teller.rng.choice(phone["placeholders"]))
    told = person.phone
    if source == "paper" and "old" in phone and teller.chance(_OLD_PHONE_SHARE):
        told = phone["old"]["old"] + told.removeprefix(phone["old"]["new"])
    if source == "paper" and teller.chance(_TYPO_SHARE):
        told = f"{told[:-2]}{told[-1]}{told[-2]}"
    return f"{told[:4]} {told[4:7]} {told[7:]}" if teller.chance(0.3) else told


def _told_email(teller: _Teller, source: str, person: Person) -> str:
    if not person.email or (source == "till" and teller.chance(0.25)):
        return ""
    local, _, host = person.email.partition("@")
    if source == "support" and teller.chance(0.15):
        return f"{local}.work@{host}"  # the other address
    if source in ("paper", "newsletter") and teller.chance(_OTHER_MAIL_SHARE):
        return f"{local[1]}{local[0]}{local[2:]}@{host}"  # two letters the wrong way round
    return "" if source == "paper" and teller.chance(0.5) else person.email


def unmarked(name: str) -> str:
    """Write a name without its marks, as on an old till."""
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    kept = "".join(c for c in plain if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", kept)


def _mistyped(teller: _Teller, name: str) -> str:
    if len(name) < 5:
        return name
    at = int(teller.rng.integers(1, len(name) - 2))
    pair = name[at : at + 2]
    return name if " " in pair else f"{name[:at]}{pair[::-1]}{name[at + 2 :]}"


def index(records: Mapping[str, list[Record]], source: str) -> dict[int, str]:
    """Give a source's key of each person it knows; the newest where it knows two."""
    return {record.person: record.key for record in records.get(source, [])}


def first_days(people: list[Person], *, today: date) -> dict[int, date]:
    """Give the day each person was first written down."""
    return {person.number: min(person.begins, today - timedelta(days=1)) for person in people}
