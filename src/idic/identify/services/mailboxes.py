"""Connects mailboxes and brings in what customers wrote there: the sender's record and customer, a
line on the timeline, and how far the folder was read, all in one transaction a portion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from idic.channels import secret
from idic.channels.models import ChannelKey, ChannelSetting
from idic.core import ids
from idic.core.exclusive import exclusively
from idic.core.jobs import publish
from idic.core.models import Business, Staff
from idic.core.services import audit
from idic.identify.events import MailBounced, MailReceived
from idic.identify.ingest.calls import Arrival, Call
from idic.identify.ingest.frames import Endpoint
from idic.identify.mailbox.letters import Letter, read_letter
from idic.identify.mailbox.server import Account, Fetched, Folder, MailProblem, open_folder
from idic.identify.models import Event, Mailbox, Source, SourceKind
from idic.identify.services.ingest.keys import free_key
from idic.identify.services.ingest.loading import load

EVENT_KIND = "email"
_RANK = 70  # anybody can write any name above a mail
_PORTION = 25
_MOST = 2_000  # mails a run; the next goes on


class WrongMailbox(ValueError):
    """Raised when a mailbox cannot be connected as asked; `field` says which part is wrong."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxForm:
    """What a person filled in. An empty password keeps the one stored."""

    name: str
    host: str
    port: int
    security: str
    user: str
    password: str
    folder: str
    read_since: date


def connect(*, form: MailboxForm, staff: Staff, now: datetime) -> Mailbox:
    """Make a source of a mailbox once the folder opens. Raises WrongMailbox or MailProblem."""
    name = " ".join(form.name.split())
    if Source.objects.filter(name__iexact=name, is_demo=False).exists():
        raise WrongMailbox("name", _("There is a source of that name already. Choose another."))
    with open_folder(_account(form, form.password)):
        pass
    with transaction.atomic():
        source = Source.objects.create(
            key=free_key(name=name),
            name=name,
            kind=SourceKind.MAILBOX,
            rank=_RANK,
            created_at=now,
        )
        mailbox = Mailbox(source=source, created_at=now)
        _fill(mailbox, form)
        _record("mailbox.connected", mailbox, staff, now)
        secret.write(channel=_secret_of(mailbox), password=form.password)
    return mailbox


def change(*, mailbox: Mailbox, form: MailboxForm, staff: Staff, now: datetime) -> None:
    """Reach a mailbox by other ways, once they work. Another folder or server is read from its
    beginning; what came already is known by its Message-ID. Raises MailProblem.
    """
    password = form.password or secret.read(channel=_secret_of(mailbox))
    with open_folder(_account(form, password)):
        pass
    before = (mailbox.host, mailbox.user, mailbox.folder)
    with transaction.atomic():
        _fill(mailbox, form)
        if before != (mailbox.host, mailbox.user, mailbox.folder):
            Mailbox.objects.filter(id=mailbox.id).update(uid_validity=0, last_uid=0)
        _record("mailbox.changed", mailbox, staff, now)
        secret.write(channel=_secret_of(mailbox), password=password)


def disconnect(*, mailbox: Mailbox, staff: Staff, now: datetime) -> None:
    """Read a mailbox no more and forget its password; what came stays."""
    with transaction.atomic():
        Mailbox.objects.filter(id=mailbox.id).update(is_on=False, problem="")
        _record("mailbox.disconnected", mailbox, staff, now)
        secret.write(channel=_secret_of(mailbox), password="")


def read_mailbox(
    *,
    mailbox_id: int,
    business: Business,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Bring in what is new; give how many letters were stored. Killed anywhere it goes on where the
    rows end. A server that cannot be read is noted, not raised.
    """
    with exclusively(name=f"mailbox-{mailbox_id}"):
        mailbox = Mailbox.objects.select_related("source").get(id=mailbox_id)
        if not mailbox.is_on:
            return 0
        count, problem = 0, ""
        try:
            with open_folder(account_of(mailbox=mailbox)) as folder:
                for done, total, stored in _read(mailbox, folder, business, now):
                    count += stored
                    if progress is not None:
                        progress(done, total)
        except MailProblem as found:
            problem = found.code
        Mailbox.objects.filter(id=mailbox_id).update(checked_at=now, problem=problem)
    return count


def account_of(*, mailbox: Mailbox) -> Account:
    """Give how to reach a mailbox, with its password."""
    password = secret.read(channel=_secret_of(mailbox))
    return Account(
        mailbox.host, mailbox.port, mailbox.security, mailbox.user, password, mailbox.folder
    )


def _read(
    mailbox: Mailbox, folder: Folder, business: Business, now: datetime
) -> Iterator[tuple[int, int, int]]:
    """Read portion by portion; give how many of how many are done, and how many were stored."""
    if folder.uid_validity != mailbox.uid_validity:  # the server numbers its mails anew
        mailbox.uid_validity, mailbox.last_uid = folder.uid_validity, 0
    uids = folder.list_new(after=mailbox.last_uid, since=mailbox.read_since)[:_MOST]
    own, waiting, done = _own_addresses(mailbox), iter(uids), 0
    while portion := list(islice(waiting, _PORTION)):
        letters = [read_letter(one.data, own=own) for one in _fetched(folder, portion)]
        stored = _store_whole_or_singly(mailbox, letters, portion[-1], business, now)
        done += len(portion)
        yield done, len(uids), stored


def _fetched(folder: Folder, uids: Sequence[int]) -> list[Fetched]:
    return sorted(folder.fetch(uids))


def _store_whole_or_singly(
    mailbox: Mailbox, letters: list[Letter], last_uid: int, business: Business, now: datetime
) -> int:
    try:
        return _store(mailbox, letters, last_uid, business, now)
    except (OperationalError, InterfaceError):
        raise
    except (DatabaseError, ValueError):
        # One letter nobody foresaw must not hold up all that come after it.
        return sum(_store_alone(mailbox, one, business, now) for one in letters) + _store(
            mailbox, [], last_uid, business, now
        )


def _store_alone(mailbox: Mailbox, letter: Letter, business: Business, now: datetime) -> int:
    try:
        return _store(mailbox, [letter], mailbox.last_uid, business, now)
    except (OperationalError, InterfaceError):
        raise
    except (DatabaseError, ValueError):
        failed = Letter(letter.message_id, left_out="unreadable")
        return _store(mailbox, [failed], mailbox.last_uid, business, now)


def _store(
    mailbox: Mailbox, letters: Iterable[Letter], last_uid: int, business: Business, now: datetime
) -> int:
    """Write a portion and how far the folder is read, in one transaction."""
    letters = {one.message_id: one for one in letters}.values()
    written = [one for one in letters if not one.left_out]
    with transaction.atomic():
        rows = Event.everything.filter(
            source=mailbox.source, message_id__in=[one.message_id for one in written]
        )
        known = set(rows.values_list("message_id", flat=True))
        arrivals = [_arrival(one, mailbox.source, now) for one in written]
        if arrivals:
            load(arrivals=arrivals, mark=None, business=business, now=now)
        new = list(rows.exclude(message_id__in=known).order_by("id").values_list("id", flat=True))
        if new:
            publish(event=MailReceived(event_ids=tuple(new)))
        for one in letters:
            if one.bounce is not None and one.bounce.references:
                publish(
                    event=MailBounced(status=one.bounce.status, references=one.bounce.references)
                )
        left_out = Counter(mailbox.left_out) + Counter(one.left_out for one in letters)
        left_out.pop("", None)
        values = {
            "uid_validity": mailbox.uid_validity,
            "last_uid": last_uid,
            "left_out": dict(left_out),
        }
        Mailbox.objects.filter(id=mailbox.id).update(**values)
    mailbox.last_uid, mailbox.left_out = last_uid, dict(left_out)
    return len(new)


def _arrival(letter: Letter, source: Source, now: datetime) -> Arrival:
    call = Call(
        type="identify",
        message_id=letter.message_id,
        user_id="",
        anonymous_id="",
        kind=EVENT_KIND,
        occurred_at=min(letter.sent_at or now, now),
        received_at=now,
        detail={
            "subject": letter.subject,
            "text": letter.text,
            "references": list(letter.references),
        },
        traits={"email": letter.sender, "name": letter.name},
    )
    return Arrival(source.id, Endpoint.IDENTIFY, now, "", b"", call)


def _own_addresses(mailbox: Mailbox) -> frozenset[str]:
    """Give the addresses the shop writes from: a colleague is no customer."""
    setting = ChannelSetting.objects.filter(key=ChannelKey.EMAIL).first()
    known = setting.settings if setting else {}
    found = {mailbox.user, known.get("from_address", ""), known.get("reply_to", "")}
    found |= set(Staff.objects.values_list("email", flat=True))
    return frozenset(one.strip().lower() for one in found if one)


def _fill(mailbox: Mailbox, form: MailboxForm) -> None:
    mailbox.host, mailbox.port, mailbox.security = form.host.strip(), form.port, form.security
    mailbox.user, mailbox.folder = form.user.strip(), form.folder.strip() or "INBOX"
    mailbox.read_since, mailbox.is_on, mailbox.problem = form.read_since, True, ""
    mailbox.save()


def _account(form: MailboxForm, password: str) -> Account:
    folder = form.folder.strip() or "INBOX"
    host, user = form.host.strip(), form.user.strip()
    return Account(host, form.port, form.security, user, password, folder)


def _secret_of(mailbox: Mailbox) -> str:
    return f"mailbox_{mailbox.id}"


def _record(action: str, mailbox: Mailbox, staff: Staff, now: datetime) -> None:
    audit.record(
        at=now,
        actor=staff.email,
        action=action,
        subject_type="source",
        subject_id=ids.encode("source", mailbox.source_id),
        detail={"host": mailbox.host, "user": mailbox.user, "folder": mailbox.folder},
    )
