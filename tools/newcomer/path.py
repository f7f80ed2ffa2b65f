"""The steps a newcomer takes, each by what the page offers: no address is typed."""

from __future__ import annotations

from pathlib import Path

from tools.newcomer.files import Shop
from tools.newcomer.person import Person

_GO = "main form button.primary"
_ENOUGH = 20


def walk(person: Person, *, link: str, shop: Shop) -> None:
    """Walk from the first page to Measure."""
    _come_in(person, link)
    _understand(person)
    person.begin("Own orders imported in place of the sample shop")
    person.click(".demo-notice a[href='/imports/new/']", ready="**/imports/new/")
    _bring_in(person, shop.orders, kind="orders", shop_name=shop.name)
    person.begin("Contacts imported")
    asked = "main a[href='/imports/new/?kind=customers']"
    other = "main a[href='/imports/new/']"
    person.click(asked if person.page.locator(asked).count() else other, ready="/imports/new/")
    _bring_in(person, shop.people, kind="customers", shop_name=shop.name)
    person.begin("First look and value × needs of own data")
    person.open_from_menu("/look/")
    person.read("look")
    person.open_from_menu("/matrix/")
    person.read("matrix")
    _keep_a_segment(person)
    _send_a_campaign(person)
    person.begin("Measure")
    person.open_from_menu("/effects/")
    person.read("effects")


def _come_in(person: Person, link: str) -> None:
    person.begin("Log in, the first page")
    person.await_page(lambda: person.page.goto(link))
    person.read("login")
    person.click("main button", ready="**/today/")
    person.read("today")


def _understand(person: Person) -> None:
    person.begin("What the business is: Home and First look")
    person.open_from_menu("/home/")
    person.read("home")
    person.open_from_menu("/look/")
    person.read("look")


def _bring_in(person: Person, file: Path, *, kind: str, shop_name: str) -> None:
    page = person.page
    person.read("new", button=_GO)
    if page.input_value("input[name=kind]:checked") != kind:
        page.check(f"input[name=kind][value={kind}]")
        person.step.clicks += 1
    person.choose_file("input[name=file]", file)
    person.click(_GO, ready="**/columns/")
    person.read("columns", button="main button.primary")
    person.click("main button.primary", ready="**/choices/")
    person.read("choices", button="main button.primary")
    if kind == "customers":
        person.choose("select[name=email_agreement]", "consent")
    person.click("main button.primary", ready="**/check/")
    person.await_page(lambda: None, ready="main button.primary:visible")
    if page.locator("input[name=shop_name]").count():
        person.fill("input[name=shop_name]", shop_name)
    person.read("check", button="main button.primary")
    person.click("main button.primary", ready=r"/imports/imp_\w+/$/")
    person.await_page(lambda: None, ready="main table:visible")
    person.read("result")


def _keep_a_segment(person: Person) -> None:
    """Keep the first tier but the best that holds enough people for a campaign."""
    page = person.page
    person.begin("A segment, from the table of value × needs")
    tiers = page.locator("main td a[href^='?tier='][href$='#people']:not([href*='need']):visible")
    enough = [tier for tier in tiers.all() if int(tier.locator("b").inner_text()) >= _ENOUGH]
    person.click(enough[0])
    person.read("people")
    person.click("main a[href^='/segments/new/?rule']", ready="/segments/new/")
    person.read("segment", button="main button.primary")
    person.click("button[value=save]", ready=r"/segments/seg_\w+/$/")
    person.read("saved")


def _send_a_campaign(person: Person) -> None:
    person.begin("A campaign with a control group, to the practice outbox")
    person.click("main a[href^='/campaigns/new/']", ready="/campaigns/new/")
    person.read("campaign", button=_GO)
    for part in ("message", "schedule", "review"):
        person.click(_GO, ready=f"**/{part}/")
        person.page.wait_for_load_state("networkidle")
        person.read(part, button=_GO, knows_message=part != "message")
    person.click(person.page.locator(_GO).last, ready=r"/campaigns/cmp_\w+/$/")
    person.await_page(lambda: None, ready="a[href^='/outbox/?campaign']")
    person.read("sent", knows_message=True)
    person.click("a[href^='/outbox/?campaign']", ready="/outbox/")
    person.read("outbox", knows_message=True)
