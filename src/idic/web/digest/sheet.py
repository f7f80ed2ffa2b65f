"""The morning mail as a sheet of sentences, amounts and addresses: what its text and its HTML part
both write out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.core import signing
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from idic.core.models import Business, Staff
from idic.core.templatetags import ui
from idic.web.digest import words
from idic.web.digest.content import Digest
from idic.web.today.jobs import Job
from idic.web.today.rows import Row
from idic.web.today.words import say_due

_SALT = "idic.web.digest.off"


@dataclass(frozen=True, slots=True)
class Line:
    """One person, task or job of the list. `act_url` leads to where it is settled."""

    name: str
    url: str
    why: str
    state: str = ""
    tone: str = ""
    amount: str = ""
    facts: tuple[str, ...] = ()
    phone: str = ""
    shown_phone: str = ""
    act_url: str = ""
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a heading."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything the mail says, in the order it is said."""

    subject: str
    shop: str
    day: str
    lead: str
    sample: str
    sales: tuple[words.SaleLine, ...]
    slipping_title: str
    slipping: tuple[Line, ...]
    slipping_more: str
    revenue: str
    sections: tuple[Section, ...]
    today_url: str
    slipping_url: str
    settings_url: str
    off_url: str
    hour: str


def off_word(*, staff_id: int) -> str:
    """Write the word of the address that switches one person's mail off without a login."""
    return signing.Signer(salt=_SALT).sign_object(staff_id)


def read_off_word(word: str) -> int | None:
    """Read whose mail a word switches off; None when it was not written by us."""
    try:
        return int(signing.Signer(salt=_SALT).unsign_object(word))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def lay_out(digest: Digest, *, staff: Staff, business: Business, base: str) -> Sheet:
    """Lay the mail out, to be called while speaking to its reader; `base` is where links lead."""
    slipping = digest.slipping
    return Sheet(
        subject=words.say_subject(digest),
        shop=business.name,
        day=" · ".join(part for part in (ui.weekday_day(digest.day.today), digest.lunar) if part),
        lead=_say_lead(digest),
        sample=words.say_sample(digest),
        sales=tuple(words.list_sales(digest)),
        slipping_title=words.say_slipping(digest),
        slipping=tuple(_line(row, digest, base) for row in slipping.rows) if slipping else (),
        slipping_more=_say_more(slipping.more) if slipping and slipping.more else "",
        revenue=digest.day.revenue,
        sections=tuple(_sections(digest, base)),
        today_url=base + reverse("web:today"),
        slipping_url=f"{base}{reverse('differentiate:matrix')}?tier=at_risk",
        settings_url=f"{base}{reverse('web:settings')}#digest",
        off_url=base + reverse("web:digest_off", args=[off_word(staff_id=staff.id)]),
        hour=f"{staff.digest_hour}:00",
    )


def _say_lead(digest: Digest) -> str:
    """Say what the head of Today says: what the people stand for, and what to begin with."""
    worth = ""
    if digest.day.worth:
        amount = ui.money_short(digest.day.worth, digest.currency)
        worth = _("Worth %(amount)s in the next 12 months.") % {"amount": amount}
    gap = "" if (get_language() or "").startswith("zh") else " "
    return gap.join(part for part in (worth, digest.day.begin_with) if part)


def _say_more(count: int) -> str:
    return ngettext("and %(count)s more", "and %(count)s more", count) % {"count": ui.number(count)}


def _sections(digest: Digest, base: str) -> Iterator[Section]:
    for group in digest.day.groups:
        yield Section(group.title, tuple(_line(row, digest, base) for row in group.rows))
    for jobs in digest.day.job_groups:
        yield Section(jobs.title, tuple(_job_line(job, base) for job in jobs.jobs))


def _job_line(job: Job, base: str) -> Line:
    return Line(name=job.title, url=base + job.url, why=job.why, facts=(job.sub,))


def _line(row: Row, digest: Digest, base: str) -> Line:
    query = urlencode({"as": digest.day.desk.value, "open": row.key})
    act_url = f"{base}{reverse('web:today')}?{query}#{row.key}"
    has_page = row.person is not None
    may_call = row.person is not None and not row.person.customer.is_demo
    return Line(
        name=row.person.name if row.person else _("Task"),
        url=base + reverse("web:customer_detail", args=[row.customer_id]) if has_page else act_url,
        why=row.said.why,
        state=row.said.state,
        tone=row.said.tone,
        amount=ui.money_short(row.amount, digest.currency) if row.amount else "",
        facts=tuple(_facts(row, digest.day.today)),
        phone=row.phone if may_call else "",
        shown_phone=row.shown_phone if may_call else "",
        act_url=act_url,
        is_blocked=row.blocks_offers,
    )


def _facts(row: Row, today: date) -> list[str]:
    """Say the quiet line of the row, when there was contact last, and what else was promised."""
    person, sub = row.person, row.said.sub
    facts = [sub] if sub else []
    if person is None:
        return facts
    contact = person.summary.last_contact_at if person.summary else None
    if contact:
        said = _("Last contact %(day)s") % {"day": ui.day_short(contact)}
        facts += [] if said == sub else [said]
    if person.promise and person.promise not in row.said.why:
        due = say_due(person.promise_due, today=today)[1]
        told = {"promise": person.promise, "due": due}
        facts.append(_("Open promise: %(promise)s (%(due)s)") % told)
    return facts
