"""Puts the command groups together and turns expected failures into one sentence."""

from __future__ import annotations

import errno
import os
from importlib import import_module
from pathlib import Path

import click
import typer

from idic.cli.console import error_console
from idic.environment import WrongSetting

GROUPS = sorted(
    path.stem
    for path in Path(__file__).parent.glob("*.py")
    if path.stem not in {"__init__", "program", "console"}
)


def build() -> typer.Typer:
    """Collect every group's commands; each module registers on the application it is handed."""
    application = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="IDIC: identify, differentiate, interact, customize, measure.",
    )
    for name in GROUPS:
        import_module(f"idic.cli.{name}").register(application)
    return application


def run(arguments: list[str]) -> int:
    """Run one command; give its exit code."""
    try:
        import django

        django.setup()
        command = typer.main.get_command(build())
        result = command.main(args=arguments, prog_name="idic", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        return _fail("Stopped.", 130)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except Exception as error:
        if os.environ.get("IDIC_DEBUG") == "1":
            raise
        return _fail(explain(error), 1)


def _fail(sentence: str, code: int) -> int:
    error_console.print(sentence, style="bold red", soft_wrap=True, markup=False, highlight=False)
    return code


def explain(error: Exception) -> str:
    """Say what went wrong and what to do next."""
    from django.db import DatabaseError, OperationalError

    if isinstance(error, WrongSetting) or getattr(error, "is_for_people", False):
        return str(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "The disk is full. Free some space, then run the same command again."
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}. Check the path and its permissions."
    if isinstance(error, OperationalError) and "full" in str(error):
        return "The disk is full. Free some space, then run the same command again."
    if isinstance(error, DatabaseError):
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else "no answer"
        return f"The database cannot be used: {first_line}. Check DATABASE_URL, then try again."
    return (
        f"Something unexpected happened: {type(error).__name__}: {error}. "
        "Run again with IDIC_DEBUG=1 to see where, and please report it."
    )
