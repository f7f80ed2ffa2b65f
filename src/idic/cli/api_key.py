"""`idic api-key`: make, list and revoke the keys programs call the API with."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from idic.cli.console import Refused, console

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
_ACTOR = "system:cli"


def register(application: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(no_args_is_help=True, help="Keys for programs: make, list, revoke.")
    group.command("make")(make)
    group.command("list")(list_keys)
    group.command("revoke")(revoke)
    application.add_typer(group, name="api-key")


def make(
    name: Annotated[str, typer.Argument(help="Which program it is for, such as Till.")],
    rights: Annotated[
        list[str] | None,
        typer.Option("--may", help="A right, such as customers.edit; again for more of them."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, this once. Without --may it can only read."""
    from idic.core import clock, ids
    from idic.core.services.api_keys import create_key

    key, secret = create_key(
        name=name,
        rights=rights or ["customers.read"],
        staff=None,
        actor=_ACTOR,
        now=clock.now(),
    )
    word = ids.encode("api_key", key.id)
    if as_json:
        typer.echo(json.dumps({"id": word, "key": secret, "rights": key.rights}))
        return
    typer.echo(secret)
    said = f"{key.name} may: {', '.join(key.rights)}. “idic api-key revoke {word}” ends it."
    console.print(said, highlight=False, soft_wrap=True, markup=False)


def list_keys(as_json: AsJson = False) -> None:
    """List the keys, those that ended too."""
    from idic.core.models import ApiKey

    keys = ApiKey.objects.select_related("created_by").order_by("revoked_at", "name", "id")
    rows = [_plain(key) for key in keys]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        console.print("There are no keys yet. “idic api-key make NAME” makes one.")
    for row in rows:
        used = f"used {row['last_used_at'][:16]}" if row["last_used_at"] else "never used"
        ended = "  (revoked)" if row["revoked_at"] else ""
        line = f"{row['id']}  …{row['ending']}  {row['name']}  {' '.join(row['rights'])}  {used}"
        console.print(line + ended, highlight=False, soft_wrap=True, markup=False)


def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, key_…, from the list.")],
    as_json: AsJson = False,
) -> None:
    """End a key: calls with it are turned away from now on."""
    from idic.core import clock, ids
    from idic.core.services.api_keys import revoke_key

    try:
        number = ids.decode("api_key", key)
    except ids.WrongId:
        raise Refused(f"“{key}” is no key's id; “idic api-key list” shows them.") from None
    if not revoke_key(key_id=number, actor=_ACTOR, now=clock.now()):
        raise Refused("There is no such key in use; “idic api-key list” shows them.")
    if as_json:
        typer.echo(json.dumps({"revoked": key}))
        return
    console.print("Revoked.")


def _plain(key: Any) -> dict[str, Any]:
    from idic.core import ids

    return {
        "id": ids.encode("api_key", key.id),
        "name": key.name,
        "ending": key.ending,
        "rights": key.rights,
        "made_by": key.created_by.email if key.created_by else "",
        "created_at": key.created_at.isoformat(),
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
