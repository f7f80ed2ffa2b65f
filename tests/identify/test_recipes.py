"""Recipes: kept from a draft or the command line, offered for files of the same headings, renamed,
removed and brought back.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from idic.core.models import Role
from idic.identify.importing.columns import Kind
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.terms import ConsentTerms
from idic.identify.models import Consent, Customer, ImportRecipe, ImportRun
from idic.identify.services.imports import recipes
from idic.identify.services.imports.request import ImportRequest
from idic.identify.views.imports import address
from tests.identify.importing import make_business, run_import, write_csv
from tests.interact import cast

pytestmark = [pytest.mark.django_db, pytest.mark.req("R018")]

HEADER = ("Number", "Who", "Reach", "Where")
ROW = ("C1", "Ann Smith", "ann@example.com", "Leeds")
MAPPING = {"customer_key": "Number", "full_name": "Who", "email": "Reach", "city": "Where"}
AGREED = ConsentTerms(status="granted", basis="consent", proof="sign-up sheet")


@pytest.fixture
def owner(db: None) -> Client:
    make_business()
    client = Client()
    client.force_login(cast.hire(Role.OWNER))
    return client


def keep(tmp_path: Path, now: datetime, name: str = "Weekly") -> ImportRecipe:
    request = ImportRequest(
        kind=Kind.CUSTOMERS,
        path=write_csv(tmp_path / "first.csv", ROW, header=HEADER),
        source="Club",
        consents={"email": AGREED},
    )
    return recipes.save_request(
        name=name, request=request, headers=HEADER, mapping=MAPPING, preset="", now=now
    )


def upload(owner: Client, *header: str) -> ImportRun:
    content = ",".join(header) + "\n" + ",".join(("C1", "Ann Smith", "ann@example.com", "Leeds"))
    file = SimpleUploadedFile("people.csv", content.encode())
    owner.post(reverse("identify:import_new"), {"kind": "customers", "file": file})
    return ImportRun.objects.latest("id")


def test_a_recipe_reads_the_next_file_the_same_way(tmp_path: Path, now: datetime) -> None:
    make_business()
    recipe = keep(tmp_path, now)
    moved = write_csv(
        tmp_path / "next.csv",
        ("bob@example.com", "C2", "Bob Jones", "York"),
        header=("reach", "NUMBER", "Who", "Where"),
    )
    assert recipes.list_fitting(kind="customers", headers=("reach", "NUMBER", "Who", "Where"))
    request = recipes.apply_recipe(
        request=ImportRequest(kind=Kind.CUSTOMERS, path=moved), recipe=recipe
    )

    run_import(
        moved,
        now=now,
        kind="customers",
        overrides=request.overrides,
        source=request.source,
        consents=request.consents,
    )

    bob = Customer.objects.get()
    assert (bob.full_name, bob.email, bob.city) == ("Bob Jones", "bob@example.com", "York")
    assert Consent.objects.get().status == "granted"


def test_what_is_asked_for_goes_before_the_recipe(tmp_path: Path, now: datetime) -> None:
    recipe = keep(tmp_path, now)
    asked = ImportRequest(
        kind=Kind.CUSTOMERS, path=tmp_path, source="Other", overrides={"city": ""}
    )

    request = recipes.apply_recipe(request=asked, recipe=recipe)

    assert request.source == "Other"
    assert (request.overrides["city"], request.overrides["email"]) == ("", "Reach")


def test_a_name_is_one_recipes_own(tmp_path: Path, now: datetime) -> None:
    first, second = keep(tmp_path, now, "One"), keep(tmp_path, now, "Two")

    with pytest.raises(ImportProblem, match="already"):
        recipes.rename_recipe(recipe_id=second.id, name="One")
    assert recipes.rename_recipe(recipe_id=second.id, name=" Three ")
    assert keep(tmp_path, now, "One").id == first.id
    with pytest.raises(ImportProblem, match="One"):
        recipes.get_recipe(name="Two")


def test_a_removed_recipe_comes_back(tmp_path: Path, now: datetime) -> None:
    recipe = keep(tmp_path, now)

    assert recipes.remove_recipe(recipe_id=recipe.id, now=now)
    assert not recipes.list_recipes().exists()
    assert recipes.restore_recipe(recipe_id=recipe.id)
    assert recipes.get_recipe(name="weekly") == recipe

    recipes.remove_recipe(recipe_id=recipe.id, now=now)
    keep(tmp_path, now)
    with pytest.raises(ImportProblem, match="Another"):
        recipes.restore_recipe(recipe_id=recipe.id)


def test_the_page_keeps_and_offers_a_recipe(owner: Client, now: datetime) -> None:
    run = upload(owner, *HEADER)
    run.options = {**run.options, "mapping": MAPPING, "choices": {"source": "Club"}}
    run.save()
    owner.post(address("recipe_save", run), {"name": "Weekly"})
    again = upload(owner, *HEADER[::-1])
    page = owner.get(address("import_columns", again))

    assert "Weekly" in page.content.decode()
    recipe = ImportRecipe.objects.get()
    taken = owner.post(address("recipe_save", again).replace("recipe/", f"recipes/{recipe.id}/"))
    assert taken["Location"] == address("import_check", again)
    again.refresh_from_db()
    assert again.options["mapping"] == MAPPING
    assert again.options["choices"] == {"source": "Club"}


def test_the_page_renames_removes_and_restores(
    owner: Client, tmp_path: Path, now: datetime
) -> None:
    recipe = keep(tmp_path, now)
    change = reverse("identify:recipe_change", args=[recipe.id])

    owner.post(change, {"act": "rename", "name": "Monthly"})
    assert "Monthly" in owner.get(reverse("identify:recipe_list")).content.decode()
    owner.post(change, {"act": "remove"})
    assert not recipes.list_recipes().exists()
    owner.post(change)

    assert recipes.list_recipes().get().name == "Monthly"
