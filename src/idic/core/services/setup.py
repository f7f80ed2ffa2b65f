"""Sets up an empty installation: the business and its first owner."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from django.db import transaction

from idic.core.models import Business, Role, Staff
from idic.core.services import audit


class Place(TypedDict):
    """What a language suggests for a new business."""

    country: str
    currency: str
    time_zone: str
    name: str
    owner: str


PLACES: dict[str, Place] = {
    "vi": {
        "country": "VN",
        "currency": "VND",
        "time_zone": "Asia/Ho_Chi_Minh",
        "name": "Nhà Mình Mart",
        "owner": "Chủ tiệm",
    },
    "zh-hans": {
        "country": "CN",
        "currency": "CNY",
        "time_zone": "Asia/Shanghai",
        "name": "邻家小铺",
        "owner": "店主",
    },
    "en": {
        "country": "GB",
        "currency": "GBP",
        "time_zone": "Europe/London",
        "name": "Corner & Co.",
        "owner": "Owner",
    },
}
SAMPLE_NAMES = frozenset(place["name"] for place in PLACES.values())
OWNER_EMAIL = "owner@idic.local"


def set_up(*, language: str, now: datetime) -> tuple[Business, Staff]:
    """Create the business and its owner once; a second call changes nothing."""
    place = PLACES[language]
    with transaction.atomic():
        business, is_new = Business.objects.get_or_create(
            id=1,
            defaults={
                "name": place["name"],
                "language": language,
                "country": place["country"],
                "currency": place["currency"],
                "time_zone": place["time_zone"],
            },
        )
        owner = Staff.objects.filter(role=Role.OWNER, is_active=True).order_by("id").first()
        if owner is None:
            owner = Staff(email=OWNER_EMAIL, display_name=place["owner"], role=Role.OWNER)
            owner.set_unusable_password()
            owner.save(force_insert=True)
        if is_new:
            audit.record(at=now, actor="system:setup", action="business.created", subject_id=1)
    return business, owner


def is_name_of_a_sample(name: str) -> bool:
    """Tell whether a company still bears the name an empty installation begins with."""
    return name in SAMPLE_NAMES
