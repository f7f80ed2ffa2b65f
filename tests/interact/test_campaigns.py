"""From draft to frozen audience: reasons kept, arms dealt, messages written, nothing done twice."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from idic.core.jobs.worker import drain
from idic.core.models import Job
from idic.experiments.models import Assignment, Experiment
from idic.identify.models import Customer
from idic.interact.models import (
    AudienceMember,
    Campaign,
    CampaignState,
    Fate,
    Message,
    MessageState,
    TrackedLink,
)
from idic.interact.services import audience, campaigns, launching
from idic.interact.services.campaigns import AudienceForm, MessageForm, WrongCampaign
from tests.interact import cast

pytestmark = pytest.mark.django_db
HALF = Decimal("0.5")


@pytest.fixture(autouse=True)
def _shop(now: datetime) -> None:
    cast.open_shop(now=now)


def draft(
    people: list[Customer], now: datetime, *, body: str = "{{ greeting }}, hello.", **fields: Any
) -> Campaign:
    campaign = campaigns.create_campaign(
        name="Spring",
        segment=cast.segment_of(people, now=now),
        goal="thank_you",
        language="en",
        staff=cast.hire(),
        now=now,
        **fields,
    )
    form = MessageForm(subject="Hi {{ name }}", body=body)
    return campaigns.change_message(campaign=campaign, form=form, staff=None, now=now)


def launch(campaign: Campaign, now: datetime) -> Campaign:
    assert launching.approve(campaign=campaign, staff=cast.hire(), now=now)
    assert audience.freeze(campaign_id=campaign.id, as_of=now.date(), now=now)
    campaign.refresh_from_db()
    return campaign


def fates(campaign: Campaign) -> Counter[str]:
    return Counter(AudienceMember.objects.filter(campaign=campaign).values_list("fate", flat=True))


@pytest.mark.req("R083")
def test_a_launch_keeps_a_reason_for_everyone_left_out(now: datetime) -> None:
    people = [cast.add_customer(now=now) for _ in range(20)]
    refused = cast.add_customer(now=now, consent="denied")
    unasked = cast.add_customer(now=now, consent=None)
    unreachable = cast.add_customer(now=now, email="")

    campaign = launch(draft([*people, refused, unasked, unreachable], now), now)

    left_out = dict(
        AudienceMember.objects.filter(campaign=campaign, fate=Fate.LEFT_OUT).values_list(
            "customer_id", "reason"
        )
    )
    assert left_out == {
        refused.id: "consent_denied",
        unasked.id: "consent_unknown",
        unreachable.id: "no_address",
    }
    counted = fates(campaign)
    assert counted["treated"] + counted["control"] == 20
    assert counted["control"] >= 0
    assert Message.objects.filter(campaign=campaign).count() == counted["treated"]
    treated = AudienceMember.objects.filter(campaign=campaign, fate=Fate.TREATED)
    assert set(Message.objects.values_list("customer_id", flat=True)) == set(
        treated.values_list("customer_id", flat=True)
    )


def test_the_arms_are_those_of_the_experiment(now: datetime) -> None:
    people = [cast.add_customer(now=now) for _ in range(60)]
    campaign = draft(people, now)
    campaigns.change_control_rate(campaign=campaign, control_rate=HALF, staff=None, now=now)

    launch(campaign, now)

    stored = dict(Assignment.objects.values_list("customer_id", "arm__key"))
    assert len(stored) == 60
    for member in AudienceMember.objects.filter(campaign=campaign):
        assert stored[member.customer_id] == (
            "treatment" if member.fate == Fate.TREATED else "control"
        )
    assert 15 <= fates(campaign)["control"] <= 45
    experiment = Experiment.objects.get(id=campaign.experiment_id)
    assert experiment.started_at == now
    assert experiment.ended_at == now + timedelta(days=14)


def test_a_message_is_rendered_for_its_person(now: datetime) -> None:
    person = cast.add_customer(now=now, name="Jane Smith", salutation="Ms")
    campaign = draft([person], now, body="{{ greeting }}!\n\n[Shop](https://shop.example/tea)")
    Campaign.objects.filter(id=campaign.id).update(control_rate=0)
    campaign.refresh_from_db()

    launch(campaign, now)

    message = Message.objects.get()
    assert message.subject == "Hi Ms Smith"
    assert "Dear Ms Smith" in message.body
    assert message.address == person.email
    assert message.state == MessageState.QUEUED
    assert message.is_practice
    assert message.record_id == cast.record_of(person).id
    assert [link.target for link in TrackedLink.objects.all()] == ["https://shop.example/tea"]


def test_advertising_carries_the_label_the_country_asks_for(now: datetime) -> None:
    from idic.core.models import Business

    Business.objects.update(country="VN")
    campaign = draft([cast.add_customer(now=now)], now)
    Campaign.objects.filter(id=campaign.id).update(control_rate=0)
    campaign.refresh_from_db()

    launch(campaign, now)

    assert Message.objects.get().subject.startswith("[QC] Hi ")


@pytest.mark.req("R083")
def test_service_messages_hold_nobody_back(now: datetime) -> None:
    people = [cast.add_customer(now=now, consent=None) for _ in range(40)]
    campaign = draft(people, now, purpose="service")
    assert campaign.control_rate == 0

    campaigns.change_control_rate(campaign=campaign, control_rate=HALF, staff=None, now=now)
    launch(campaign, now)

    assert fates(campaign) == {"treated": 40}


def test_who_lacks_what_the_message_needs_is_left_out_of_both_arms(now: datetime) -> None:
    known = cast.add_customer(now=now)
    cast.recommend(known, "Tea")
    unknown = cast.add_customer(now=now)
    half_known = cast.add_customer(now=now, summary={"usual_gap_days": 21.0})
    body = "{% if product %}Try {{ product }}.{% else %}Every {{ usual_gap }}.{% endif %}"
    campaign = draft([known, unknown, half_known], now, body=body)
    Campaign.objects.filter(id=campaign.id).update(control_rate=0)
    campaign.refresh_from_db()

    launch(campaign, now)

    reasons = dict(AudienceMember.objects.values_list("customer_id", "reason"))
    assert reasons == {known.id: "", unknown.id: "content_missing", half_known.id: ""}
    assert Assignment.objects.count() == 2
    assert "Every" in Message.objects.get(customer=half_known).body


def test_approving_twice_launches_once(now: datetime) -> None:
    campaign = draft([cast.add_customer(now=now)], now)

    assert launching.approve(campaign=campaign, staff=None, now=now)
    assert not launching.approve(campaign=campaign, staff=None, now=now)

    assert Experiment.objects.count() == 1
    assert Job.objects.filter(task__endswith="freeze_audience").count() == 1


def test_freezing_again_after_a_crash_goes_on_where_it_stopped(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [cast.add_customer(now=now) for _ in range(90)]
    campaign = draft(people, now)
    launching.approve(campaign=campaign, staff=None, now=now)
    calls = 0
    write = audience._write

    def dies(run: Any, verdicts: Any) -> bool:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return write(run, verdicts)

    monkeypatch.setattr(audience, "_FIRST_PEOPLE", 7)
    monkeypatch.setattr(audience, "_PEOPLE_A_READ", 30)
    monkeypatch.setattr(audience, "_write", dies)
    with pytest.raises(KeyboardInterrupt):
        audience.freeze(campaign_id=campaign.id, as_of=now.date(), now=now)
    before = dict(AudienceMember.objects.values_list("customer_id", "fate"))
    assert 0 < len(before) < 90

    audience.freeze(campaign_id=campaign.id, as_of=now.date(), now=now + timedelta(minutes=5))

    after = dict(AudienceMember.objects.values_list("customer_id", "fate"))
    assert len(after) == 90
    assert {key: after[key] for key in before} == before
    treated = sum(1 for fate in after.values() if fate == Fate.TREATED)
    assert Message.objects.count() == treated
    campaign.refresh_from_db()
    assert campaign.launched_at == now
    assert not audience.freeze(campaign_id=campaign.id, as_of=now.date(), now=now)


def test_the_background_job_freezes_what_was_approved(now: datetime) -> None:
    campaign = draft([cast.add_customer(now=now) for _ in range(5)], now)
    launching.approve(campaign=campaign, staff=None, now=now)

    drain()

    campaign.refresh_from_db()
    assert campaign.state == CampaignState.SENDING
    assert campaign.audience_frozen_at is not None
    assert sum(fates(campaign).values()) == 5


def test_a_scheduled_campaign_waits_for_its_moment(now: datetime) -> None:
    campaign = draft([cast.add_customer(now=now)], now)
    later = now + timedelta(days=400)
    campaigns.change_schedule(campaign=campaign, send_at=later, staff=None, now=now)
    launching.approve(campaign=campaign, staff=None, now=now)

    drain(now=now + timedelta(days=1))

    campaign.refresh_from_db()
    assert campaign.state == CampaignState.SCHEDULED
    assert campaign.launched_at is None
    assert AudienceMember.objects.count() == 0


def test_a_campaign_cancelled_before_its_moment_never_starts(now: datetime) -> None:
    campaign = draft([cast.add_customer(now=now)], now)
    launching.approve(campaign=campaign, staff=None, now=now)

    assert launching.cancel(campaign=campaign, staff=None, now=now)

    assert not audience.freeze(campaign_id=campaign.id, as_of=now.date(), now=now)
    assert Message.objects.count() == 0


def test_cancelling_stops_everything_that_waits(now: datetime) -> None:
    campaign = launch(draft([cast.add_customer(now=now) for _ in range(30)], now), now)
    waiting = Message.objects.count()
    assert waiting > 0

    launching.cancel(campaign=campaign, staff=None, now=now)
    drain()

    assert Message.objects.filter(state="skipped", skip_reason="cancelled").count() == waiting
    assert not launching.resume(campaign=campaign, staff=None, now=now)


def test_a_draft_that_cannot_be_sent_is_refused_with_its_field(now: datetime) -> None:
    campaign = draft([cast.add_customer(now=now)], now)
    before = Campaign.objects.values().get()
    for form, field in (
        (MessageForm(subject="", body="x"), "subject"),
        (MessageForm(subject="x", body=" "), "body"),
        (MessageForm(subject="x", body="{{ nobody }}"), "body"),
        (MessageForm(subject="{{ 7*7 }}", body="x"), "subject"),
        (MessageForm(subject="x", body="[a](https://a.example/{{ name }})"), "body"),
        (MessageForm(subject="x", body="[a](https://a.example/{{name}})"), "body"),
        (MessageForm(subject="x", body="[a](javascript:alert)"), "body"),
        (MessageForm(subject="x", body="[a](www.example.com)"), "body"),
    ):
        with pytest.raises(WrongCampaign) as wrong:
            campaigns.change_message(campaign=campaign, form=form, staff=None, now=now)
        assert wrong.value.field == field
    for rate in ("0.3", "0", "1"):
        with pytest.raises(WrongCampaign):
            campaigns.change_control_rate(
                campaign=campaign, control_rate=Decimal(rate), staff=None, now=now
            )
    assert Campaign.objects.values().get() == before


def test_what_is_launched_cannot_be_changed(now: datetime) -> None:
    campaign = launch(draft([cast.add_customer(now=now)], now), now)
    form = AudienceForm(
        name="Other", segment_id=campaign.segment_id, control_rate=HALF, measure_days=7
    )

    with pytest.raises(WrongCampaign, match="Only a draft"):
        campaigns.change_audience(campaign=campaign, form=form, staff=None, now=now)
    with pytest.raises(WrongCampaign, match="Only a draft"):
        campaigns.delete_draft(campaign=campaign, staff=None, now=now)

    assert Campaign.objects.get().name == "Spring"


def test_two_campaigns_never_share_a_customer_while_measured(now: datetime) -> None:
    people = [cast.add_customer(now=now) for _ in range(10)]
    launch(draft(people, now), now)

    second = launch(draft(people, now), now + timedelta(days=1))

    assert fates(second) == {"left_out": 10}
    reasons = AudienceMember.objects.filter(campaign=second).values_list("reason", flat=True)
    assert set(reasons) == {"in_experiment"}
