"""Building a form: places in order, texts, versions of what people agree to, who may."""

from __future__ import annotations

import pytest
from django.urls import reverse

from idic.core import ids
from idic.identify.models import ConsentWording, FieldKind, Form, FormSubmission, Question, Source
from idic.identify.public_forms.look import contrast, draw_code, write_colors, write_embed
from idic.identify.public_forms.places import list_fields
from idic.identify.services.forms.building import WrongForm, change_form, set_open
from tests.cast import NOW, Shop, browser_of, hire, open_shop

from .cast import Paper

pytestmark = [pytest.mark.django_db, pytest.mark.req("R021")]


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def paper(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Paper:
    return Paper(shop, monkeypatch)


def kinds(form: Form) -> list[str]:
    return [one.question.trait if one.question else one.kind for one in list_fields(form)]


def word(form: Form) -> str:
    return ids.encode("form", form.id)


def kept(form: Form, **changes: str) -> dict[str, str | list[str]]:
    """What the builder's page posts, with changes."""
    box = form.fields.filter(kind=FieldKind.CONSENT, channel="email")[0]
    said = {
        "name": form.name,
        "title_en": form.title["en"],
        "languages": ["en"],
        "most_questions": "4",
    }
    for one in form.fields.filter(kind=FieldKind.CONSENT):
        said[f"wording_{one.id}_en"] = "Yes, write to me" if one == box else "Yes, text me"
    return said | changes


def test_a_new_form_has_the_usual_places_and_a_source_of_its_own(paper: Paper) -> None:
    assert kinds(paper.form) == [
        "name", "phone", "email", "birth_date", "city", "consent", "consent",
    ]  # fmt: skip
    assert (paper.form.source.kind, paper.form.source.key) == ("form", "form-membership")
    assert "{shop}" not in ConsentWording.objects.all()[0].texts["en"]


def test_places_move_by_button_and_by_dragging_and_come_off(paper: Paper) -> None:
    browser, edit = browser_of("Bob"), reverse("identify:form_edit", args=[word(paper.form)])
    city = paper.question("city").id

    browser.post(edit, kept(paper.form, act=f"up:{city}"))
    assert kinds(paper.form)[3:5] == ["city", "birth_date"]
    email = paper.field("email").id
    browser.post(edit, kept(paper.form, act="order", order=f"{email},x,{city},999"))
    assert kinds(paper.form)[:3] == ["email", "city", "name"]
    browser.post(edit, kept(paper.form, act=f"remove:{email}"))
    assert "email" not in kinds(paper.form)
    job = Question.objects.get(trait="occupation").id
    browser.post(edit, kept(paper.form, act="add", add=f"question:{job}"))
    browser.post(edit, kept(paper.form, act="add", add="consent:zalo"))
    assert kinds(paper.form)[-4:] == ["occupation", "consent", "consent", "consent"]
    again = browser.post(edit, kept(paper.form, act="add", add=f"question:{job}"))
    assert again.status_code == 422


def test_each_change_of_what_people_agree_to_is_a_version_and_saving_twice_is_none(
    paper: Paper,
) -> None:
    browser, edit = browser_of("Bob"), reverse("identify:form_edit", args=[word(paper.form)])
    box = paper.field("consent", channel="email")

    for _time in range(2):
        assert browser.post(edit, kept(paper.form, act="save")).status_code == 302

    versions = ConsentWording.objects.filter(field=box).order_by("version")
    assert [one.version for one in versions] == [1, 2]
    assert versions[1].texts == {"en": "Yes, write to me"}
    empty = kept(paper.form, act="save") | {f"wording_{box.id}_en": " "}
    assert browser.post(edit, empty).status_code == 422


def test_the_pages_of_a_form_open_and_the_held_back_one_is_taken_by_a_press(
    shop: Shop, paper: Paper
) -> None:
    paper.send(name="Lan", phone="07700 900123", seconds=1)
    browser = browser_of("Bob")
    detail = reverse("identify:form_detail", args=[word(paper.form)])

    page = browser.get(detail).content.decode()
    assert "It was filled in faster than anybody reads" in page
    assert "<svg" in page
    held = FormSubmission.objects.get()
    decide = reverse(
        "identify:form_decide", args=[word(paper.form), ids.encode("submission", held.id)]
    )
    browser.post(decide, {"act": "accept"})
    assert FormSubmission.objects.get().state == "taken"
    assert "Lan" in browser.get(detail).content.decode()
    preview = browser.get(reverse("identify:form_preview", args=[word(paper.form)]))
    assert "disabled" in preview.content.decode()
    assert browser.get(reverse("identify:form_list")).status_code == 200


def test_who_may_only_read_changes_no_form(paper: Paper) -> None:
    browser, name = browser_of("Charlie"), word(paper.form)

    assert browser.get(reverse("identify:form_detail", args=[name])).status_code == 200
    for url in ("form_edit", "form_switch"):
        assert browser.post(reverse(f"identify:{url}", args=[name])).status_code == 403
    assert (
        browser.post(reverse("identify:form_new"), {"name": "x", "kind": "lead"}).status_code == 403
    )
    assert Form.objects.count() == 1
    assert Source.objects.filter(kind="form").count() == 1


def test_a_removed_form_is_closed_to_everybody(paper: Paper) -> None:
    browser = browser_of("Bob")
    switch = reverse("identify:form_switch", args=[word(paper.form)])

    browser.post(switch, {"act": "close"})
    assert "closed" in paper.open()[0]
    browser.post(switch, {"act": "remove"})

    assert paper.browser.get(paper.url).status_code == 404
    assert browser.get(reverse("identify:form_detail", args=[word(paper.form)])).status_code == 404


def test_only_websites_may_frame_it_and_only_colours_are_colours(paper: Paper) -> None:
    def change(**values: object) -> None:
        change_form(form_id=paper.form.id, values=values, staff=hire("Bob"), now=NOW)

    for sites in (
        ["*"],
        ["javascript:x"],
        ["https://a.example; script-src *"],
        ["http://a.example"],
    ):
        with pytest.raises(WrongForm):
            change(sites=sites)
    for color in ("red", "#12", "#0b5cad;}"):
        with pytest.raises(WrongForm):
            change(color=color)
    change(sites=["https://Shop.Example/page"], color="#FFEE00")
    paper.form.refresh_from_db()
    assert (paper.form.sites, paper.form.color) == (["https://shop.example"], "#ffee00")
    with pytest.raises(WrongForm):
        change(languages=[])


def test_a_form_that_asks_nothing_cannot_be_opened(paper: Paper) -> None:
    paper.form.fields.exclude(kind=FieldKind.CONSENT).update(removed_at=NOW)

    with pytest.raises(WrongForm):
        set_open(form_id=paper.form.id, is_open=True, staff=hire("Bob"), now=NOW)


@pytest.mark.parametrize("color", ["#ffee00", "#000000", "#0b5cad", "#ff9a91"])
def test_any_colour_can_be_read_by_day_and_by_night(color: str) -> None:
    sheet = write_colors(color=color)

    day, night = sheet.split("light-dark(")[1].split(")")[0].split(", ")
    as_rgb = [tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in (day, night)]
    assert contrast(as_rgb[0], (255, 255, 255)) >= 4.5  # type: ignore[arg-type]
    assert contrast(as_rgb[1], (20, 23, 26)) >= 4.5  # type: ignore[arg-type]


def test_the_code_and_the_frame_lead_to_the_form() -> None:
    assert draw_code(url="https://shop.example/f/x/").startswith("<svg")
    embed = write_embed(token="abc", name='A "form" <b>')
    assert '/f/abc/?frame=1"' in embed
    assert "A &quot;form&quot; &lt;b>" in embed


def test_the_colour_is_a_style_sheet_of_ours(paper: Paper) -> None:
    change_form(form_id=paper.form.id, values={"color": "#ffee00"}, staff=hire("Bob"), now=NOW)

    sheet = paper.browser.get(f"{paper.url}look.css")

    assert sheet.headers["Content-Type"].startswith("text/css")
    assert "--brand: light-dark(#" in sheet.content.decode()
    assert f"{paper.url}look.css" in paper.open()[0]
