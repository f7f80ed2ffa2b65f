"""Makes, finds and ends links for one person. The word is given once; only its digest stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from idic.core.models import Staff
from idic.identify.living import get_living_id
from idic.identify.models import IdentityAct, IdentityLogEntry, PersonalLink
from idic.identify.public_forms.links import digest_of, new_personal
from idic.identify.services.trail import record_act

LASTS = timedelta(days=30)
_LONGEST_WORD = 80
_ENDING = (IdentityAct.MERGE, IdentityAct.UNMERGE, IdentityAct.SPLIT, IdentityAct.REASSIGN)


def create_link(*, customer_id: int, staff: Staff, now: datetime) -> str:
    """Make a link for a customer and give its word."""
    word, digest = new_personal()
    with transaction.atomic():
        PersonalLink.objects.create(
            customer_id=get_living_id(customer_id=customer_id),
            digest=digest,
            created_by_name=staff.display_name,
            created_at=now,
            expires_at=now + LASTS,
        )
        record_act(customer_id=customer_id, action="link.created", actor=staff.email, now=now)
    return word


def create_link_in_mail(*, customer_id: int, name: str, now: datetime) -> str:
    """Make a link for a customer as the mail with it leaves, and give its word; `name` says which
    mail. The mail is on record: it needs no line of the trail.
    """
    word, digest = new_personal()
    PersonalLink.objects.create(
        customer_id=customer_id,
        digest=digest,
        created_by_name=name[:160],
        created_at=now,
        expires_at=now + LASTS,
    )
    return word


def find_link(*, word: str, now: datetime) -> PersonalLink | None:
    """Give the link of a word while it holds. Once its customer was joined with another or parted,
    it shows more or somebody else than it was made for, and ends.
    """
    if not word or len(word) > _LONGEST_WORD:
        return None
    ended = IdentityLogEntry.objects.filter(
        customer_id=OuterRef("customer_id"), act__in=_ENDING, at__gte=OuterRef("created_at")
    )
    links = PersonalLink.objects.select_related("customer").filter(
        ~Exists(ended), customer__merged_into=None, revoked_at=None, expires_at__gt=now
    )
    return links.filter(digest=digest_of(word)).first()


def list_links(*, customer_id: int, now: datetime) -> list[PersonalLink]:
    """Give a customer's links that have not ended, the newest first."""
    rows = PersonalLink.objects.filter(customer_id=customer_id, revoked_at=None)
    return list(rows.filter(expires_at__gt=now).order_by("-id"))


def note_use(*, link: PersonalLink, now: datetime) -> None:
    """Note that somebody did something by a link."""
    PersonalLink.objects.filter(id=link.id).update(used_at=now)


def revoke_links(*, customer_id: int, staff: Staff, now: datetime) -> int:
    """End every link of a customer; give how many there were."""
    with transaction.atomic():
        rows = PersonalLink.objects.filter(customer_id=customer_id, revoked_at=None)
        count = rows.filter(expires_at__gt=now).update(revoked_at=now)
        if count:
            record_act(customer_id=customer_id, action="link.revoked", actor=staff.email, now=now)
    return count


def delete_old(*, now: datetime) -> int:
    """Delete links that ended a month ago."""
    return PersonalLink.objects.filter(expires_at__lt=now - LASTS).delete()[0]
