"""`idic privacy`: check the consent ledger, hand a person their data, erase a person."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from idic.cli.console import Refused, console

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Who = Annotated[str, typer.Argument(help="The customer's id, cus_…")]
_ACTOR = "system:cli"
_WORDS = {
    "link_missing": "a seal is missing",
    "link_changed": "a seal was changed",
    "row_changed": "a row was changed after it was sealed",
    "row_missing": "a sealed row is gone, and nothing says why",
    "row_returned": "a row stands that was removed",
    "row_forged": "a row claims a seal in which it does not stand",
    "head_lost": "the noted end of the chain is no longer part of it",
}


def register(application: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(no_args_is_help=True, help="Consent ledger, access and erasure.")
    for command in (verify, export, erase, erase_again):
        group.command()(command)
    application.add_typer(group, name="privacy")


def verify(
    expect: Annotated[str, typer.Option(help="The end of the chain as noted earlier.")] = "",
    as_json: AsJson = False,
) -> None:
    """Walk the consent ledger's chain; the exit code is 1 where it breaks."""
    from idic.identify.services.consent.verifying import verify_ledger
    from idic.identify.services.privacy import find_returned, list_noted
    from idic.identify.services.tombstones import count_unreadable

    found = verify_ledger(expect=expect)
    lost = count_unreadable()
    returned = len(find_returned(noted=list_noted()))
    if as_json:
        told = asdict(found) | {"is_whole": found.is_whole, "unreadable_tombstones": lost}
        told["returned"] = returned
        told["breaks"] = [{**one, "kind": one["kind"].value} for one in told["breaks"]]
        typer.echo(json.dumps(told))
    else:
        _say(
            f"{found.links} seals over {found.rows} rows; {found.gone} rows gone with a word, "
            f"{found.waiting} entries wait for the next seal."
        )
        for one in found.breaks:
            row = f", row {one.row}" if one.row else ""
            _say(f"Broken at seal {one.seal}{row}: {_WORDS[one.kind.value]}.")
        if lost:
            _say(f"{lost} erased people's names cannot be recognised: their key is lost.")
        if returned:
            _say(
                f"{returned} people who were erased are here again: a backup was restored. "
                "Run idic privacy erase-again."
            )
        _say(f"The chain ends in {found.head}.")
    if not found.is_whole or lost or returned:
        raise typer.Exit(1)


def export(customer: Who, file: Annotated[Path, typer.Argument(help="A .zip to write.")]) -> None:
    """Write everything stored about a person into an archive to hand over."""
    from idic.core import clock
    from idic.identify.services.privacy import write_export

    content = write_export(customer_id=_number(customer), actor=_ACTOR, now=clock.now())
    file.write_bytes(content)
    _say(f"{file} holds everything stored about {customer}.")


def erase(
    customer: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person everywhere; no import brings them back. It cannot be undone."""
    from idic.core import clock
    from idic.identify.services.privacy import erase_person

    number = _number(customer)
    if not yes and typer.prompt(f"Type {customer} to erase this person") != customer:
        raise Refused("That is not the id. Nothing was erased.")
    counts = erase_person(customer_id=number, actor=_ACTOR, now=clock.now())
    if as_json:
        typer.echo(json.dumps({"customer": customer, "rows": counts}))
        return
    _say(f"{customer} is erased: {sum(counts.values())} rows went or lost their owner.")


def erase_again(
    noted: Annotated[
        Path | None,
        typer.Option(
            help="secrets/erasures as it was before the restore, if that was restored too."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """After a backup was restored: erase again whoever was erased since it was made."""
    from idic.core import clock
    from idic.identify.services.privacy import erase_again, list_noted

    if noted is not None and not noted.is_file():
        raise Refused(f"There is no file {noted}.")
    told = [*list_noted(), *(list_noted(path=noted) if noted else [])]
    done = erase_again(noted=told, actor=_ACTOR, now=clock.now())
    if as_json:
        typer.echo(json.dumps(asdict(done)))
        return
    _say(
        f"{done.noted} erasures are noted. {len(done.returned)} people were back and are erased "
        f"again; {done.stones} names are kept out again."
    )


def _number(customer: str) -> int:
    from idic.core import ids
    from idic.identify.models import Customer

    try:
        number = ids.decode("customer", customer)
    except ids.WrongId as wrong:
        raise Refused(f"{customer} is no customer's id; one looks like cus_….") from wrong
    if not Customer.objects.filter(id=number).exists():
        raise Refused(f"There is no customer {customer}.")
    return number


def _say(text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)
