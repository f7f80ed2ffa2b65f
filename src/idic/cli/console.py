"""The two places a command writes to, and how it refuses."""

from rich.console import Console

console = Console()
error_console = Console(stderr=True)


class Refused(Exception):
    """Raised when a command cannot do what it was asked; the text says why and what to do."""

    is_for_people = True
