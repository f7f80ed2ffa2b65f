"""The rights of one person: access, erasure, and not being brought back by an old file."""

from .erasing import erase_person
from .exporting import export_person, write_export
from .person import find_person
from .preview import Outlook, look_ahead

__all__ = [
    "Outlook",
    "erase_person",
    "export_person",
    "find_person",
    "look_ahead",
    "write_export",
]
