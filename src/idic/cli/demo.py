"""`idic demo`: the made-up business, loaded beside nothing of your own."""

from __future__ import annotations

import typer

from idic.cli.console import Refused, console


def register(application: typer.Typer) -> None:
    """Add this group's commands."""
    application.command()(demo)


def demo() -> None:
    """Set up the sample shop in the business's language, if there is no data yet."""
    from rich.progress import Progress

    from idic.core import clock
    from idic.core.selectors import get_business
    from idic.web.services import demo as loader

    if not loader.is_needed():
        raise Refused("There is data here already: the sample shop is only for an empty start.")
    if _is_under_way():
        raise Refused("The sample shop is being set up already: “idic up” shows how far it is.")
    today = clock.today(time_zone=get_business().time_zone)
    with Progress(console=console, transient=True) as bar:
        line = bar.add_task("Setting up the sample shop", total=100)
        loader.load_demo(
            now=clock.now(),
            today=today,
            progress=lambda done, total, label: bar.update(line, completed=done, total=total),
        )
    console.print("The sample shop is open. Its people are made up and never get mail.")


def _is_under_way() -> bool:
    """Tell whether a worker loads the sample shop, or will in a moment."""
    from idic import supervisor
    from idic.core.models import Job

    jobs = Job.objects.filter(unique_key="web.demo")
    is_waiting = jobs.filter(state=Job.State.WAITING).exists()
    return jobs.filter(state=Job.State.RUNNING).exists() or (
        is_waiting and supervisor.status() is not None
    )


def request_if_empty() -> None:
    """Let the worker set the sample shop up behind a progress bar."""
    from idic.web.services import demo as loader
    from idic.web.tasks import load_demo

    if loader.is_needed():
        load_demo.enqueue()
