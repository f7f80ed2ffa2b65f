"""What `idic import` prints: the columns as they were read, and what came of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from idic.cli.console import console

if TYPE_CHECKING:
    from idic.identify.services.imports.request import ImportRequest
    from idic.identify.services.imports.running import ImportReport


def show_recognised(request: ImportRequest) -> None:
    """Print how the file is written and what each column seems to be."""
    from idic.core.selectors import get_business
    from idic.identify.services.imports.analysis import analyse, check

    analysis = analyse(request=request, business=get_business())
    shape = analysis.shape
    how = [shape.format.upper(), shape.encoding, _named(shape.delimiter), shape.sheet]
    console.print(f"{request.name}: {', '.join(part for part in how if part)}", highlight=False)
    if analysis.preset is not None:
        console.print(f"{analysis.preset.say()} (--preset none reads it as any other file.)")
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


def tell_of_demo(request: ImportRequest) -> None:
    """Say beforehand that the sample shop goes."""
    from idic.identify.selectors import has_demo

    if has_demo() and not request.keeps_demo:
        console.print(
            "The sample shop will be removed when your own data arrives (--keep-demo keeps it)."
        )


def _named(delimiter: str) -> str:
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
    return names.get(delimiter, delimiter)


def show_report(report: ImportReport) -> None:
    """Print what came in, or would, and what was refused and why."""
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


def to_json(report: ImportReport) -> dict[str, Any]:
    """Give the report as `--json` prints it."""
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


def show_recipes(*, as_json: bool) -> None:
    """Print the recipes there are."""
    from idic.identify.services.imports.recipes import list_recipes

    found = [
        {"name": one.name, "kind": one.kind, "mapping": one.held.get("mapping", {})}
        for one in list_recipes()
    ]
    if as_json:
        console.print_json(data=found)
        return
    for one in found:
        console.print(
            f"{one['name']} ({one['kind']}): {', '.join(one['mapping'])}", highlight=False
        )
    if not found:
        console.print("No recipes yet: keep one with --save-recipe NAME, or on the page.")
