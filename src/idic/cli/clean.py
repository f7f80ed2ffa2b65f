"""`idic clean`: look through what is said of customers, show what could be better, put it right."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.progress import Progress

from idic.cli.console import console, error_console

_ACTOR = "system:clean"


def register(application: typer.Typer) -> None:
    """Add this group's commands."""
    application.command()(clean)


def clean(
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept",
            help="Put all sure values of a finding right, such as old_prefix; “all” for every one.",
        ),
    ] = None,
    undo: Annotated[
        str, typer.Option("--undo", help="Take a decision back: its id, such as cln_….")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Look through names, phones, e-mail addresses, birth dates and addresses."""
    from idic.core import clock
    from idic.core.selectors import get_business
    from idic.identify.services.cleaning.running import clean_all

    if undo:
        _take_back(undo, as_json)
        return
    business = get_business()
    today = clock.today(time_zone=business.time_zone)
    with Progress(console=error_console, transient=True, disable=as_json) as bar:
        job = bar.add_task("Looking through the values", total=None)
        figures = clean_all(
            now=clock.now(),
            today=today,
            progress=lambda done, total: bar.update(job, completed=done, total=total),
        )
    acts = _accept(accept or [])
    report = {"customers": figures["customers"], "findings": _findings(), "decisions": acts}
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    _show(report)


def _findings() -> list[dict[str, Any]]:
    from idic.web.quality.page import list_findings

    return [
        {
            "reason": one.reason,
            "count": one.count,
            "sure": one.sure,
            "before": one.before,
            "after": one.after,
            "sentence": one.sentence,
        }
        for one in list_findings(stakes={})
    ]


def _accept(reasons: list[str]) -> list[dict[str, Any]]:
    from idic.core import clock, ids
    from idic.identify.cleaning import Problem
    from idic.identify.services.cleaning import deciding

    unknown = sorted(set(reasons) - {"all", *Problem})
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is no finding; “idic clean” names them.")
    known = {one["reason"]: one["sure"] for one in _findings()}
    chosen = list(known) if "all" in reasons else reasons
    acts = []
    for reason in chosen:
        if not known.get(reason):
            continue
        act = deciding.begin(kind="accept", reason=reason, actor=_ACTOR, now=clock.now())
        done = deciding.carry_out(act=act, now=clock.now())
        acts.append({"id": ids.encode("cleaning", done.id), "reason": reason, "count": done.count})
    return acts


def _take_back(public_id: str, as_json: bool) -> None:
    from idic.core import clock, ids
    from idic.identify.services.cleaning import deciding

    try:
        act_id = ids.decode("cleaning", public_id)
    except ids.WrongId:
        raise typer.BadParameter(f"{public_id} is no decision; “idic clean” names them.") from None
    count = deciding.undo(act_id=act_id, actor=_ACTOR, now=clock.now())
    if as_json:
        typer.echo(json.dumps({"undone": count}))
    else:
        console.print(f"{count} values stand as they did before.", highlight=False)


def _show(report: dict[str, Any]) -> None:
    for act in report["decisions"]:
        console.print(
            f"Put right: {act['count']:,} ({act['reason']}). Undo: idic clean --undo {act['id']}",
            highlight=False,
            markup=False,
        )
    if not report["findings"]:
        console.print("Nothing needs to be put right.", highlight=False)
    for one in report["findings"]:
        console.print(
            f"• {one['sentence']}: {one['before'] or '–'} → {one['after'] or '–'}",
            highlight=False,
            markup=False,
        )
        if one["sure"]:
            console.print(
                f"  idic clean --accept {one['reason']}", style="dim", highlight=False, markup=False
            )
