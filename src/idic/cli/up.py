"""`idic up`: prepares the state directory and runs all processes. `idic migrate`, `idic login`."""

from __future__ import annotations

import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Annotated

import typer

from idic.cli.console import Refused, console

_NOT_SET_UP = "There is no owner yet. Run “idic up” first."


def register(application: typer.Typer) -> None:
    """Add this group's commands."""
    application.command()(up)
    application.command()(login)
    application.command()(migrate)


def up(
    language: Annotated[str, typer.Option(help="vi, zh-hans or en; for a new business only.")] = "",
    demo: Annotated[bool, typer.Option(help="Load the demo business if there is no data.")] = True,
) -> None:
    """Start everything: web pages, background work, sending."""
    from idic import supervisor

    code = choose_language(language)
    supervisor.check_can_start()
    prepare(language=code, demo=demo)
    supervisor.run()


def prepare(*, language: str, demo: bool) -> None:
    """Bring the state directory up to date: tables, static files, business, owner."""
    from django.conf import settings

    from idic.core import clock
    from idic.core.services.setup import set_up

    settings.IDIC_HOME.mkdir(parents=True, exist_ok=True)
    migrate()
    set_up(language=language, now=clock.now())
    if demo:
        _request_demo()
    print_login()


def _request_demo() -> None:
    from importlib.util import find_spec

    if find_spec("idic.cli.demo"):
        from importlib import import_module

        import_module("idic.cli.demo").request_if_empty()


def choose_language(asked: str) -> str:
    """Give the language asked for, or the setting's, or the terminal's. Raises Refused."""
    from django.conf import settings

    from idic.core.services.setup import PLACES

    code = asked or settings.IDIC_LANGUAGE or guess_language()
    if code not in PLACES:
        *most, last = PLACES
        raise Refused(
            f"IDIC does not speak “{code}”. Choose --language {', '.join(most)} or {last}."
        )
    return code


def guess_language() -> str:
    """Guess from the terminal's locale; English when it says nothing."""
    code = (os.environ.get("LC_ALL") or os.environ.get("LANG") or "").lower()
    code = code or (locale.getlocale()[0] or "").lower()
    if code.startswith("vi"):
        return "vi"
    return "zh-hans" if code.startswith("zh") else "en"


def migrate() -> None:
    """Bring the database's tables up to date."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    is_new = not MigrationRecorder(connection).has_table()
    with _as_a_whole() if is_new else nullcontext():
        call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def _as_a_whole() -> Iterator[None]:
    """Make all tables or none. Django notes a migration as done only after its transaction: ended
    in between, by a full disk or kill -9, the next start would find tables it knows nothing of.
    """
    from django.db import connection, transaction

    connection.disable_constraint_checking()  # SQLite cannot change this within a transaction
    try:
        with transaction.atomic():
            yield
    finally:
        connection.enable_constraint_checking()


def login() -> None:
    """Print a new one-time login link for the owner."""
    print_login()


def own_address(host: str, port: int) -> str:
    """Give the address a browser on this machine opens."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - every interface; nobody can open that
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def print_login() -> None:
    """Make a link and print it with the address."""
    from django.conf import settings

    from idic.core import clock
    from idic.core.models import Role, Staff
    from idic.core.services.login import create_login_link

    owner = Staff.objects.filter(role=Role.OWNER, is_active=True).order_by("id").first()
    if owner is None:
        raise Refused(_NOT_SET_UP)
    token = create_login_link(staff=owner, now=clock.now())
    base = settings.IDIC_PUBLIC_URL or own_address(settings.IDIC_HOST, settings.IDIC_PORT)
    console.print(f"IDIC     {base}/", soft_wrap=True, highlight=False)
    console.print(f"Log in   {base}/login/{token}/", soft_wrap=True, highlight=False)
    console.print("         (once, within 24 hours; “idic login” gives a new link)", style="dim")
