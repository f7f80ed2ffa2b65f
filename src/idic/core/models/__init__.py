"""The tables of the ground floor."""

from .api_keys import ApiKey
from .audit import AuditEntry
from .business import Business
from .jobs import Job, JobSchedule
from .staff import LoginLink, Role, Staff

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Business",
    "Job",
    "JobSchedule",
    "LoginLink",
    "Role",
    "Staff",
]
