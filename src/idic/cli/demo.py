"""`idic demo`: the made-up business, loaded beside nothing of your own. `idic demo remove`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from idic.cli.console import Refused, console

Say = Callable[[int, int, str], None]

# What is told of what was removed, in this order: name → one, many.
_NAMES = {
    "customers": ("person", "people"),
    "orders": ("order", "orders"),
    "campaigns": ("campaign", "campaigns"),
    "messages": ("message", "messages"),
    "segments": ("segment", "segments"),
}


Replace = Annotated[
    bool, typer.Option("--replace", help="Remove the sample business that stands here first.")
]


def register(application: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(invoke_without_command=True, help="Sample businesses: load one, remove it.")
    group.callback()(demo)
    for command in (supermarket, shop, saas, remove):
        group.command()(command)
    application.add_typer(group, name="demo")


def demo(context: typer.Context) -> None:
    """Set up the sample shop in the business's language, if there is no data yet."""
    if context.invoked_subcommand is None:
        _load("supermarket", replace=False)


def supermarket(replace: Replace = False) -> None:
    """A corner shop: tills, a web shop, loyalty cards, families, feasts, campaigns."""
    _load("supermarket", replace=replace)


def shop(replace: Replace = False) -> None:
    """A web shop for skin and hair care."""
    _load("shop", replace=replace)


def saas(replace: Replace = False) -> None:
    """Software by the month: trials, usage, who is ready for more."""
    _load("saas", replace=replace)


def _load(trade: str, *, replace: bool) -> None:
    from idic.core import clock
    from idic.core.selectors import get_business
    from idic.identify.selectors import has_own_data
    from idic.web.services import demo as loader

    if has_own_data():
        raise Refused(
            "There is data of your own here, and the sample shop never lies beside it. "
            "To look at it, start a second IDIC with another IDIC_HOME."
        )
    if _is_under_way():
        raise Refused("The sample shop is being set up already: “idic up” shows how far it is.")
    if loader.find_trade() not in ("", trade) or not loader.is_possible():
        _make_room(trade, replace=replace)
    today = clock.today(time_zone=get_business().time_zone)
    with _bar("Setting up the sample shop") as say:
        loader.load_anew(now=clock.now(), today=today, trade=trade, progress=say)
    console.print("The sample shop is open. Its people are made up and never get mail.")


def _make_room(trade: str, *, replace: bool) -> None:
    """Remove the sample business that stands here, when that is wanted. Raises Refused."""
    import sys

    from idic.core import clock
    from idic.identify.services.demo_removal import remove_demo

    question = "A sample shop is here already. Remove it first?"
    if not replace and not (sys.stdin.isatty() and typer.confirm(question)):
        raise Refused(
            "A sample shop is here already. "
            f"“idic demo {trade} --replace” removes it and sets this one up."
        )
    with _bar("Removing the sample shop") as say:
        remove_demo(actor="system:cli", now=clock.now(), progress=say)


def remove(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove the sample shop: its people, orders and campaigns. Your own data stays as it is."""
    import sys

    from idic.core import clock
    from idic.core.demo_data import count_demo
    from idic.identify.selectors import has_demo, has_own_data
    from idic.identify.services.demo_removal import remove_demo

    if not has_demo():
        raise Refused("There is no sample shop here. “idic demo” sets one up.")
    question = f"Remove the sample shop with {_said(count_demo())}?"
    if not yes and sys.stdin.isatty() and not typer.confirm(question):
        raise typer.Abort
    with _bar("Removing the sample shop") as say:
        counts = remove_demo(actor="system:cli", now=clock.now(), progress=say)
    if has_own_data():
        _run_loop()
    console.print(f"The sample shop is gone: {_said(counts)}.", highlight=False)


def _said(counts: dict[str, int]) -> str:
    parts = [
        f"{counts[name]:,} {one if counts[name] == 1 else many}"
        for name, (one, many) in _NAMES.items()
        if counts.get(name)
    ]
    return ", ".join(parts) or "nothing in it"


def _run_loop() -> None:
    from idic.core import clock
    from idic.core.selectors import get_as_of, get_business
    from idic.web.services.loop import run_loop

    with _bar("Working your own figures out anew") as say:
        run_loop(as_of=get_as_of(get_business()), now=clock.now(), progress=say)


@contextmanager
def _bar(words: str) -> Iterator[Say]:
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bar:
        line = bar.add_task(words, total=100)
        yield lambda done, total, label: bar.update(line, completed=done, total=total)


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
    from idic.web.selectors.demo import is_needed

    if is_needed():
        from idic.web.tasks import load_demo  # half a second, at the first start alone

        load_demo.enqueue()
