"""Asks a shop system for what is new and keeps it in the accept log, where webhooks of it lie too.
Where it was goes on only once what came is safe on the disk: killed in between, a page comes again
and counts as a duplicate.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from idic.core.models import Staff
from idic.identify.ingest.accept_log import AcceptLog
from idic.identify.ingest.frames import Content, Endpoint, Frame, encode
from idic.identify.ingest.segments import count_bytes, folder_of
from idic.identify.models import Pull, Source
from idic.identify.pulling.kiotviet import (
    PAGE,
    SUBJECTS,
    AskedTooOften,
    Client,
    PullProblem,
    Thing,
)
from idic.identify.pulling.places import Place, read_place

from .keys import WrongSource, record_act, write_private

MOST_PAGES = 600  # a round; with six rounds an hour well below what the system bears
_TO_A_FRAME = 25
_LARGEST_BACKLOG = 512 * 1024**2
_LONGEST = 200
_LATER = timedelta(minutes=2)

Keep = Callable[[Sequence[Thing], str], None]
Progress = Callable[[int, str], None]


def connect(
    *,
    source: Source,
    retailer: str,
    client_id: str,
    secret: str,
    staff: Staff,
    home: Path,
    now: datetime,
) -> Pull:
    """Connect a shop, or connect it anew; another shop is asked from the beginning. Raises
    WrongSource.
    """
    given = [" ".join(one.split()) for one in (retailer, client_id, secret)]
    if not all(one and len(one) <= _LONGEST and one.isprintable() for one in given):
        raise WrongSource(_("Fill in all three as KiotViet shows them."))
    write_private(path=secret_file(home=home, source=source), content=given[2].encode())
    with transaction.atomic():
        held = Pull.objects.select_for_update().filter(source=source).first()
        is_same = held is not None and held.retailer == given[0]
        pull, _is_new = Pull.objects.update_or_create(
            source=source,
            defaults={
                "retailer": given[0],
                "client_id": given[1],
                "is_off": False,
                "places": held.places if held and is_same else {},
                "resume_at": None,
                "problem": "",
                "detail": "",
            },
            create_defaults={
                "retailer": given[0],
                "client_id": given[1],
                "created_by": staff,
                "created_at": now,
            },
        )
        record_act(action="pull.connected", source=source, staff=staff, now=now)
    return pull


def disconnect(*, pull: Pull, staff: Staff, home: Path, now: datetime) -> None:
    """Ask no more and forget the secret; what came stays."""
    with transaction.atomic():
        Pull.objects.filter(id=pull.id).update(is_off=True, problem="", detail="")
        record_act(action="pull.disconnected", source=pull.source, staff=staff, now=now)
    secret_file(home=home, source=pull.source).unlink(missing_ok=True)


def secret_file(*, home: Path, source: Source) -> Path:
    """Give the file of a secret, which its owner alone reads."""
    return home / "secrets" / f"pull_{source.id}"


def list_due(*, now: datetime) -> list[int]:
    """Give the shops that may be asked now."""
    pulls = Pull.objects.filter(Q(resume_at=None) | Q(resume_at__lte=now), is_off=False)
    return list(pulls.order_by("id").values_list("id", flat=True))


def pull_key(*, pull_id: int) -> str:
    """Give the key under which one shop is asked once at a time."""
    return f"identify.pull:{pull_id}"


def pull(
    *, pull: Pull, home: Path, api: str, login: str, now: datetime, progress: Progress
) -> datetime | None:
    """Ask one shop at its addresses for all that is new. Gives when to come back."""
    try:
        secret = secret_file(home=home, source=pull.source).read_text(encoding="utf-8")
    except OSError:
        return _end(pull, problem="no_secret")
    client = Client(pull.retailer, pull.client_id, secret, api, login)
    return run_round(pull=pull, client=client, home=home, now=now, progress=progress)


def run_round(
    *, pull: Pull, client: Client, home: Path, now: datetime, progress: Progress
) -> datetime | None:
    """Ask for all that is new. Gives when to come back, None where all is there or somebody has to
    look at it; what went wrong stands in the row.
    """
    Pull.objects.filter(id=pull.id).update(began_at=now)
    left = MOST_PAGES
    try:
        with _keeping(pull.source_id, home, now) as keep:
            for subject in SUBJECTS:
                left = _read_on(pull, subject, client, keep, left, progress)
    except _Unwanted:
        return None
    except AskedTooOften as often:
        return _end(pull, resume_at=now + timedelta(seconds=often.seconds), problem="too_often")
    except PullProblem as problem:
        return _end(pull, problem=problem.code, detail=problem.detail)
    except OSError as error:
        return _end(pull, resume_at=now + _LATER, problem="no_room", detail=type(error).__name__)
    if left <= 0:
        return _end(pull, resume_at=now + _LATER)
    return _end(pull, pulled_at=now)


def _read_on(
    pull: Pull, subject: str, client: Client, keep: Keep, left: int, progress: Progress
) -> int:
    """Read a list from its place to its end; gives how many pages may still be read."""
    place = read_place(pull.places.get(subject))
    while left > 0:
        things = client.list_changed(subject, since=place.asked_since, offset=place.offset)
        fresh = [thing for thing in things if place.is_new(thing)]
        keep(fresh, subject)
        following = place.after(things)
        _move(pull, subject, following, len(fresh))
        progress(pull.pulled, subject)
        left, place = left - 1, following
        if len(things) < PAGE:
            break
    return left


def _move(pull: Pull, subject: str, place: Place, count: int) -> None:
    pull.places = {**pull.places, subject: place.as_json()}
    pull.pulled += count
    is_wanted = Pull.objects.filter(id=pull.id, retailer=pull.retailer, is_off=False)
    if not is_wanted.update(places=pull.places, pulled=pull.pulled):
        raise _Unwanted


class _Unwanted(Exception):
    """Raised when somebody disconnected the shop, or connected another, meanwhile."""


def _end(
    pull: Pull,
    *,
    resume_at: datetime | None = None,
    pulled_at: datetime | None = None,
    problem: str = "",
    detail: str = "",
) -> datetime | None:
    pull.resume_at, pull.problem, pull.detail = resume_at, problem, detail[:300]
    names = ["resume_at", "problem", "detail"]
    if pulled_at is not None:
        pull.pulled_at = pulled_at
        names.append("pulled_at")
    pull.save(update_fields=names)
    return resume_at


@contextmanager
def _keeping(source_id: int, home: Path, now: datetime) -> Iterator[Keep]:
    """Write to a segment of the accept log of our own; what is kept is on the disk."""
    folder = folder_of(home)
    moment = int(now.timestamp() * 1_000_000)
    with asyncio.Runner() as runner:
        log = AcceptLog(folder)

        def keep(things: Sequence[Thing], subject: str) -> None:
            room = os.statvfs(home)
            if count_bytes(folder) > _LARGEST_BACKLOG or not room.f_bavail:
                raise OSError("too much waits to be loaded")
            for at in range(0, len(things), _TO_A_FRAME):
                frame = _frame(things[at : at + _TO_A_FRAME], subject, source_id, moment)
                runner.run(log.append(encode(frame)))

        try:
            yield keep
        finally:
            runner.run(log.close())


def _frame(things: Iterable[Thing], subject: str, source_id: int, moment: int) -> Frame:
    calls = [
        {"sender": "kiotviet", "topic": subject, "id": "", "said": msgspec.Raw(thing.text)}
        for thing in things
    ]
    body = msgspec.json.encode({"batch": calls})
    return Frame(Content.CALLS, Endpoint.HOOK, len(calls), source_id, moment, body)
