"""Every page staff can open on the sample shop, and how a browser comes there; `test_every_page_is_
looked_at` in tests/house holds it against the addresses, so that a new page cannot be forgotten.
"""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.house import House

# Pages with an address of their own, those of the menu first, in its order.
PLAIN = {
    "web:today": "/today/",
    "web:loop": "/home/",
    "web:first_look": "/look/",
    "web:customer_list": "/customers/",
    "web:recognise": "/recognise/",
    "web:doubles": "/doubles/",
    "identify:source_list": "/sources/",
    "identify:import_list": "/imports/",
    "identify:form_list": "/forms/",
    "web:audit": "/audit/",
    "web:quality": "/quality/",
    "identify:question_list": "/questions/",
    "web:request_list": "/requests/",
    "differentiate:matrix": "/matrix/",
    "differentiate:segment_list": "/segments/",
    "differentiate:tier_list": "/tiers/",
    "differentiate:near_list": "/near/",
    "differentiate:care": "/care/",
    "differentiate:need_list": "/needs/",
    "differentiate:rfm": "/rfm/",
    "differentiate:equity": "/equity/",
    "differentiate:readiness": "/readiness/",
    "interact:campaign_list": "/campaigns/",
    "interact:outbox": "/outbox/",
    "interact:policy": "/contact-rules/",
    "customize:offer_list": "/offers/",
    "customize:product_list": "/products/",
    "measure:effect_list": "/effects/",
    "measure:retention": "/retention/",
    "web:settings": "/settings/",
    "web:budget": "/budget/",
    "web:look_back": "/look-back/",
    "web:unlinked_orders": "/orders/unlinked/",
    "web:search": "/search/?q=an",
    "web:customer_create": "/customers/new/",
    "web:customer_to_segment": "/customers/to-segment/",
    "web:customer_bulk": "/customers/bulk/?act=silence",
    "web:customer_export_as": "/customers/export/",
    "web:task_create": "/tasks/new/",
    "web:digest": "/digest/",
    "web:demo_remove": "/demo/remove/",
    "differentiate:segment_create": "/segments/new/",
    "differentiate:shape": "/matrix/shape/",
    "differentiate:forecast": "/matrix/forecast/",
    "differentiate:tier_edit": "/tiers/vip/edit/",
    "differentiate:rfm_edit": "/rfm/edit/",
    "interact:campaign_create": "/campaigns/new/",
    "customize:offer_create": "/offers/new/",
    "measure:sample_shop": "/effects/sample-shop/",
    "identify:import_new": "/imports/new/",
    "identify:recipe_list": "/imports/recipes/",
    "identify:source_new": "/sources/new/",
    "identify:mailbox_new": "/mailboxes/new/",
    "identify:survivorship": "/values/",
    "identify:question_new": "/questions/new/",
    "identify:form_new": "/forms/new/",
    "channels:setting_list": "/channels/",
    "web:doubles_many": "/doubles/many/",
    "web:doubles_decided": "/doubles/decided/",
    "web:doubles_conflicts": "/doubles/conflicts/",
    "web:doubles_why": "/doubles/why/",
    "web:api_keys": "/settings/api/",
    "web:api_reference": "/api/v1/docs/",
    "core:components": "/components/",
}
# Pages that a link of another leads to: on which page, and which link.
LINKED = {
    "web:quality_reason": ("web:quality", ".quality a.name"),
    "web:customer_detail": ("web:customer_list", "a.name[href^='/customers/cus_']"),
    "web:customer_card": ("web:customer_detail", "a[href$='/card/']"),
    "web:customer_same": ("web:customer_detail", "a[href$='/same/']"),
    "web:customer_link": ("web:customer_detail", "a[href$='/link/']"),
    "web:customer_questions": ("web:customer_detail", "a[href$='/questions/']"),
    "identify:question_edit": ("identify:question_list", "main a.name[href$='/edit/']"),
    "web:customer_purchases": ("web:customer_detail", "a[href$='/purchases/']"),
    "web:customer_consent": ("web:customer_detail", "a[href$='/consent/']"),
    "web:customer_rights": ("web:customer_detail", "a[href$='/rights/']"),
    "identify:source_origin": ("identify:survivorship", "main a[href^='/values/src_']"),
    "web:customer_edit": ("web:customer_detail", "a[href$='/edit/']"),
    "interact:case_create": ("web:customer_detail", "a[href^='/cases/new/']"),
    "differentiate:segment_detail": ("differentiate:segment_list", "main a.name"),
    "web:segment_purchases": ("differentiate:segment_detail", "main a[href$='/purchases/']"),
    "differentiate:segment_edit": ("differentiate:segment_detail", "main a[href$='/edit/']"),
    "differentiate:plan_edit": ("differentiate:tier_list", "main a[href$='/plan/']"),
    "differentiate:need_edit": ("differentiate:need_list", "main a[href^='/needs/']"),
    "interact:campaign_detail": ("interact:campaign_list", "main a.name"),
    "interact:campaign_left_out": ("interact:campaign_detail", "main a[href*='/left-out/']"),
    "interact:message_detail": ("interact:outbox", "main a[href^='/outbox/msg_']"),
}
# The steps of a draft, which `list_pages` begins.
STEPS = {
    "interact:campaign_message": "message/",
    "interact:campaign_audience": "audience/",
    "interact:campaign_schedule": "schedule/",
    "interact:campaign_review": "review/",
}
# The pages of a form, which `list_pages` makes; what customers see of it comes along.
FORM = {
    "identify:form_detail": "",
    "identify:form_edit": "edit/",
    "identify:form_preview": "preview/",
}
# The page of a shop system, which `list_pages` connects.
SYSTEM = {"identify:source_detail": ""}
# What answers to GET and is no page of staff, or none that the sample shop has.
ELSEWHERE = {
    "a picture": {"customer_code"},
    "a file": {
        "customer_export",
        "customer_export_file",
        "segment_export",
        "import_errors",
        "message_mail",
        "digest_mail",
    },
    "a part of a page": {
        *("customer_count", "customer_cities", "campaign_example", "progress"),
        "segment_overlap",
    },
    "of a log of another system's mails; the sample shop has none": {"look_back_people"},
    "a redirect": {"home", "customer_step"},
    "who is this, asked by a telephone": {"call"},
    "the form of a new one, filled; the sample shop has none": {"offer_edit"},
    "of a mailbox; the sample shop has none": {"mailbox_detail", "mailbox_edit"},
    "one pair, as the queue shows it": {"double"},
    "asks before an act that the sample shop has nothing for": {
        *("campaign_cancel", "email_live", "import_undo"),
    },
    "after an upload, walked in test_story": {
        *("import_detail", "import_columns", "import_choices", "import_check"),
    },
}


def log_in(page: Page, shop: House) -> None:
    """Come in as the owner, by a fresh one-time link."""
    page.goto(shop.login_link())
    page.click("main button")
    page.wait_for_load_state()


def list_pages(page: Page, shop: House) -> list[str]:
    """Give the address of every page; those behind others by following their links."""
    found = dict(PLAIN)
    for name, (start, selector) in LINKED.items():
        page.goto(shop.address + found[start])
        link = page.query_selector(selector)
        assert link is not None, f"nothing leads from {found[start]} to {name}"
        found[name] = str(link.evaluate("a => a.pathname"))
    found |= _begin_draft(page, shop)
    found |= _make_form(page, shop)
    found |= _connect_system(page, shop)
    return list(dict.fromkeys(found.values()))


def _begin_draft(page: Page, shop: House) -> dict[str, str]:
    page.goto(f"{shop.address}/campaigns/new/")
    page.fill("main input[name=name]", "Every step")
    page.click("main form button.primary")
    page.wait_for_url("**/message/")
    base = page.evaluate("location.pathname").removesuffix("message/")
    return {name: base + step for name, step in STEPS.items()}


def _make_form(page: Page, shop: House) -> dict[str, str]:
    page.goto(f"{shop.address}/forms/new/")
    page.fill("main input[name=name]", "Membership")
    page.click("main form button.primary")
    page.wait_for_url("**/edit/")
    base = page.evaluate("location.pathname").removesuffix("edit/")
    page.goto(shop.address + base)
    page.click("main button[value=open]")
    page.wait_for_load_state()
    found = {name: base + part for name, part in FORM.items()}
    url = page.input_value("#url")
    return found | {"identify:form_page": "/f/" + url.partition("/f/")[2]}


def _connect_system(page: Page, shop: House) -> dict[str, str]:
    page.goto(f"{shop.address}/sources/")
    link = page.query_selector("a.name[href^='/sources/src_']:has-text('KiotViet')")
    if link is None:
        page.goto(f"{shop.address}/sources/new/?system=kiotviet")
        page.click("main form button.primary")
        page.wait_for_url("**/sources/src_*/")
        base = page.evaluate("location.pathname")
    else:
        base = str(link.evaluate("a => a.pathname"))
    return {name: base + part for name, part in SYSTEM.items()}
