"""The page a message is written on: words in brackets, what can be put in, one person's message."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from idic.core import clock, ids
from idic.core.models import Role
from idic.customize.models import Offer
from idic.identify.models import Customer
from idic.interact.models import Campaign
from idic.interact.services import campaigns
from tests.interact import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def lan(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Customer:
    cast.open_shop(now=now)
    monkeypatch.setattr(clock, "now", lambda: now)
    customer = cast.add_customer(
        now=now, name="Đỗ Lan [shop]", gender="female", summary={"usual_gap_days": 21.0}
    )
    cast.recommend(customer, "Sữa lốc 4")
    return customer


@pytest.fixture
def bob(lan: Customer) -> Client:
    client = Client()
    client.force_login(cast.hire(Role.MARKETER))
    client.cookies["idic_language"] = "vi"
    return client


@pytest.fixture
def draft(lan: Customer, now: datetime) -> Campaign:
    return campaigns.create_campaign(
        name="Xuân",
        segment=cast.segment_of([lan], now=now),
        goal="win_back",
        language="vi",
        staff=cast.hire(),
        now=now,
    )


def address(page: str, campaign: Campaign) -> str:
    return reverse(f"interact:campaign_{page}", args=[ids.encode("campaign", campaign.id)])


def test_the_page_holds_no_template_code_and_offers_the_fields(
    bob: Client, draft: Campaign
) -> None:
    page = bob.get(address("message", draft)).content.decode()
    example = bob.get(f"{address('example', draft)}?for=message").content.decode()

    assert "{{" not in page
    assert "{%" not in page
    assert "**" not in page.partition("<textarea")[2].partition("</textarea>")[0]
    assert "[lời chào]," in page
    assert page.count("data-insert=") == example.count("data-insert=") == 16
    assert 'hx-swap-oob="true"' not in page
    assert 'hx-swap-oob="true"' in example
    assert '<b>[món hay mua]</b><span class="sub">Sữa lốc 4</span>' in example
    assert '<b>[món chưa thử]</b><span class="sub">chưa rõ</span>' in example
    assert '<b>[ưu đãi]</b><span class="sub">chưa chọn ưu đãi</span>' in example


def test_the_preview_says_what_is_left_out_and_for_whom(
    bob: Client, draft: Campaign, now: datetime
) -> None:
    offer = Offer.objects.create(name="Trà đá", is_active=True, created_at=now)
    typed = {
        "subject": "[Tên khách] ơi",
        "body": "[loi chao],\n\nMời [you] mua [món hay mua].\n\nMới: [món chưa thử]."
        "\n\nTặng [offer]",
    }

    without = bob.post(address("preview", draft), typed).content.decode()
    with_offer = bob.post(address("preview", draft), {**typed, "offer": offer.id}).content.decode()
    wrong = bob.post(address("preview", draft), {**typed, "subject": "[tên kháh]"}).content.decode()

    assert "<b>Chị [shop] ơi</b>" in without
    assert "Mời <mark>chị</mark> mua <mark>Sữa lốc 4</mark>." in without
    assert "<li>Mới: [món chưa thử].</li>" in without.partition("vì chưa biết")[2]
    assert "<li>Tặng [ưu đãi]</li>" in without.partition("vì chưa chọn ưu đãi")[2]
    assert "Tặng <mark>Trà đá</mark>" in with_offer
    assert "vì chưa chọn ưu đãi" not in with_offer
    assert "Có phải là [tên khách] không?" in wrong


def test_what_is_typed_in_one_language_is_stored_for_all(bob: Client, draft: Campaign) -> None:
    typed = {
        "subject": "[tên khách] ơi",
        "body": "[lời chào],\n\n[Mua [món hay mua]](https://a.vn)",
    }

    refused = bob.post(address("message", draft), {**typed, "body": "[lời chòa]"})
    draft.refresh_from_db()
    assert refused.status_code == 422
    assert "Có phải là [lời chào] không?" in refused.content.decode()
    assert draft.subject != "[name] ơi"

    saved = bob.post(address("message", draft), typed)
    draft.refresh_from_db()
    assert saved["Location"] == address("schedule", draft)
    assert (draft.subject, draft.body) == (
        "[name] ơi",
        "[greeting],\n\n[Mua [buy_again]](https://a.vn)",
    )
    bob.cookies["idic_language"] = "zh-hans"
    assert "[问候],\n\n[Mua [常买的商品]](https://a.vn)" in bob.get(
        address("message", draft)
    ).content.decode().replace("\r\n", "\n")


def test_a_message_with_template_logic_is_shown_as_it_was_written(
    bob: Client, draft: Campaign
) -> None:
    body = "{% if product %}Mua {{ product }}.{% endif %} [1]"
    Campaign.objects.filter(id=draft.id).update(subject="{{ name }}", body=body)

    page = bob.get(address("message", draft)).content.decode()
    example = bob.get(f"{address('example', draft)}?for=message").content.decode()
    saved = bob.post(address("message", draft), {"subject": "{{ name }}", "body": body})

    draft.refresh_from_db()
    assert body in page
    assert "viết bằng mã mẫu" in page
    assert 'data-insert="{{ name }}"' in example
    assert "Mua <mark>Sữa lốc 4</mark>. [1]" in example
    assert saved.status_code == 302
    assert draft.body == body
