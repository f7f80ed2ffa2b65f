"""Who works here: adding people, their roles, letting them in and out, their own choices."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from idic.core import ids
from idic.core.models import Role, Staff
from idic.core.services import audit
from idic.core.services.login import create_login_link

LONGEST_NAME = 120
LAST_HOUR = 23


class WrongStaff(ValueError):
    """Raised when a change of staff is not possible; `field` names what is wrong, the text why."""

    is_for_people = True

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def add_staff(*, email: str, display_name: str, role: str, actor: str, now: datetime) -> Staff:
    """Add a person; they come in by a one-time link, and may set a password then."""
    email = _clean_email(email)
    name = " ".join(display_name.split())[:LONGEST_NAME]
    if not name:
        raise WrongStaff("display_name", _("Give a name."))
    if role not in Role.values:
        raise WrongStaff("role", _("Choose a role."))
    with transaction.atomic():
        if Staff.objects.filter(email__iexact=email).exists():
            raise WrongStaff("email", _("Somebody with this address works here already."))
        staff = Staff(email=email, display_name=name, role=role)
        staff.set_unusable_password()
        staff.save(force_insert=True)
        _record("staff.added", staff, actor, now, role=role)
    return staff


def change_role(*, staff_id: int, role: str, actor: str, now: datetime) -> None:
    """Give a person another role. The last owner stays one."""
    if role not in Role.values:
        raise WrongStaff("role", _("Choose a role."))
    with transaction.atomic():
        staff = _locked(staff_id)
        if staff.role == role:
            return
        if role != Role.OWNER:
            _keep_an_owner(staff)
        staff.role = role
        staff.save(update_fields=["role"])
        _record("staff.role_changed", staff, actor, now, role=role)


def set_active(*, staff_id: int, is_active: bool, actor: str, now: datetime) -> None:
    """Let a person in or keep them out; kept out, their sessions and links end at once."""
    with transaction.atomic():
        staff = _locked(staff_id)
        if staff.is_active == is_active:
            return
        if not is_active:
            _keep_an_owner(staff)
            staff.login_links.all().delete()
        staff.is_active = is_active
        staff.save(update_fields=["is_active"])
        _record("staff.let_in" if is_active else "staff.kept_out", staff, actor, now)


def make_link(*, staff_id: int, actor: str, now: datetime) -> tuple[Staff, str]:
    """Make a one-time login link for a person; the token is shown once and stored nowhere."""
    with transaction.atomic():
        staff = _locked(staff_id)
        if not staff.is_active:
            raise WrongStaff("staff", _("This person may not log in. Let them in first."))
        token = create_login_link(staff=staff, now=now)
        _record("staff.link_made", staff, actor, now)
    return staff, token


def set_language(*, staff: Staff, language: str) -> None:
    """Remember the language a person works in."""
    Staff.objects.filter(id=staff.id).update(language=language)


def set_email(*, staff: Staff, email: str, now: datetime) -> None:
    """Give a person another address: it is their name at the login, and where mail to them goes."""
    email = _clean_email(email)
    with transaction.atomic():
        if Staff.objects.filter(email__iexact=email).exclude(id=staff.id).exists():
            raise WrongStaff("email", _("Somebody with this address works here already."))
        _record("staff.email_set", staff, staff.email, now, email=email)
        staff.email = email
        staff.save(update_fields=["email"])


def want_digest(*, staff: Staff, from_date: date, hour: int, language: str) -> None:
    """Send a person the morning mail from a day on, at an hour, in the language they read now."""
    if not 0 <= hour <= LAST_HOUR:
        raise WrongStaff("hour", _("Choose an hour of the day."))
    wish = {"digest_from": from_date, "digest_hour": hour, "language": language}
    Staff.objects.filter(id=staff.id).update(**wish)


def stop_digest(*, staff_id: int) -> None:
    """Send a person no morning mail any more; the hour stays for another time."""
    Staff.objects.filter(id=staff_id).update(digest_from=None)


def set_password(*, staff: Staff, password: str, now: datetime) -> None:
    """Set a person's own password; every other session of theirs ends."""
    with transaction.atomic():
        staff.set_password(password)
        staff.save(update_fields=["password"])
        _record("staff.password_set", staff, staff.email, now)


def _locked(staff_id: int) -> Staff:
    staff = Staff.objects.select_for_update().filter(id=staff_id).first()
    if staff is None:
        raise WrongStaff("staff", _("This person is not there any more."))
    return staff


def _keep_an_owner(staff: Staff) -> None:
    """Refuse what would leave the business without an owner who can log in."""
    owners = Staff.objects.select_for_update().filter(role=Role.OWNER, is_active=True)
    if [owner.id for owner in owners] == [staff.id]:
        raise WrongStaff("role", _("Somebody must stay the owner. Make another owner first."))


def _clean_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise WrongStaff("email", _("This is no e-mail address.")) from None
    return email


def _record(action: str, staff: Staff, actor: str, now: datetime, **detail: str) -> None:
    audit.record(
        at=now,
        actor=actor,
        action=action,
        subject_type="staff",
        subject_id=ids.encode("staff", staff.id),
        detail=detail,
    )
