"""`idic import orders FILE` and `idic import customers FILE`: shows what was recognised, says what
will come of it, brings it in all or nothing, and tells the business about itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from idic.cli.console import console, error_console

if TYPE_CHECKING:
    from idic.identify.services.imports.request import ImportRequest
    from idic.identify.services.imports.running import ImportReport

Say = Callable[[int, int, str], None]

_STEPS = {
    "reading": "Reading the file",
    "import": "Bringing in the rows",
    "demo_removal": "Removing the sample shop",
}
_CHANNELS = ("email", "sms", "zalo")


def register(application: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(no_args_is_help=True, help="Bring in a file of orders or of customers.")
    group.command()(orders)
    group.command()(customers)
    application.add_typer(group, name="import")


File = Annotated[Path, typer.Argument(help="CSV, XLSX or Parquet.", show_default=False)]
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
Encoding = Annotated[str, typer.Option(help="utf-8, utf-16, gbk, windows-1258, windows-1252.")]
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
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would come of it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
KeepDemo = Annotated[
    bool, typer.Option("--keep-demo", help="Leave the sample shop beside your own data.")
]
NoLoop = Annotated[
    bool, typer.Option("--no-loop", help="Leave the figures to the background work.")
]


def orders(
    file: File,
    mapping: Map = None,
    source: Source = "",
    as_of: AsOf = "",
    currency: Annotated[str, typer.Option(help="Currency of the amounts: VND, CNY, GBP …")] = "",
    rate: Annotated[
        list[str] | None, typer.Option(help="What another currency is worth: USD=25400.")
    ] = None,
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
) -> None:
    """Bring in orders: one row a line of an order, or one row an order."""
    _import(
        kind="orders",
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
        flags=(dry_run, as_json, yes, no_loop),
    )


def customers(
    file: File,
    mapping: Map = None,
    source: Source = "",
    as_of: AsOf = "",
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
) -> None:
    """Bring in customers: names, addresses, what they agreed to. One row a person."""
    _import(
        kind="customers",
        file=file,
        mapping=mapping,
        source=source,
        as_of=as_of,
        currency="",
        rates=None,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        date_order=date_order,
        consents=(consent_email, consent_sms, consent_zalo),
        terms=(consent_basis, consent_date, consent_proof),
        numbers_of=numbers_of,
        keep_demo=keep_demo,
        flags=(dry_run, as_json, yes, no_loop),
    )


def _import(*, kind: str, file: Path, flags: tuple[bool, bool, bool, bool], **told: Any) -> None:
    dry_run, as_json, yes, no_loop = flags
    _set_up_if_new()
    request = _request(kind=kind, file=file, **told)
    if not as_json:
        _show_recognised(request)
        _tell_of_demo(request)
        if not (dry_run or yes) and sys.stdin.isatty() and not typer.confirm("Bring it in?"):
            raise typer.Abort
    report = _run(request, is_dry_run=dry_run, is_quiet=as_json)
    is_new = not (dry_run or report.is_repeat)
    if is_new and not no_loop:
        _run_loop(report, is_quiet=as_json)
    if as_json:
        typer.echo(json.dumps(_plain(report)))
        return
    _show_report(report)
    if is_new and not no_loop:
        _show_first_look()


def _set_up_if_new() -> None:
    """Open the business when a file comes before the first `idic up`: its day, currency and time
    zone have to be kept somewhere.
    """
    from idic.cli.up import choose_language
    from idic.core import clock
    from idic.core.services.setup import set_up

    set_up(language=choose_language(""), now=clock.now())


def _request(
    *,
    kind: str,
    file: Path,
    mapping: list[str] | None,
    source: str,
    as_of: str,
    currency: str,
    rates: list[str] | None,
    encoding: str,
    delimiter: str,
    sheet: str,
    date_order: str,
    consents: tuple[str | None, ...],
    terms: tuple[list[str] | None, ...],
    numbers_of: str,
    keep_demo: bool,
) -> ImportRequest:
    from idic.identify.importing.columns import Kind
    from idic.identify.importing.values.dates import DateOrder as Order
    from idic.identify.services.imports.request import ImportRequest

    if date_order not in {"", *Order}:
        raise typer.BadParameter(f"--date-order is day_first or month_first, not “{date_order}”.")
    return ImportRequest(
        kind=Kind(kind),
        path=file,
        source=source,
        overrides=dict(_pair("map", text) for text in mapping or ()),
        encoding=encoding,
        delimiter={"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter),
        sheet=sheet,
        currency=currency,
        date_order=Order(date_order) if date_order else None,
        as_of=_day("as-of", as_of),
        consents=_consents(consents, terms),
        numbers_of=numbers_of,
        rates={code: _rate(value) for code, value in (_pair("rate", t) for t in rates or ())},
        errors_beside=file.resolve().parent,
        keeps_demo=keep_demo,
    )


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"--{option} is written name=value, not “{text}”.")
    return name.strip(), value.strip().strip('"')


def _day(option: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"--{option} is written YYYY-MM-DD, not “{text}”.") from None


def _rate(text: str) -> Any:
    from decimal import Decimal, InvalidOperation

    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(0)
    if value <= 0:
        raise typer.BadParameter(f"--rate is a number above zero, not “{text}”.")
    return value


def _consents(statuses: tuple[str | None, ...], terms: tuple[list[str] | None, ...]) -> Any:
    """Put each channel's answer together with its ground, date and proof."""
    from idic.identify.importing.terms import ConsentTerms

    bases, days, proofs = terms
    found = {}
    for channel, status in zip(_CHANNELS, statuses, strict=True):
        if status is not None:
            day = _day("consent-date", _for_channel(channel, days))
            found[channel] = ConsentTerms(
                status=status,
                basis=_for_channel(channel, bases) or "unknown",
                given_on=day,
                proof=_for_channel(channel, proofs),
            )
    return found


def _for_channel(channel: str, values: list[str] | None) -> str:
    """Give the value for one channel: its own (`email=…`), or the one for all."""
    chosen = ""
    for value in values or ():
        name, equals, rest = value.partition("=")
        if equals and name in _CHANNELS:
            if name == channel:
                return rest
        else:
            chosen = value
    return chosen


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


def _show_recognised(request: ImportRequest) -> None:
    """Print how the file is written and what each column seems to be."""
    from idic.core.selectors import get_business
    from idic.identify.services.imports.analysis import analyse, check

    analysis = analyse(request=request, business=get_business())
    shape = analysis.shape
    how = [shape.format.upper(), shape.encoding, _named(shape.delimiter), shape.sheet]
    console.print(f"{request.name}: {', '.join(part for part in how if part)}", highlight=False)
    fields = {header: name for name, header in analysis.mapping.items()}
    table = Table(box=None, pad_edge=False, expand=True)
    longest = max(len(guess.header) for guess in analysis.guesses)
    table.add_column("Column", no_wrap=True, overflow="ellipsis", min_width=min(longest, 24))
    table.add_column("is read as", no_wrap=True, min_width=15)
    table.add_column("sure", no_wrap=True, min_width=4, justify="right")
    table.add_column("for example", no_wrap=True, overflow="ellipsis", ratio=1)
    for guess in analysis.guesses:
        name = fields.get(guess.header, "")
        is_told = name in request.overrides
        sure = "told" if is_told else f"{guess.confidence:.0%}" if name else ""
        table.add_row(guess.header, name or "–", sure, " · ".join(dict.fromkeys(guess.samples)))
    console.print(table)
    check(kind=request.kind, analysis=analysis)


def _tell_of_demo(request: ImportRequest) -> None:
    """Say beforehand that the sample shop goes."""
    from idic.identify.selectors import has_demo

    if has_demo() and not request.keeps_demo:
        console.print(
            "The sample shop will be removed when your own data arrives (--keep-demo keeps it)."
        )


def _named(delimiter: str) -> str:
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
    return names.get(delimiter, delimiter)


def _show_report(report: ImportReport) -> None:
    from idic.identify.reports import list_all

    if report.is_repeat:
        console.print("This file is in already, with the same choices. Nothing was changed.")
        return
    if report.is_dry_run:
        console.print("Dry run: nothing was written. It would bring in:", style="bold")
    for sentence in list_all(kind=report.kind, counts=report.counts, decisions=report.decisions):
        console.print(f"• {sentence}", highlight=False, soft_wrap=True)
    if report.counts["rejected"]:
        console.print(f"• {report.counts['rejected']:,} rows refused:", highlight=False)
    for number, reason, detail in report.rejected[:5]:
        from idic.identify.services.imports.rejections import reason_in_words

        words = reason_in_words(reason=reason, detail=detail)
        console.print(f"  row {number}: {words}", style="dim", highlight=False)
    if report.error_file is not None:
        console.print(f"Refused rows, to correct: {report.error_file}", soft_wrap=True)
    if report.as_of is not None:
        console.print(f"The business is looked at as of {report.as_of:%Y-%m-%d}.")


def _show_first_look() -> None:
    from idic.cli.first_look import print_first_look
    from idic.core import clock
    from idic.web.selectors.first_look import find_first_look

    found = find_first_look(now=clock.now())
    if found is not None:
        console.print()
        print_first_look(found)


def _plain(report: ImportReport) -> dict[str, Any]:
    return {
        "kind": report.kind.value,
        "file": {**report.shape.to_json(), "headers": list(report.shape.headers)},
        "mapping": dict(report.mapping),
        "currency": report.currency,
        "as_of": report.as_of.isoformat() if report.as_of else None,
        "is_dry_run": report.is_dry_run,
        "is_repeat": report.is_repeat,
        "run_id": report.run_id,
        "error_file": str(report.error_file) if report.error_file else None,
        "counts": report.counts,
        "rejected": [
            {"row": number, "reason": reason, "detail": detail}
            for number, reason, detail in report.rejected
        ],
    }
