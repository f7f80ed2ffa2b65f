"""The two places a command writes to."""

from rich.console import Console

console = Console()
error_console = Console(stderr=True)
