"""`idic import orders|customers|… FILE`: shows what was recognised, says what
will come of it, brings it in all or nothing, and tells the business about itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from idic.cli.console import console, error_console
from idic.cli.importing.options import read_request
from idic.cli.importing.telling import show_recognised, show_report, tell_of_demo, to_json

if TYPE_CHECKING:
    from idic.identify.services.imports.request import ImportRequest
    from idic.identify.services.imports.running import ImportReport

Say = Callable[[int, int, str], None]

_STEPS = {
    "reading": "Reading the file",
    "import": "Bringing in the rows",
    "demo_removal": "Removing the sample shop",
}


def register(application: typer.Typer) -> None:
    """Add this group's command."""
    application.command("import")(bring_in)
    application.command("recipes")(list_recipes)


class Rows(StrEnum):
    """What a row of the file is."""

    ORDERS = "orders"
    CUSTOMERS = "customers"
    COMPANIES = "companies"
    CONSENTS = "consents"
    EVENTS = "events"
    SENDS = "sends"
    ACCOUNTS = "accounts"


Kind = Annotated[
    Rows,
    typer.Argument(
        help="What a row is: a line of an order, a person, a company, what somebody agreed to or "
        "refused, something that happened, a message another system sent, what stood on an account."
    ),
]
File = Annotated[Path, typer.Argument(help="CSV, XLSX, Parquet or vCard.", show_default=False)]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", help='Which column is what: --map order_number="Invoice No".'),
]
Source = Annotated[
    str, typer.Option(help="The system the file comes from, such as “Till” or “Web shop”.")
]
AsOf = Annotated[
    str, typer.Option(help="The day to look at the business from, YYYY-MM-DD (default: automatic).")
]
Currency = Annotated[str, typer.Option(help="Orders, accounts: their currency: VND, CNY, GBP …")]
Rate = Annotated[
    list[str] | None, typer.Option(help="Orders: what another currency is worth: USD=25400.")
]
Encoding = Annotated[str, typer.Option(help="utf-8, utf-16, gbk, tcvn3, vni, windows-1258 …")]
Delimiter = Annotated[str, typer.Option(help="What divides the cells of a CSV file.")]
Sheet = Annotated[str, typer.Option(help="Which sheet of a workbook.")]
DateOrder = Annotated[
    str, typer.Option(help="day_first or month_first, where 3/4/2026 could be either.")
]
ConsentStatus = Annotated[
    str | None, typer.Option(help="granted, denied or unknown (service messages only).")
]
ConsentBasis = Annotated[
    list[str] | None,
    typer.Option(help="consent, contract, legitimate_interest; for one channel: email=consent."),
]
ConsentDate = Annotated[
    list[str] | None, typer.Option(help="When it was given, YYYY-MM-DD; or email=YYYY-MM-DD.")
]
ConsentProof = Annotated[list[str] | None, typer.Option(help="Where the proof lies; or email=….")]
NumbersOf = Annotated[
    str, typer.Option(help="The customer numbers are those of this other source.")
]
PresetKey = Annotated[
    str,
    typer.Option("--preset", help="Whose export it is: auto, none, or a key of docs/imports.md."),
]
RecipeName = Annotated[
    str, typer.Option("--recipe", help="Read it as this recipe says (“idic recipes” lists them).")
]
RuleOption = Annotated[
    list[str] | None,
    typer.Option("--rule", help="Customers: field=fill, overwrite or skip, for people you have."),
]
SaveRecipe = Annotated[str, typer.Option("--save-recipe", help="Keep the choices as a recipe.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would come of it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
KeepDemo = Annotated[
    bool, typer.Option("--keep-demo", help="Leave the sample shop beside your own data.")
]
NoLoop = Annotated[
    bool, typer.Option("--no-loop", help="Leave the figures to the background work.")
]


def bring_in(
    kind: Kind,
    file: File,
    mapping: Map = None,
    source: Source = "",
    as_of: AsOf = "",
    currency: Currency = "",
    rate: Rate = None,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    sheet: Sheet = "",
    date_order: DateOrder = "",
    consent_email: ConsentStatus = None,
    consent_sms: ConsentStatus = None,
    consent_zalo: ConsentStatus = None,
    consent_basis: ConsentBasis = None,
    consent_date: ConsentDate = None,
    consent_proof: ConsentProof = None,
    numbers_of: NumbersOf = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    yes: Yes = False,
    no_loop: NoLoop = False,
    keep_demo: KeepDemo = False,
    preset: PresetKey = "auto",
    recipe: RecipeName = "",
    rule: RuleOption = None,
    save_recipe: SaveRecipe = "",
) -> None:
    """Bring in a file of orders, customers, companies, consents, events or sent messages."""
    request = read_request(
        kind=kind,
        file=file,
        mapping=mapping,
        source=source,
        as_of=as_of,
        currency=currency,
        rates=rate,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        date_order=date_order,
        consents=(consent_email, consent_sms, consent_zalo),
        terms=(consent_basis, consent_date, consent_proof),
        numbers_of=numbers_of,
        keep_demo=keep_demo,
        preset=preset,
        recipe=recipe,
        rules=rule,
    )
    if not dry_run:
        _set_up_if_new()
    if not as_json:
        show_recognised(request)
        tell_of_demo(request)
        if not (dry_run or yes) and sys.stdin.isatty() and not typer.confirm("Bring it in?"):
            raise typer.Abort
    report = _run(request, is_dry_run=dry_run, is_quiet=as_json)
    if save_recipe:
        _save_recipe(save_recipe, request, report)
    tells_more = not (dry_run or report.is_repeat or no_loop)
    if tells_more:
        _run_loop(report, is_quiet=as_json)
    if as_json:
        typer.echo(json.dumps(to_json(report)))
        return
    show_report(report)
    if tells_more:
        _show_first_look()


def list_recipes(as_json: AsJson = False) -> None:
    """List the recipes for files that come again."""
    from idic.cli.importing.telling import show_recipes

    show_recipes(as_json=as_json)


def _save_recipe(name: str, request: ImportRequest, report: ImportReport) -> None:
    from idic.core import clock
    from idic.identify.services.imports.recipes import save_request

    save_request(
        name=name,
        request=request,
        headers=report.shape.headers,
        mapping=report.mapping,
        preset=report.preset,
        now=clock.now(),
    )


def _set_up_if_new() -> None:
    """Open the business when a file comes before the first `idic up`: its day, currency and time
    zone have to be kept somewhere.
    """
    from idic.cli.up import choose_language
    from idic.core import clock
    from idic.core.services.setup import set_up

    set_up(language=choose_language(""), now=clock.now())


@contextmanager
def _bar(*, is_quiet: bool) -> Iterator[Say]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    # On the error stream: what is printed for machines stays clean.
    with Progress(
        *columns,
        TimeElapsedColumn(),
        console=error_console,
        transient=True,
        disable=is_quiet or not error_console.is_terminal,
    ) as progress:
        task = progress.add_task("", total=None)

        def say(done: int, total: int, label: str) -> None:
            words = _STEPS.get(label, label)
            progress.update(task, completed=done, total=total or None, description=words)

        yield say


def _run(request: ImportRequest, *, is_dry_run: bool, is_quiet: bool) -> ImportReport:
    from idic.core import clock
    from idic.core.selectors import get_business
    from idic.identify.services.imports.running import import_file

    with _bar(is_quiet=is_quiet) as say:
        return import_file(
            request=request,
            now=clock.now(),
            today=clock.today(time_zone=get_business().time_zone),
            actor="system:cli",
            is_dry_run=is_dry_run,
            progress=say,
        )


def _run_loop(report: ImportReport, *, is_quiet: bool) -> None:
    from idic.core import clock
    from idic.core.selectors import get_as_of, get_business
    from idic.identify.services.imports.indexing import index_import
    from idic.web.services.loop import run_loop
    from idic.web.working import WORDS

    with _bar(is_quiet=is_quiet) as say:

        def tell(done: int, total: int, label: str) -> None:
            say(done, total, WORDS.get(label, label))

        run_loop(as_of=get_as_of(get_business()), now=clock.now(), progress=tell)
        if report.run_id is not None:
            index_import(run_id=report.run_id)


def _show_first_look() -> None:
    from idic.cli.first_look import find_in_language, print_first_look

    found = find_in_language()
    if found is not None:
        console.print()
        print_first_look(found)
