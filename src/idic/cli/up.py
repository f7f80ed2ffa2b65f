"""`idic up`: prepares the state directory and runs all processes. `idic migrate`, `idic login`."""

from __future__ import annotations

import locale
import os
from typing import Annotated

import typer

from idic.cli.console import console


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

    supervisor.check_can_start()
    prepare(language=language, demo=demo)
    supervisor.run()


def prepare(*, language: str, demo: bool) -> None:
    """Bring the state directory up to date: tables, static files, business, owner."""
    from django.conf import settings

    from idic.core import clock
    from idic.core.services.setup import PLACES, set_up

    settings.IDIC_HOME.mkdir(parents=True, exist_ok=True)
    migrate()
    code = language or settings.IDIC_LANGUAGE or guess_language()
    if code not in PLACES:
        raise typer.BadParameter(f"“{code}” is not one of {', '.join(PLACES)}")
    set_up(language=code, now=clock.now())
    if demo:
        _request_demo()
    print_login()


def _request_demo() -> None:
    from importlib.util import find_spec

    if find_spec("idic.cli.demo"):
        from importlib import import_module

        import_module("idic.cli.demo").request_if_empty()


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

    call_command("migrate", interactive=False, verbosity=0)


def login() -> None:
    """Print a new one-time login link for the owner."""
    print_login()


def print_login() -> None:
    """Make a link and print it with the address."""
    from django.conf import settings

    from idic.core import clock
    from idic.core.models import Role, Staff
    from idic.core.services.login import create_login_link

    owner = Staff.objects.filter(role=Role.OWNER, is_active=True).order_by("id").first()
    if owner is None:
        raise typer.BadParameter("There is no owner yet. Run “idic up” first.")
    token = create_login_link(staff=owner, now=clock.now())
    base = settings.IDIC_PUBLIC_URL or f"http://{settings.IDIC_HOST}:{settings.IDIC_PORT}"
    console.print(f"IDIC     {base}/", soft_wrap=True, highlight=False)
    console.print(f"Log in   {base}/login/{token}/", soft_wrap=True, highlight=False)
    console.print("         (once, within 24 hours; “idic login” gives a new link)", style="dim")
