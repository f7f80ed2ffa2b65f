"""The pages of value × needs, segments and tiers, as a browser without any script sees them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from idic.core import ids
from idic.core.models import AuditEntry, Job, Role, Staff
from idic.differentiate import segments
from idic.differentiate.models import (
    CustomerSummary,
    NeedGroup,
    Segment,
    SegmentMember,
    TierPolicy,
)
from idic.differentiate.segments import people
from idic.differentiate.segments import tree as t
from idic.differentiate.selectors import list_findings, list_matrix
from idic.differentiate.services import segments as services
from idic.differentiate.services.refresh import refresh_all
from idic.differentiate.tasks import apply_tiers
from idic.differentiate.views.matrix import risk_of
from idic.identify.models import Customer

from .corner_shop import AS_OF, NOW, CornerShop, open_shop

pytestmark = pytest.mark.django_db

Login = Callable[[str], Client]


@pytest.fixture(scope="module")
def refreshed(standing: None) -> CornerShop:
    """The corner shop with some regulars, refreshed."""
    shop = open_shop()
    for number in range(30):
        name = f"Regular {number}"
        shop.add(name, city="Huế" if number % 2 else "Hà Nội")
        for month in range(11 - number % 10, 12):
            shop.sell(name, f"2026-{month:02d}-15", f"{10 + number}.00")
    shop.flush()
    refresh_all(as_of=AS_OF, now=NOW)
    return shop


@pytest.fixture
def shop(refreshed: CornerShop) -> CornerShop:
    """A copy of the test's own."""
    return deepcopy(refreshed)


@pytest.fixture
def as_role(client: Client) -> Login:
    """Log somebody in by role."""

    def log_in(role: str) -> Client:
        staff = Staff.objects.create(email=f"{role}@example.org", display_name=role, role=role)
        client.force_login(staff)
        return client

    return log_in


@pytest.fixture
def owner(as_role: Login) -> Client:
    """An owner's browser."""
    return as_role(Role.OWNER)


def text_of(response: Any) -> str:
    """Give a page's text, blanks squeezed."""
    return " ".join(response.content.decode().split())


def test_an_empty_business_is_told_how_to_begin(owner: Client) -> None:
    page = text_of(owner.get("/matrix/"))

    assert "Nobody has bought anything yet" in page


@pytest.mark.req("R038")
def test_the_matrix_adds_up_in_both_directions(shop: CornerShop) -> None:
    picture = list_matrix(unclear_label="?", total_label="All")

    for row in picture.rows:
        assert row.total.count == sum(cell.count for cell in row.cells)
        assert row.total.last_year_amount == sum(cell.last_year_amount for cell in row.cells)
    assert picture.grand.count == CustomerSummary.objects.exclude(tier="").count()
    assert picture.grand.expected_amount == sum(
        CustomerSummary.objects.exclude(tier="").values_list("expected_amount", flat=True)
    )
    assert picture.waiting_count == CustomerSummary.objects.filter(tier="").count() == 3


def test_the_matrix_page_says_what_was_found_before_it_shows_it(
    shop: CornerShop, owner: Client
) -> None:
    page = text_of(owner.get("/matrix/"))

    vip = CustomerSummary.objects.filter(tier="vip").count()
    assert vip == 1
    assert "<b>1 VIP</b> (3% of customers) brings <b>8%</b> of revenue" in page
    assert page.index("findings") < page.index('class="matrix"') < page.index('id="people"')


@pytest.mark.req("R038", "R053")
def test_a_cell_opens_its_people_and_can_become_a_segment(shop: CornerShop, owner: Client) -> None:
    page = owner.get("/matrix/", {"tier": "loyal", "need": "0"})

    names = [person["name"] for person in page.context["people"]]
    expected = CustomerSummary.objects.filter(tier="loyal", need_group=None)
    assert names == list(
        expected.order_by("-expected_amount", "customer_id").values_list("full_name", flat=True)
    )
    address = urlsplit(page.context["segment_url"])
    rule = segments.parse(parse_qs(address.query)["rule"][0])
    assert set(segments.list_ids(rule)) == set(expected.values_list("customer_id", flat=True))
    called = parse_qs(address.query)["called"][0]
    assert f'value="{called}"' in text_of(owner.get(page.context["segment_url"]))


def test_the_risk_of_who_is_late_is_never_called_low() -> None:
    assert risk_of(0.1) == ("good", "Low")
    assert risk_of(0.1, is_late=True) == ("warn", "Rising")
    assert risk_of(0.7, is_late=True) == ("bad", "High")


@pytest.mark.parametrize(
    "asked", ["tier=gold", "need=9", "after=x", "after=1_2&tier=vip", "tier=vip&need=-1", "all=1"]
)
def test_any_address_of_the_matrix_answers(shop: CornerShop, owner: Client, asked: str) -> None:
    assert owner.get(f"/matrix/?{asked}").status_code == 200


def test_people_of_a_cell_go_on_where_the_page_ended(shop: CornerShop, owner: Client) -> None:
    seen: list[int] = []
    address = "/matrix/?all=1"
    while address:
        page = owner.get(address)
        seen += [person["summary"].customer_id for person in page.context["people"]]
        after = page.context["after"]
        address = f"/matrix/?all=1&after={after}" if after else ""

    assert len(seen) == len(set(seen)) == CustomerSummary.objects.exclude(tier="").count()


def test_the_matrix_asks_ten_times_at_most_however_many_people(
    shop: CornerShop, owner: Client
) -> None:
    owner.get("/matrix/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        owner.get("/matrix/")

    # Of these, two are the session and the person.
    assert len(queries) <= 12, [q["sql"][:120] for q in queries]


def test_findings_never_speak_of_nobody(shop: CornerShop) -> None:
    found = list_findings(list_matrix(unclear_label="?", total_label="All"))

    assert found[0].kind == "vip"
    assert all(finding.cell.count > 0 for finding in found)
    assert len(found) == len({finding.kind for finding in found}) <= 3


ROW = {"node": ["0:group", "0.0:row"], "0-kind": "all"}


def rule_form(**fields: Any) -> dict[str, Any]:
    """Fill the builder's first row in."""
    return {**ROW, **{f"0.0-{key}": value for key, value in fields.items()}}


@pytest.mark.req("R046")
def test_a_segment_is_built_and_counted_without_any_script(shop: CornerShop, owner: Client) -> None:
    form = rule_form(ask="city", op="is", value="hue")

    looked = owner.post("/segments/new/", {**form, "act": "look", "name": "Huế"})
    saved = owner.post("/segments/new/", {**form, "act": "save", "name": "Huế"}, follow=True)

    assert looked.context["count"] == 15
    assert looked.context["sentence"] == "Customers with city “hue”."
    segment = Segment.objects.get(name="Huế")
    assert segment.tree == segments.dump(t.All((t.Text("city", "is", ("hue",)),)))
    assert segment.customer_count == 15
    assert "Huế: 15 customers" in text_of(saved)
    assert AuditEntry.objects.filter(action="segment.created").count() == 1


def test_buttons_of_the_builder_add_rows_and_keep_what_was_typed(
    shop: CornerShop, owner: Client
) -> None:
    form = rule_form(ask="order_count", op="at_least", value="3")

    page = owner.post("/segments/new/", {**form, "act": "add-row:0", "name": "N"})

    root = page.context["root"]
    assert [child.ask for child in root.of] == ["order_count", "last_order_date"]
    assert root.of[0].controls[1].value == "3"
    assert page.context["name"] == "N"
    assert Segment.objects.count() == 0


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        (rule_form(ask="order_count", op="at_least", value="x"), "“x” is not a number."),
        (rule_form(ask="order_count", op="at_least", value="3"), "Give the segment a name."),
        (rule_form(ask="tier"), "Choose at least one."),
    ],
)
def test_a_segment_that_is_not_whole_is_not_saved(
    shop: CornerShop, owner: Client, form: dict[str, Any], problem: str
) -> None:
    page = owner.post("/segments/new/", {**form, "act": "save", "name": " "})

    assert page.status_code == 422
    assert problem in text_of(page)
    assert Segment.objects.count() == 0


def test_htmx_gets_only_the_part_it_asks_for(shop: CornerShop, owner: Client) -> None:
    form = {**rule_form(ask="order_count", op="at_least", value="3"), "act": ""}

    part = owner.post(
        "/segments/new/", form, headers={"HX-Request": "true", "HX-Target": "preview"}
    )

    assert part.content.decode().strip().startswith('<div id="preview"')
    assert "<html" not in part.content.decode()


def test_the_builder_does_not_wait_for_the_number_of_very_many(
    shop: CornerShop, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {**rule_form(ask="order_count", op="at_least", value="1"), "act": "look", "name": "N"}
    monkeypatch.setattr(people, "_count", lambda found, most: None)

    page = owner.post("/segments/new/", form)

    assert "more than 10,000 customers" in text_of(page)
    assert "The 20 worth most are shown." in text_of(page)
    counted = owner.get(page.context["count_url"])
    assert "about 33 customers" in text_of(counted)


def test_the_builder_of_a_large_shop_shows_people_before_it_has_counted_them(
    shop: CornerShop, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {**rule_form(ask="order_count", op="at_least", value="1"), "act": "", "name": "N"}
    monkeypatch.setattr(people, "CROWD", 2)

    page = owner.post("/segments/new/", form)

    assert "Counting …" in text_of(page)
    assert len(page.context["people"]) == 20
    assert "33 customers" in text_of(owner.get(page.context["count_url"]))
    assert owner.post("/segments/new/", {**form, "act": "look"}).context["count"] == 33


def test_a_rule_in_the_address_starts_the_builder(shop: CornerShop, owner: Client) -> None:
    rule = json.dumps(segments.dump(t.All((t.Flag("is_overdue"),))))

    page = owner.get("/segments/new/", {"rule": rule})
    broken = owner.get("/segments/new/", {"rule": '{"type":"evil"}'})

    assert [child.ask for child in page.context["root"].of] == ["is_overdue"]
    assert broken.status_code == 422
    assert "This rule cannot be read" in text_of(broken)


def kept(name: str = "Best", **options: Any) -> Segment:
    """Keep a segment of those with two orders and more."""
    options.setdefault("tree", t.Number("order_count", "at_least", 2))
    return services.create_segment(name=name, staff=None, now=NOW, **options)


def address(segment: Segment, page: str = "") -> str:
    """Give a segment's address."""
    return f"/segments/{ids.encode('segment', segment.id)}/{page}"


def test_the_list_shows_sentence_size_and_where_a_segment_is_used(
    shop: CornerShop, owner: Client
) -> None:
    best = kept()
    kept("Inner", tree=t.InSegment(best.id))
    services.count_all(as_of=AS_OF, now=NOW)

    page = owner.get("/segments/")

    shown = {item["segment"].name: item for item in page.context["listed"]}
    assert shown["Best"]["segment"].customer_count == 28
    assert shown["Best"]["sentence"] == "Customers with at least 2 orders so far."
    assert [use.words for use in shown["Best"]["uses"]] == ["1 segment"]
    assert shown["Inner"]["uses"] == []


def test_a_segment_put_away_can_be_brought_back(shop: CornerShop, owner: Client) -> None:
    best = kept()

    owner.post(address(best, "archive/"))
    gone = owner.get("/segments/")
    owner.post(address(best, "restore/"))
    back = owner.get("/segments/")

    assert gone.context["listed"] == []
    assert [item["segment"].id for item in back.context["listed"]] == [best.id]
    acts = AuditEntry.objects.filter(subject_id=str(best.id)).order_by("id")
    assert list(acts.values_list("action", flat=True))[-2:] == [
        "segment.archived",
        "segment.restored",
    ]


def test_a_circle_cannot_be_saved(shop: CornerShop, owner: Client) -> None:
    best = kept()
    inner = kept("Inner", tree=t.InSegment(best.id))
    form = rule_form(ask="segment", op="yes", value=str(inner.id))

    page = owner.post(address(best, "edit/"), {**form, "act": "save", "name": "Best"})

    assert page.status_code == 422
    assert "cannot contain itself" in text_of(page)
    best.refresh_from_db()
    assert best.tree["type"] == "number"


def test_the_people_of_now_can_be_kept_as_a_list(shop: CornerShop, owner: Client) -> None:
    best = kept()

    owner.post(address(best, "freeze/"))
    CustomerSummary.objects.update(order_count=0)

    frozen = Segment.objects.get(is_static=True)
    assert frozen.name == "Best, as of 2026-11-23"
    assert SegmentMember.objects.filter(segment=frozen).count() == 28
    assert segments.count(t.InSegment(frozen.id)) == 28
    assert segments.count(t.InSegment(best.id)) == 0


def test_a_static_segment_takes_and_gives_people(shop: CornerShop) -> None:
    ann, bob = shop.people["Ann Hill"].id, shop.people["Bob Old"].id
    picked = services.create_static_segment(
        name="Picked", customer_ids=[ann, 5], staff=None, now=NOW
    )

    added = services.add_members(segment=picked, customer_ids=[ann, bob], now=NOW)
    removed = services.remove_members(segment=picked, customer_ids=[ann])

    assert (added, removed) == (1, 1)
    assert segments.list_ids(t.InSegment(picked.id)) == [bob]


def test_an_export_opens_in_a_spreadsheet_without_running_anything(
    shop: CornerShop, owner: Client
) -> None:
    names = ["=1+1", "+2", "-3", "@x", "\tx", "plain, with comma"]
    people = list(CustomerSummary.objects.order_by("customer_id")[: len(names)])
    for row, name in zip(people, names, strict=True):
        row.full_name = name
        row.save()
    everybody = kept("All", tree=segments.EVERYBODY)

    answer = owner.get(address(everybody, "export/"))

    content = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == CustomerSummary.objects.count() == 36
    assert [row["full_name"] for row in rows[:6]] == [
        "'=1+1",
        "'+2",
        "'-3",
        "'@x",
        "'\tx",
        "plain, with comma",
    ]
    assert rows[0]["customer"] == ids.encode("customer", people[0].customer_id)
    assert rows[0]["net_amount"] == str(people[0].net_amount)
    assert AuditEntry.objects.get(action="segment.exported").detail == {"customers": 36}


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.SALES, Role.CARE])
def test_who_may_not_edit_reads_and_changes_nothing(
    shop: CornerShop, as_role: Login, role: str
) -> None:
    best = kept()
    client = as_role(role)

    for page in ("/matrix/", "/segments/", "/tiers/", address(best)):
        assert client.get(page).status_code == 200
    for page in ("/segments/new/", address(best, "edit/"), address(best, "export/")):
        assert client.get(page).status_code == 403
    for page in ("/tiers/publish/", address(best, "archive/"), address(best, "freeze/")):
        assert client.post(page).status_code == 403
    assert client.get("/tiers/vip/edit/").status_code == 403
    assert Segment.objects.filter(archived_at=None).count() == 1


def test_strangers_are_sent_to_the_login(client: Client) -> None:
    for page in ("/matrix/", "/segments/", "/segments/new/", "/tiers/"):
        assert client.get(page).url.startswith("/login/")


@pytest.mark.parametrize("wrong", ["seg_zzz", "cus_0000000000001", "seg_0000000000001", "x" * 300])
def test_a_wrong_segment_address_is_not_found(shop: CornerShop, owner: Client, wrong: str) -> None:
    assert owner.get(f"/segments/{wrong}/").status_code == 404


@pytest.mark.req("R054")
def test_a_tier_rule_is_changed_previewed_and_published(shop: CornerShop, owner: Client) -> None:
    form = rule_form(ask="order_count", op="at_least", value="9")

    preview = owner.post("/tiers/vip/edit/", {**form, "act": "look"})
    owner.post("/tiers/vip/edit/", {**form, "act": "save"})
    waiting = owner.get("/tiers/")
    untouched = CustomerSummary.objects.filter(tier="vip").count()
    owner.post("/tiers/publish/")
    job = Job.objects.get(task="idic.differentiate.tasks.apply_tiers")
    apply_tiers.func()

    assert preview.context["sentence"] == "at least 9 orders so far"
    moved = sum(move["count"] for move in preview.context["moves"])
    assert moved > 0
    assert waiting.context["moves"] == preview.context["moves"]
    assert job.unique_key == "differentiate.apply_tiers"
    policy = TierPolicy.objects.order_by("-version").first()
    assert policy is not None
    assert (policy.version, policy.is_automatic) == (2, False)
    vips = CustomerSummary.objects.filter(tier="vip")
    at_risk = CustomerSummary.objects.filter(tier="at_risk", order_count__gte=9).count()
    assert vips.count() + at_risk == CustomerSummary.objects.filter(order_count__gte=9).count() == 6
    assert vips.count() != untouched


@pytest.mark.parametrize("page", ["/matrix/?all=1", "/segments/{segment}/"])
def test_who_is_known_by_a_number_only_is_shown_by_it(
    shop: CornerShop, owner: Client, page: str
) -> None:
    alice = Staff.objects.filter(role=Role.OWNER).first()
    assert alice is not None
    everybody = services.create_segment(
        name="All", description="", tree=segments.EVERYBODY, staff=alice, now=NOW
    )
    address = page.format(segment=ids.encode("segment", everybody.id))
    owner.get(address)
    with CaptureQueriesContext(connection) as named:
        owner.get(address)
    CustomerSummary.objects.update(full_name="")
    Customer.objects.update(full_name="")

    with CaptureQueriesContext(connection) as nameless:
        answer = owner.get(address)

    text = answer.content.decode()
    assert "Customer Regular 29" in text
    assert "No name" not in text
    assert len(nameless) == len(named) + 2


def test_a_draft_can_be_thrown_away(shop: CornerShop, owner: Client) -> None:
    form = rule_form(ask="order_count", op="at_least", value="9")
    owner.post("/tiers/vip/edit/", {**form, "act": "save"})

    owner.post("/tiers/discard/")

    assert list(TierPolicy.objects.values_list("version", "is_automatic")) == [(1, True)]
    assert owner.get("/tiers/").context["draft"] is None


def test_a_tier_rule_that_asks_too_much_is_refused(shop: CornerShop, owner: Client) -> None:
    form = rule_form(ask="city", op="is", value="Huế")

    page = owner.post("/tiers/vip/edit/", {**form, "act": "save"})

    assert page.status_code == 422
    assert "A tier can only ask" in text_of(page)
    assert TierPolicy.objects.filter(published_at=None).count() == 0


def test_a_need_group_gets_name_and_plan(shop: CornerShop, owner: Client) -> None:
    group = NeedGroup.objects.create(name="Tea", position=1, model_index=0, created_at=NOW)

    owner.post(f"/needs/{group.id}/edit/", {"name": "Tea people", "plan": "Samples"})
    refused = owner.post(f"/needs/{group.id}/edit/", {"name": ""})

    group.refresh_from_db()
    assert (group.name, group.plan, group.is_named_by_staff) == ("Tea people", "Samples", True)
    assert refused.status_code == 422


@pytest.mark.parametrize("language", ["vi", "zh-hans"])
def test_pages_speak_the_viewers_language(shop: CornerShop, owner: Client, language: str) -> None:
    owner.cookies["idic_language"] = language
    heading = {"vi": "Ai đáng chăm sóc trước, và họ cần gì", "zh-hans": "先照顾谁，他们需要什么"}

    assert heading[language] in text_of(owner.get("/matrix/"))
    for page in ("/segments/", "/segments/new/", "/tiers/"):
        assert owner.get(page).status_code == 200
