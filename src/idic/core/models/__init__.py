"""The tables of the ground floor."""

from .audit import AuditEntry
from .business import Business
from .staff import LoginLink, Role, Staff

__all__ = ["AuditEntry", "Business", "LoginLink", "Role", "Staff"]

try:  # the job tables land in the next commit
    from .jobs import Job

    __all__ += ["Job"]
except ModuleNotFoundError:
    pass
