"""The people who work here, what they may do, and the one-time links that let them in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from idic.core import ids


class Role(models.TextChoices):
    """What somebody does here; `core.access` says what each may."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    MARKETER = "marketer", _("Marketer")
    SALES = "sales", _("Sales")
    CARE = "care", _("Customer care")
    ANALYST = "analyst", _("Analyst")
    READ_ONLY = "read_only", _("Read only")


class StaffManager(BaseUserManager["Staff"]):
    """Lets Django's login find a person by e-mail."""

    def get_by_natural_key(self, username: str | None) -> Staff:
        """Find by e-mail, whatever the case."""
        return self.get(email__iexact=username)


class Staff(AbstractBaseUser):
    """A person who works here. Without a usable password only a one-time link lets them in."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    email = models.EmailField(_("E-mail"), unique=True)
    display_name = models.CharField(pgettext_lazy("person", "Name"), max_length=120)
    role = models.CharField(_("Role"), max_length=12, choices=Role.choices, default=Role.READ_ONLY)
    language = models.CharField(_("Language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("May log in"), default=True)
    # The first day the morning mail comes, and its hour where the shop is. None: not wanted.
    digest_from = models.DateField(null=True, blank=True)
    digest_hour = models.SmallIntegerField(default=7)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[StaffManager] = StaffManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_staff(self) -> bool:
        """Django asks for this name; everybody here is staff."""
        return True

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's own permissions are not used; `core.access` decides."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """Django's own permissions are not used; `core.access` decides."""
        return False


class LoginLink(models.Model):
    """A link that logs one person in once. Only the token's hash is stored."""

    token_hash = models.CharField(max_length=64, primary_key=True)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="login_links")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
