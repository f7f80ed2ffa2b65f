"""`idic identify`: join customers who are one, take a merge back, read the identity log."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.progress import Progress

from idic.cli.console import Refused, console, error_console

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
_ACTOR = "system:cli"
# Below so many records the matcher says itself that it knows little.
_FEW = 200


def register(application: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(no_args_is_help=True, help="Who is who: match, merge, unmerge, log.")
    for command in (match, matches, merge, unmerge, log):
        group.command()(command)
    application.add_typer(group, name="identify")


def match(
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be joined; join nobody.")
    ] = False,
    is_demo: Annotated[bool, typer.Option("--demo", help="The people of the sample shop.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find out who is who among everybody: join what is sure, ask about the rest."""
    from idic.core import clock
    from idic.identify.services import matching

    with Progress(console=error_console, transient=True, disable=as_json) as bar:
        job = bar.add_task("matching", total=None)
        came = matching.fit_and_match(
            now=clock.now(),
            progress=lambda done, total, label: bar.update(job, completed=done, total=total),
            is_demo=is_demo,
            is_dry_run=is_dry_run,
        )
    if as_json:
        counted = asdict(came)
        counted["model_id"] = str(came.model_id or "")
        counted["entry_ids"] = [str(number) for number in came.entry_ids]
        typer.echo(json.dumps({**counted, "people": came.people, "dry_run": is_dry_run}))
        return
    for sentence in _say(came, is_dry_run=is_dry_run):
        console.print(sentence, highlight=False, soft_wrap=True)


def _say(came: Any, *, is_dry_run: bool) -> list[str]:
    would = "would be" if is_dry_run else "are"
    said = [
        f"{came.records:,} records of {came.customers:,} customers {would} {came.people:,} people.",
        f"{came.waiting:,} possible doubles wait to be looked at.",
    ]
    if came.refused:
        said.append(f"{came.refused:,} groups were left alone: somebody keeps them apart.")
    if came.records < _FEW:
        said.append(
            f"Below some {_FEW} records nothing is rare, so little is joined by likeness; equal "
            "phones and e-mail addresses still join records when they come in."
        )
    return said


def matches(
    limit: Annotated[int, typer.Option(help="How many pairs, what is worth the most first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the possible doubles that wait, with what speaks for and against."""
    from idic.core import ids
    from idic.identify.matches import count_open, list_open_pairs

    pairs = list_open_pairs(limit=limit)
    if as_json:
        listed = [
            {
                "pair": str(pair.row.id),
                "customers": [ids.encode("customer", one.id) for one in (pair.left, pair.right)],
                "probability": round(pair.row.probability, 4),
                "weight": pair.row.weight,
                "value": pair.row.value,
                "evidence": pair.row.evidence,
            }
            for pair in pairs
        ]
        typer.echo(json.dumps({"waiting": count_open(), "pairs": listed}))
        return
    console.print(f"{count_open():,} possible doubles wait.", highlight=False)
    for pair in pairs:
        names = " / ".join(one.full_name or "–" for one in (pair.left, pair.right))
        told = ", ".join(f"{one['field']} {one['level']}" for one in pair.row.evidence)
        likely = f"{pair.row.probability:.0%}"
        console.print(f"{likely:>4}  {names}: {told}", highlight=False, markup=False)


def merge(
    customers: Annotated[list[str], typer.Argument(help="Two or more ids, cus_…")],
    as_json: AsJson = False,
) -> None:
    """Join customers who are the same person; the oldest id lives on."""
    from idic.core import clock, ids
    from idic.identify.services import identity

    entry = identity.merge(
        customer_ids={_number(word) for word in customers},
        by="person",
        actor=_ACTOR,
        now=clock.now(),
    )
    survivor = ids.encode("customer", entry.customer_id or 0)
    if as_json:
        typer.echo(json.dumps({"customer": survivor, "entry": str(entry.id)}))
        return
    said = f"They are one customer now: {survivor}. “idic identify unmerge {entry.id}” undoes it."
    console.print(said, highlight=False, soft_wrap=True)


def unmerge(
    entry: Annotated[int, typer.Argument(help="The number of the merge, from the log.")],
    as_json: AsJson = False,
) -> None:
    """Take a merge back: the ids from before it live again, each with its records."""
    from idic.core import clock, ids
    from idic.identify.services import identity

    reversal = identity.unmerge(entry_id=entry, actor=_ACTOR, now=clock.now())
    alive = sorted(reversal.redirects.values_list("customer_id", flat=True))
    words = [ids.encode("customer", number) for number in alive]
    if as_json:
        typer.echo(json.dumps({"customers": words, "entry": str(reversal.id)}))
        return
    console.print(f"They live again: {', '.join(words)}.", highlight=False, soft_wrap=True)


def log(
    customer: Annotated[str, typer.Argument(help="One id, cus_…; all without one.")] = "",
    limit: Annotated[int, typer.Option(help="How many acts, the latest first.")] = 50,
    check: Annotated[
        bool, typer.Option("--check", help="Replay the log and compare it with the tables.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what was done about who is who."""
    from idic.identify.history import list_acts

    if check:
        _check(as_json=as_json)
        return
    number = _number(customer) if customer else None
    acts = [_plain(asdict(act)) for act in list_acts(customer_id=number, limit=limit)]
    if as_json:
        typer.echo(json.dumps(acts, ensure_ascii=False))
        return
    for act in acts:
        undone = "  (undone)" if act["is_undone"] else ""
        people = " ".join(act["customer_ids"])
        line = f"{act['id']}  {act['at'][:16]}  {act['act']:<12}{act['by']}  {people}{undone}"
        console.print(line, highlight=False, soft_wrap=True, markup=False)


def _check(*, as_json: bool) -> None:
    from idic.identify.services import identity

    found = identity.replay()
    told = {
        "is_whole": found.is_whole,
        "records": len(found.owners),
        "customers": len(found.living),
        "breaks": found.breaks,
        "wrong_records": found.wrong_records,
        "wrong_customers": found.wrong_customers,
    }
    if as_json:
        typer.echo(json.dumps(told))
    else:
        words = (
            "The log and the tables agree" if found.is_whole else "The tables differ from the log"
        )
        console.print(
            f"{words}: {len(found.owners):,} records, {len(found.living):,} customers.",
            highlight=False,
        )
    if not found.is_whole:
        raise typer.Exit(1)


def _plain(act: dict[str, Any]) -> dict[str, Any]:
    """Write numbers as words: they outgrow what JSON readers keep."""
    from idic.core import ids

    return act | {
        "id": str(act["id"]),
        "at": act["at"].isoformat(),
        "customer_id": ids.encode("customer", act["customer_id"]) if act["customer_id"] else None,
        "customer_ids": [ids.encode("customer", number) for number in act["customer_ids"]],
        "record_ids": [str(number) for number in act["record_ids"]],
        "reverses_id": str(act["reverses_id"]) if act["reverses_id"] else None,
    }


def _number(word: str) -> int:
    from idic.core import ids

    try:
        return ids.decode("customer", word)
    except ids.WrongId:
        raise Refused(f"“{word}” is no customer's id; one looks like cus_0sam881hreca6.") from None
