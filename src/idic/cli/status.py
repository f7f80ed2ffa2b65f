"""`idic status`: the counts that matter, for people, monitors and tests."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from idic.cli.console import console


def register(application: typer.Typer) -> None:
    """Add this group's commands."""
    application.command()(status)


def status(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show how many of everything there is."""
    from idic.web.selectors import count_everything

    counts = count_everything()
    if as_json:
        typer.echo(json.dumps(counts))
        return
    for name, count in counts.items():
        console.print(f"{name.replace('_', ' '):<18}{count:>12,}", highlight=False)
