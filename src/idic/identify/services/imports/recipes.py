"""Recipes: what was chosen for a file is kept under a name and taken for the next file of the same
shape. Removing one is taken back by `restore_recipe`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from idic.core.models import Staff
from idic.core.templatetags import ui
from idic.identify.importing.columns import FIELDS, Kind, check_mapping
from idic.identify.importing.columns.guessing import normal_heading
from idic.identify.importing.columns.mapping import find_header
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.terms import ConsentTerms
from idic.identify.importing.values.dates import DateOrder
from idic.identify.models import ImportRecipe, ImportRun

from .request import ImportRequest

_KEPT = ("mapping", "encoding", "delimiter", "sheet", "preset", "choices", "rules")


def shape_of_headers(headers: Sequence[str]) -> str:
    """Tell files of one shape: the same headings, wherever they stand, however cased."""
    plain = "\n".join(sorted(normal_heading(header) or header for header in headers))
    return hashlib.sha256(plain.encode()).hexdigest()


def list_recipes() -> QuerySet[ImportRecipe]:
    """Give the recipes there are, by name."""
    return (
        ImportRecipe.objects.filter(removed_at=None).select_related("created_by").order_by("name")
    )


def list_fitting(*, kind: str, headers: Sequence[str]) -> QuerySet[ImportRecipe]:
    """Give the recipes for files with these headings, the last used first."""
    fitting = list_recipes().filter(kind=kind, shape=shape_of_headers(headers))
    return fitting.order_by("-used_at", "-created_at")


def get_recipe(*, name: str) -> ImportRecipe:
    """Give the recipe of that name. Raises ImportProblem."""
    found = list_recipes().filter(name__iexact=name.strip()).first()
    if found is None:
        names = ui.listed(list_recipes().values_list("name", flat=True)) or "–"
        raise ImportProblem(
            "unknown_recipe",
            _("There is no recipe “%(name)s”. There are: %(names)s.")
            % {"name": name, "names": names},
        )
    return found


def save_recipe(*, name: str, run: ImportRun, staff: Staff, now: datetime) -> ImportRecipe:
    """Keep what a draft remembers; a recipe of that name is written anew. Raises ImportProblem."""
    settings = {key: run.options[key] for key in _KEPT if key in run.options}
    return _keep(name, run.kind, run.options["shape"]["headers"], settings, staff, now)


def save_request(
    *,
    name: str,
    request: ImportRequest,
    headers: Sequence[str],
    mapping: Mapping[str, str],
    preset: str,
    now: datetime,
) -> ImportRecipe:
    """Keep what was asked for on the command line. Raises ImportProblem."""
    settings = {
        "mapping": dict(mapping),
        "encoding": request.encoding,
        "delimiter": request.delimiter,
        "sheet": request.sheet,
        "preset": preset,
        "choices": _choices_of(request),
        "rules": dict(request.rules),
    }
    return _keep(name, request.kind.value, headers, settings, None, now)


def _keep(
    name: str,
    kind: str,
    headers: Sequence[str],
    settings: dict[str, Any],
    staff: Staff | None,
    now: datetime,
) -> ImportRecipe:
    found, _is_new = ImportRecipe.objects.update_or_create(
        name=_checked(name),
        removed_at=None,
        defaults={"kind": kind, "shape": shape_of_headers(headers), "held": settings},
        create_defaults={
            "kind": kind,
            "shape": shape_of_headers(headers),
            "held": settings,
            "created_by": staff,
            "created_at": now,
        },
    )
    return found


def _checked(name: str) -> str:
    plain = " ".join(name.split())[:80]
    if not plain:
        raise ImportProblem("no_name", _("Give the recipe a name."))
    return plain


def _choices_of(request: ImportRequest) -> dict[str, Any]:
    return {
        "source": request.source,
        "numbers_of": request.numbers_of,
        "currency": request.currency,
        "country": request.country,
        "date_order": request.date_order.value if request.date_order else "",
        "rates": {code: str(rate) for code, rate in request.rates.items()},
        "as_of": request.as_of.isoformat() if request.as_of else "",
        "consents": {
            channel: {
                "status": terms.status,
                "basis": terms.basis,
                "given_on": terms.given_on.isoformat() if terms.given_on else "",
                "proof": terms.proof,
            }
            for channel, terms in request.consents.items()
        },
    }


def take_recipe(*, run: ImportRun, recipe: ImportRecipe, now: datetime) -> None:
    """Let a draft remember what the recipe says. Raises ImportProblem when a column is missing."""
    headers = run.options["shape"]["headers"]
    mapping = _fitted(recipe, headers)
    kept = {name: value for name, value in recipe.held.items() if name != "mapping"}
    rest = {name: value for name, value in run.options.items() if name != "check"}
    run.options = {**rest, **kept, "mapping": mapping, "is_mapped": True, "recipe": recipe.name}
    run.save(update_fields=["options"])
    ImportRecipe.objects.filter(id=recipe.id).update(used_at=now)


def _fitted(recipe: ImportRecipe, headers: Sequence[str]) -> dict[str, str]:
    mapping = {
        name: find_header(headers, header)
        for name, header in recipe.held.get("mapping", {}).items()
    }
    check_mapping(kind=Kind(recipe.kind), headers=headers, mapping=mapping)
    return mapping


def apply_recipe(*, request: ImportRequest, recipe: ImportRecipe) -> ImportRequest:
    """Complete a request by what the recipe says; what was asked for itself goes before it."""
    if recipe.kind != request.kind:
        raise ImportProblem(
            "other_kind",
            _("The recipe “%(name)s” is for files of another kind.") % {"name": recipe.name},
        )
    held, told = recipe.held, recipe.held.get("choices", {})
    mapping = held.get("mapping", {})
    known = {field.name: mapping.get(field.name, "") for field in FIELDS[request.kind]}
    order, day = told.get("date_order"), told.get("as_of")
    return replace(
        request,
        overrides={**known, **request.overrides},
        encoding=request.encoding or held.get("encoding", ""),
        delimiter=request.delimiter or held.get("delimiter", ""),
        sheet=request.sheet or held.get("sheet", ""),
        preset=held.get("preset", "") if request.preset is None else request.preset,
        rules={**held.get("rules", {}), **request.rules},
        source=request.source or told.get("source", ""),
        numbers_of=request.numbers_of or told.get("numbers_of", ""),
        currency=request.currency or told.get("currency", ""),
        country=request.country or told.get("country", ""),
        date_order=request.date_order or (DateOrder(order) if order else None),
        as_of=request.as_of or (date.fromisoformat(day) if day else None),
        rates=request.rates or {c: Decimal(rate) for c, rate in told.get("rates", {}).items()},
        consents={**consents_of(told), **request.consents},
    )


def consents_of(choices: Mapping[str, Any]) -> dict[str, ConsentTerms]:
    """Read what remembered choices say of consent."""
    return {
        channel: ConsentTerms(
            status=told["status"],
            basis=told["basis"],
            given_on=date.fromisoformat(told["given_on"]) if told.get("given_on") else None,
            proof=told.get("proof", ""),
        )
        for channel, told in choices.get("consents", {}).items()
    }


def rename_recipe(*, recipe_id: int, name: str) -> bool:
    """Give a recipe another name; False when it is gone. Raises ImportProblem for a taken name."""
    try:
        with transaction.atomic():
            return bool(list_recipes().filter(id=recipe_id).update(name=_checked(name)))
    except IntegrityError:
        raise ImportProblem(
            "name_taken", _("There is a recipe “%(name)s” already.") % {"name": name}
        ) from None


def remove_recipe(*, recipe_id: int, now: datetime) -> bool:
    """Remove a recipe; False when it is gone already."""
    return bool(list_recipes().filter(id=recipe_id).update(removed_at=now))


def restore_recipe(*, recipe_id: int) -> bool:
    """Bring a removed recipe back. Raises ImportProblem when another took its name since."""
    gone = ImportRecipe.objects.filter(id=recipe_id).exclude(removed_at=None)
    try:
        with transaction.atomic():
            return bool(gone.update(removed_at=None))
    except IntegrityError:
        raise ImportProblem(
            "name_taken", _("Another recipe has that name now. Rename it first.")
        ) from None
