"""The tables of the ground floor."""

from .audit import AuditEntry
from .business import Business
from .jobs import Job, JobSchedule
from .staff import LoginLink, Role, Staff

__all__ = ["AuditEntry", "Business", "Job", "JobSchedule", "LoginLink", "Role", "Staff"]
