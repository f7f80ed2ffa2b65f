"""The page of recipes, and taking or keeping one on the way of a file."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from idic.core import clock
from idic.core.access import needs, staff_of
from idic.core.toasts import notify
from idic.identify.importing.problems import ImportProblem
from idic.identify.kind_words import NAMES
from idic.identify.services.imports import recipes
from idic.identify.views.imports import address, get_run


@require_GET
@needs("imports.run")
def recipe_list(request: HttpRequest) -> HttpResponse:
    """Show the recipes there are."""
    return render(
        request,
        "identify/recipe_list.html",
        {"recipes": [(one, NAMES.get(one.kind, one.kind)) for one in recipes.list_recipes()]},
    )


@require_POST
@needs("imports.run")
def recipe_change(request: HttpRequest, recipe_id: int) -> HttpResponse:
    """Rename a recipe, remove it, or bring it back."""
    act = request.POST.get("act", "restore")
    try:
        if act == "rename":
            done = recipes.rename_recipe(recipe_id=recipe_id, name=request.POST.get("name", ""))
            said, undo = _("The recipe has its new name."), ""
        elif act == "remove":
            done = recipes.remove_recipe(recipe_id=recipe_id, now=clock.now())
            said = _("The recipe is removed.")
            undo = reverse("identify:recipe_change", args=[recipe_id]) if done else ""
        else:
            done = recipes.restore_recipe(recipe_id=recipe_id)
            said, undo = _("The recipe is back."), ""
    except ImportProblem as problem:
        notify(request, text=problem.sentence, level=messages.ERROR)
        return redirect("identify:recipe_list")
    level = messages.SUCCESS if done else messages.WARNING
    gone = _("The recipe is gone already.")
    notify(request, text=said if done else gone, level=level, undo_url=undo)
    return redirect("identify:recipe_list")


@require_POST
@needs("imports.run")
def recipe_take(request: HttpRequest, import_id: str, recipe_id: int) -> HttpResponse:
    """Bring a file in as the recipe says: on to trying it out."""
    run = get_run(import_id)
    recipe = recipes.list_recipes().filter(id=recipe_id).first()
    if recipe is None or not run.options.get("shape"):
        return redirect("identify:import_detail", import_id)
    try:
        recipes.take_recipe(run=run, recipe=recipe, now=clock.now())
    except ImportProblem as problem:
        notify(request, text=problem.sentence, level=messages.ERROR)
        return redirect(address("import_columns", run))
    return redirect(address("import_check", run))


@require_POST
@needs("imports.run")
def recipe_save(request: HttpRequest, import_id: str) -> HttpResponse:
    """Keep what was chosen for a file under a name."""
    run = get_run(import_id)
    try:
        recipe = recipes.save_recipe(
            name=request.POST.get("name", ""), run=run, staff=staff_of(request), now=clock.now()
        )
        said = _("Kept as “%(name)s”: it is offered for the next file with these columns.")
        notify(request, text=said % {"name": recipe.name})
    except ImportProblem as problem:
        notify(request, text=problem.sentence, level=messages.ERROR)
    return redirect(address("import_check", run))
