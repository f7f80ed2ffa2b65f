"""`idic look`: the first look as a short table, the same figures as the page."""

from __future__ import annotations

import json
from dataclasses import asdict
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import cell_len
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from idic.cli.console import Refused, console

if TYPE_CHECKING:
    from idic.web.selectors.first_look import FirstLook, PersonToCall

LONGEST_NAME = 40


def register(application: typer.Typer) -> None:
    """Add this group's commands."""
    application.command()(look)


def look(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say who the customers are, who matters, who slips away and whom to call first."""
    found = find_in_language()
    if found is None:
        raise Refused("There are no orders yet. Run “idic import orders FILE” first.")
    if as_json:
        typer.echo(json.dumps(figures_of(found)))
    else:
        print_first_look(found)


def find_in_language() -> FirstLook | None:
    """Take the first look with what stands for a missing name in the business's language."""
    from django.utils import translation

    from idic.core import clock
    from idic.core.selectors import get_business
    from idic.web.selectors.first_look import find_first_look

    with translation.override(get_business().language):
        return find_first_look(now=clock.now())


def figures_of(found: FirstLook) -> dict[str, object]:
    """Give the figures as plain values."""
    return {
        "as_of": found.as_of.isoformat(),
        **found.figures,
        "unlinked_orders": found.unlinked_orders,
        "unlinked_lines": found.unlinked_lines,
        "forecast": asdict(found.forecast) if found.forecast else None,
        "call_first": [
            {
                "name": person.name,
                "days_since": person.days_since,
                "usual_gap_days": person.usual_gap_days,
                "stake_amount": person.summary.stake_amount,
                "wants": person.proposal.product.name if person.proposal else None,
            }
            for person in found.people
        ],
    }


def print_first_look(found: FirstLook) -> None:
    """Print the findings, then the people to call, in the business's language."""
    from django.utils import translation

    from idic.core.selectors import get_business
    from idic.web.findings import list_findings

    business = get_business()
    with translation.override(business.language):
        for finding in list_findings(found, currency=business.currency):
            console.print(f"• {finding.plain}", highlight=False, soft_wrap=True)
        if found.people:
            console.print()
            console.print(people_table(found, currency=business.currency))


def people_table(found: FirstLook, *, currency: str) -> Table:
    """Lay out whom to call first. Names and figures stand in full, as they are what one acts on;
    the goods give way where the terminal is narrow.
    """
    from idic.web.findings import call_columns

    rows = [_cells(person, currency) for person in found.people]
    table = Table(box=None, pad_edge=False)
    *known, wants = call_columns()
    for place, heading in enumerate(known):
        cells = [row[place] for row in rows]
        # A heading takes more lines rather than widening its column.
        wide = min(max(map(cell_len, [*cells, *heading.split()])), LONGEST_NAME)
        lines = wrap(heading, wide, break_long_words=False)
        justify: JustifyMethod = "right" if place else "left"
        table.add_column("\n".join(lines), justify=justify, no_wrap=True, width=wide)
    table.add_column(wants, max_width=40)
    for *cells, goods in rows:
        table.add_row(*cells, Text(goods, no_wrap=True, overflow="ellipsis"))
    return table


def _cells(person: PersonToCall, currency: str) -> list[str]:
    from idic.core.templatetags.ui import money_short, number

    return [
        person.name,
        number(person.days_since),
        number(person.usual_gap_days) if person.usual_gap_days else "",
        money_short(person.summary.last_year_amount, currency),
        money_short(person.summary.stake_amount, currency),
        person.proposal.product.name if person.proposal else "",
    ]
