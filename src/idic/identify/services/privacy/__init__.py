"""The rights of one person: access, erasure, and not being brought back by an old file."""

from .again import find_returned, list_noted
from .erasing import erase_again, erase_person
from .exporting import export_person, write_export
from .person import find_person
from .preview import Outlook, look_ahead

__all__ = [
    "Outlook",
    "erase_again",
    "erase_person",
    "export_person",
    "find_person",
    "find_returned",
    "list_noted",
    "look_ahead",
    "write_export",
]
