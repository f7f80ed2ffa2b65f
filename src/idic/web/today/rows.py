"""The rows of a day's list as the page draws them, and what the open one adds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from urllib.parse import quote

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from idic.core import ids
from idic.core.models import Business
from idic.core.templatetags import ui
from idic.differentiate.models import CustomerSummary
from idic.interact.content.address import speak_to
from idic.interact.content.direct import write_direct
from idic.web.listing.cells import draw_tier
from idic.web.people import public_id, shown_phone, zalo_url
from idic.web.today import words
from idic.web.today.people import Person, find_hour, find_products
from idic.web.today.planning import OFFERS, Group, Reason, Waiting


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. `key` is what `?open=` names it by; `next_key` is who comes after."""

    key: str
    waiting: Waiting
    said: words.Said
    amount: int
    person: Person | None = None
    customer_id: str = ""
    monogram: str = ""
    tier: SafeString | str = ""
    need: str = ""
    phone: str = ""
    shown_phone: str = ""
    zalo: str = ""
    email: str = ""
    next_key: str = ""
    is_open: bool = False

    @property
    def task_id(self) -> str:
        """The task's id as forms send it."""
        return ids.encode("task", self.waiting.task_id) if self.waiting.task_id else ""

    @property
    def case_id(self) -> str:
        """The case's id as forms send it."""
        return ids.encode("case", self.waiting.case_id) if self.waiting.case_id else ""

    @property
    def is_solved_by_done(self) -> bool:
        """Of a complaint, Done means that it is solved."""
        return self.waiting.reason in (Reason.COMPLAINT, Reason.REQUEST)

    @property
    def is_sample(self) -> bool:
        """Nobody would answer: the person is made up."""
        return bool(self.person and self.person.customer.is_demo)

    @property
    def blocks_offers(self) -> bool:
        """A complaint is open, and the row is about something else."""
        about = self.waiting.reason is Reason.COMPLAINT
        return bool(self.person and self.person.is_complaining and not about)

    @property
    def writes_first(self) -> bool:
        """Nobody answered twice: another channel than the phone comes first."""
        return self.waiting.tries > 1


@dataclass(frozen=True, slots=True)
class DrawnGroup:
    """The rows of one reason under their heading."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What the open row adds: facts, and the message written for this person."""

    facts: list[tuple[str, str, str]] = field(default_factory=list)  # label, text, quiet text
    message: str = ""
    language: str = ""  # of the message


def draw_groups(
    groups: Iterable[Group],
    people: dict[int, Person],
    *,
    business: Business,
    today: date,
    as_of: date,
) -> list[DrawnGroup]:
    """Draw the groups of a plan; a row whose person is gone meanwhile is left out."""
    drawn = []
    for group in groups:
        rows = [_row(w, people, business, today, as_of) for w in group.rows]
        drawn.append(DrawnGroup(str(words.GROUPS[group.reason]), tuple(r for r in rows if r)))
    return _chained([group for group in drawn if group.rows])


def _row(
    waiting: Waiting, people: dict[int, Person], business: Business, today: date, as_of: date
) -> Row | None:
    if waiting.customer_id is None:
        said = words.say(waiting, None, today=today, as_of=as_of)
        return Row(ids.encode("task", waiting.task_id or 0), waiting, said, 0)
    person = people.get(waiting.customer_id)
    if person is None:
        return None
    customer, summary = person.customer, person.summary
    said = words.say(waiting, person, today=today, as_of=as_of)
    may_call = not person.wants_silence
    phone = customer.phone if may_call else ""
    return Row(
        key=public_id(customer.id),
        waiting=waiting,
        said=said,
        amount=amount_at_stake(waiting, summary),
        person=person,
        customer_id=public_id(customer.id),
        monogram=ui.monogram(customer.full_name or person.name),
        tier=draw_tier(summary.tier) if summary and summary.tier else "",
        need=summary.need_group.name if summary and summary.need_group else "",
        phone=phone,
        shown_phone=shown_phone(phone, country=business.country) if phone else "",
        zalo=zalo_url(phone),
        email=quote(customer.email, safe="@") if may_call else "",
    )


def _chained(groups: Sequence[DrawnGroup]) -> list[DrawnGroup]:
    """Tell each row who comes after it, so that the list opens it once this one is done."""
    keys = [row.key for group in groups for row in group.rows]
    following = dict(pairwise([*keys, ""]))
    return [
        DrawnGroup(
            group.title, tuple(replace(row, next_key=following[row.key]) for row in group.rows)
        )
        for group in groups
    ]


def amount_at_stake(waiting: Waiting, summary: CustomerSummary | None) -> int:
    """Give what a row is worth: of somebody who slips away the part of last year's money that may
    not come back, of all others what they are expected to bring in the coming year.
    """
    if summary is None:
        return 0
    if waiting.reason in OFFERS and summary.is_overdue:
        return max(summary.stake_amount, 0)
    return max(summary.expected_amount or 0, 0)


def open_row(row: Row, *, business: Business, today: date, as_of: date) -> Opened:
    """Add to the open row what helps to act on it; two queries."""
    person = row.person
    if person is None:
        return Opened(facts=_task_facts(row))
    return Opened(
        facts=[*_promise_facts(row, person, today), *_contact_facts(row, person, business, as_of)],
        message="" if _is_early(row, person, today) else _message(row, person, business),
        language=_language_of(person, business),
    )


def _is_early(row: Row, person: Person, today: date) -> bool:
    """A birthday is wished on the day itself, never before."""
    born = person.summary.birth_date if person.summary else None
    is_birthday = row.waiting.reason is Reason.BIRTHDAY and born is not None
    return bool(is_birthday and born and words.find_birthday(born, today=today) != today)


def _task_facts(row: Row) -> list[tuple[str, str, str]]:
    by = row.waiting.by
    return [(_("Noted by"), by, ui.day_short(row.waiting.since))] if by else []


def _promise_facts(row: Row, person: Person, today: date) -> list[tuple[str, str, str]]:
    waiting = row.waiting
    if waiting.reason is Reason.PROMISE:
        told = {"name": waiting.by, "day": ui.day_short(waiting.since)}
        if waiting.by:
            return [(_("Promise"), _("Promised by %(name)s on %(day)s") % told, "")]
        return [(_("Promise"), _("Promised on %(day)s") % told, "")]
    if person.promise:
        _tone, word = words.say_due(person.promise_due, today=today)
        return [(_("Open promise"), person.promise, word)]
    return []


def _contact_facts(
    row: Row, person: Person, business: Business, as_of: date
) -> list[tuple[str, str, str]]:
    facts = []
    summary = person.summary
    if summary and summary.last_order_date:
        ago = ui.days_ago(summary.last_order_date, as_of)
        gap = round(summary.usual_gap_days or 0)
        usual = _("usually every %(gap)s days") % {"gap": ui.number(gap)} if gap > 1 else ""
        facts.append((_("Last purchase"), ago, usual))
    contact = summary.last_contact_at if summary else None
    facts.append((_("Last contact"), ui.days_ago(contact) if contact else _("none noted yet"), ""))
    usual_hour = find_hour(person.customer.id, time_zone=business.time_zone)
    hour, rests = words.say_hour(usual_hour, tried_at=row.waiting.tried_at)
    if hour:
        facts.append((_("Best hour"), hour, rests))
    return facts


def _message(row: Row, person: Person, business: Business) -> str:
    customer, waiting = person.customer, row.waiting
    language = _language_of(person, business)
    facts = {"promise": waiting.text.rstrip(".。 ")} if waiting.reason is Reason.PROMISE else {}
    if waiting.reason in OFFERS and not person.is_complaining:
        facts |= find_products(customer.id)
    spoken = speak_to(
        full_name=customer.full_name,
        salutation=customer.salutation,
        gender=customer.gender,
        is_company=customer.is_company,
        language=language,
    )
    return write_direct(
        reason=_text_of(waiting), language=language, spoken=spoken, shop=business.name, facts=facts
    )


def _language_of(person: Person, business: Business) -> str:
    return person.customer.language or business.language


def _text_of(waiting: Waiting) -> str:
    """Choose the text: a planned call has the one of its reason, unless nobody answered yet."""
    if waiting.reason is not Reason.AGAIN:
        return waiting.reason.value
    if waiting.tries:
        return "again"
    return waiting.code if waiting.code in set(OFFERS) else Reason.SILENT.value
