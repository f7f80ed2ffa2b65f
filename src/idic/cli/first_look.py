"""`idic look`: the first look as a short table, the same figures as the page."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from idic.cli.console import Refused, console

if TYPE_CHECKING:
    from idic.web.selectors.first_look import FirstLook


def register(application: typer.Typer) -> None:
    """Add this group's commands."""
    application.command()(look)


def look(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say who the customers are, who matters, who slips away and whom to call first."""
    from idic.core import clock
    from idic.web.selectors.first_look import find_first_look

    found = find_first_look(now=clock.now())
    if found is None:
        raise Refused("There are no orders yet. Run “idic import orders FILE” first.")
    if as_json:
        typer.echo(json.dumps(figures_of(found)))
    else:
        print_first_look(found)


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
    """Lay out whom to call first."""
    from idic.core.templatetags.ui import money_short, number
    from idic.web.findings import call_columns

    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(call_columns()):
        is_text = place in {0, 5}
        table.add_column(name, justify="left" if is_text else "right", no_wrap=True, max_width=40)
    for person in found.people:
        table.add_row(
            person.name,
            number(person.days_since),
            number(person.usual_gap_days) if person.usual_gap_days else "",
            money_short(person.summary.last_year_amount, currency),
            money_short(person.summary.stake_amount, currency),
            person.proposal.product.name if person.proposal else "",
        )
    return table
