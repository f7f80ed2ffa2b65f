"""Puts the command groups together and turns expected failures into one sentence."""

from __future__ import annotations

import errno
import os
from importlib import import_module
from pathlib import Path

import typer

from idic.cli.console import error_console
from idic.environment import WrongSetting

# How SQLite, PostgreSQL and DuckDB say it; SQLite calls a write that fails halfway an I/O error.
_FULL = ("disk is full", "disk I/O error", "No space left on device")
_NO_TABLES = ("no such table", "no such column", "does not exist\nLINE")

GROUPS = sorted(
    path.stem
    for path in Path(__file__).parent.iterdir()
    if (path.suffix == ".py" or (path / "__init__.py").exists())
    and path.stem not in {"__init__", "program", "console"}
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
    except typer.Abort:
        return _fail("Stopped.", 130)
    except typer.Exit as error:
        return error.exit_code
    except typer.TyperException as error:
        return _refuse(error)
    except Exception as error:
        if os.environ.get("IDIC_DEBUG") == "1":
            raise
        return _fail(explain(error), 1)


def _refuse(error: typer.TyperException) -> int:
    """Answer a command that was typed wrongly; without any command the help has been shown."""
    sentence = error.format_message().strip().rstrip(".")
    if sentence:
        _fail(f"{sentence}. See “idic --help”.", 2)
    return 2


def _fail(sentence: str, code: int) -> int:
    error_console.print(sentence, style="bold red", soft_wrap=True, markup=False, highlight=False)
    return code


def explain(error: Exception) -> str:
    """Say what went wrong and what to do next."""
    from django.db import DatabaseError

    if isinstance(error, WrongSetting) or getattr(error, "is_for_people", False):
        return str(error)
    if _is_disk_full(error):
        return "The disk is full. Free some space, then run the same command again."
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}. Check the path and its permissions."
    if isinstance(error, DatabaseError):
        return _explain_database(str(error).strip())
    return (
        f"Something unexpected happened: {type(error).__name__}: {error}. "
        "Run again with IDIC_DEBUG=1 to see where, and please report it."
    )


def _is_disk_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    text = str(error)
    return any(sign in text for sign in _FULL)


def _explain_database(text: str) -> str:
    if any(sign in text for sign in _NO_TABLES):
        return "IDIC is not set up here yet, or not up to date. Run “idic up” first."
    first_line = text.splitlines()[0].rstrip(".") if text else "no answer"
    return (
        f"The database cannot be used: {first_line}. Check DATABASE_URL, or IDIC_HOME where none "
        "is set, then try again."
    )
