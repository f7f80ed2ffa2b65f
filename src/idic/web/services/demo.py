"""Sets up the made-up business through the same doors as a real file: people, receipts up to a
day, a campaign on that day with a control group, and what was bought after it.

The campaign's effect is planted: treated people come once more with a known chance. So *Measure*
can be held against the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from idic.core.models import AuditEntry
from idic.core.selectors import get_business
from idic.differentiate import segments
from idic.differentiate.models import Segment
from idic.differentiate.services.segments import create_segment
from idic.identify.importing.columns import Kind
from idic.identify.importing.terms import ConsentTerms
from idic.identify.models import ConsentBasis, Source, SourceKind
from idic.identify.selectors import has_demo, has_own_data
from idic.identify.services.demo import mark_demo
from idic.identify.services.demo_loading import (
    check_wanted,
    demo_lock,
    forget_wish,
    is_asked_to_stop,
)
from idic.identify.services.demo_removal import REMOVED, remove_demo
from idic.identify.services.imports.request import ImportRequest
from idic.identify.services.imports.running import import_file
from idic.identify.services.sources import get_or_create_source
from idic.interact.models import AudienceMember, Campaign, CampaignState, Fate, Goal
from idic.interact.services.campaigns import AudienceForm, create_campaign
from idic.interact.services.campaigns import change_audience as choose_audience
from idic.interact.services.replaying import replay_campaign
from idic.measure.models import CampaignResult
from idic.measure.services.effects import measure_campaign
from idic.web.demo import files
from idic.web.demo.people import Person, make_people
from idic.web.demo.shopping import Line, Shop
from idic.web.demo.words import WORDS, Words
from idic.web.services.demo_files import files_folder
from idic.web.services.loop import run_loop

Progress = Callable[[int, int, str], None]

PEOPLE = 2_000
HISTORY_DAYS = 540
CAMPAIGN_DAYS_AGO = 28
MEASURE_DAYS = 14
# The truth Measure is held against: so many of 100 treated people came once more because of it.
PLANTED_CHANCE = 0.25
# So few people show an effect only when half of them are held back; the product proposes the same.
CONTROL_RATE = Decimal("0.5")
REPEAT_BUYERS = segments.All(
    of=(segments.Number(field="order_count", operator="at_least", value=2),)
)
_ACTOR = "system:demo"
_STEPS = 100


@dataclass(frozen=True)
class _Demo:
    """The demo under way: its words, people and moments."""

    words: Words
    shop: Shop
    people: list[Person]
    folder: Path
    currency: str
    campaign_day: date
    today: date
    now: datetime


def is_needed() -> bool:
    """Tell whether an empty house is to be filled. One that a crash cut short may go on; one that
    somebody removed does not come back by itself.
    """
    return is_possible() and not _is_unwanted()


def is_possible() -> bool:
    """Tell whether there is nothing of the owner's here: a demo never lies beside real data."""
    return not has_own_data() and not _is_whole()


def _is_unwanted() -> bool:
    was_removed = AuditEntry.objects.filter(action=REMOVED).exists()
    return is_asked_to_stop() or (was_removed and not has_demo())


def load_anew(*, now: datetime, today: date, progress: Progress | None = None) -> None:
    """Load the sample shop for somebody who asked for it, also after it was removed. What a removal
    or a loading left half done goes first.
    """
    if is_asked_to_stop() and has_demo():
        remove_demo(actor=_ACTOR, now=now)
    forget_wish()
    load_demo(now=now, today=today, progress=progress)


def _is_whole() -> bool:
    return CampaignResult.objects.filter(campaign__is_demo=True).exists()


def load_demo(
    *,
    now: datetime,
    today: date,
    seed: int = 20261123,
    people: int = PEOPLE,
    progress: Progress | None = None,
) -> None:
    """Make the business up and run the loop over it. Called again after a crash, it goes on: a
    file that is in already changes nothing.

    Raises DemoStopped when it is not wanted any more, DemoBusy when another process is at it.
    """

    def say(done: int, total: int, label: str) -> None:
        check_wanted()
        if progress is not None:
            progress(done, total, label)

    with demo_lock():
        say(1, _STEPS, "demo")
        day = _first_day(today)
        _load(_make(now=now, today=day, seed=seed, people=people), say)


def _load(demo: _Demo, say: Progress) -> None:
    today, now = demo.today, demo.now
    _open_sources(demo)
    start = today - timedelta(days=HISTORY_DAYS)
    before = list(demo.shop.receipts(demo.people, start=start, end=demo.campaign_day))
    _import_people(demo)
    say(8, _STEPS, "demo")
    _import_receipts(demo, before, name="before")
    say(30, _STEPS, "demo")
    at = datetime.combine(demo.campaign_day, time(2, 0), tzinfo=UTC)
    run_loop(as_of=demo.campaign_day, now=at, progress=_part(say, 30, 25))
    _run_campaign(demo, at=at)
    say(75, _STEPS, "demo")
    run_loop(as_of=today, now=now, progress=_part(say, 75, 24))
    _measure(now=now)
    say(_STEPS, _STEPS, "demo")


def _make(*, now: datetime, today: date, seed: int, people: int) -> _Demo:
    business = get_business()
    words = WORDS.get(business.language, WORDS["en"])
    shop = Shop(words=words, seed=seed)
    return _Demo(
        words=words,
        shop=shop,
        people=make_people(words=words, count=people, until=today, days=HISTORY_DAYS, rng=shop.rng),
        folder=files_folder(),
        currency=business.currency,
        campaign_day=today - timedelta(days=CAMPAIGN_DAYS_AGO),
        today=today,
        now=now,
    )


def _first_day(today: date) -> date:
    """Give the day the demo was begun on: after a crash at midnight the same shop goes on."""
    path = files_folder() / "day"
    if Source.objects.filter(is_demo=True).exists() and path.exists():
        return date.fromisoformat(path.read_text())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(today.isoformat())
    return today


def _open_sources(demo: _Demo) -> None:
    """Mark the sources before anything comes through them: whenever a crash comes, what is there
    is known to be made up.
    """
    for name in (demo.words.till, demo.words.web_shop):
        get_or_create_source(name=name, now=demo.now, is_demo=True)
    _mark(demo)


def _import_people(demo: _Demo) -> None:
    path = files.write_people(demo.folder / "people.csv", demo.people)
    agreed = ConsentTerms(
        status="unknown",
        basis=ConsentBasis.CONSENT,
        given_on=demo.today - timedelta(days=HISTORY_DAYS),
        proof="demo",
    )
    request = ImportRequest(
        kind=Kind.CUSTOMERS,
        path=path,
        source=demo.words.till,
        overrides=files.PEOPLE,
        consents={"email": agreed},
        is_demo=True,
    )
    import_file(request=request, now=demo.now, today=demo.today, actor=_ACTOR)


def _import_receipts(demo: _Demo, receipts: Iterable[list[Line]], *, name: str) -> None:
    """Bring receipts in as two files: the till's, and the web shop's with the same cards."""
    by_channel: dict[str, list[list[Line]]] = {"T": [], "W": []}
    for receipt in receipts:
        by_channel[receipt[0].order_number[0]].append(receipt)
    for letter, source in (("T", demo.words.till), ("W", demo.words.web_shop)):
        if not by_channel[letter]:
            continue
        path = files.write_orders(
            demo.folder / f"{name}-{letter}.csv",
            by_channel[letter],
            needs=demo.words.needs,
            currency=demo.currency,
        )
        request = ImportRequest(
            kind=Kind.ORDERS,
            path=path,
            source=source,
            overrides=files.ORDERS,
            currency=demo.currency,
            numbers_of="" if letter == "T" else demo.words.till,
            is_demo=True,
        )
        import_file(request=request, now=demo.now, today=demo.today, actor=_ACTOR)


def _mark(demo: _Demo) -> None:
    mark_demo(
        source_names=[demo.words.till, demo.words.web_shop],
        kinds=[SourceKind.TILL, SourceKind.WEB_SHOP],
    )


def _run_campaign(demo: _Demo, *, at: datetime) -> None:
    """Send the demo's campaign on its day and ring up what was bought after it."""
    campaign = Campaign.objects.filter(is_demo=True).first() or _draft_campaign(demo, at=at)
    if campaign.state == CampaignState.DRAFT:
        campaign = _choose_audience(campaign, demo, at=at)
    if campaign.state != CampaignState.SENT:
        replay_campaign(campaign=campaign, as_of=demo.campaign_day, at=at, now=demo.now)
    treated = _cards_of(campaign_id=campaign.id)
    after = list(demo.shop.receipts(demo.people, start=demo.campaign_day, end=demo.today))
    brought_back = [person for person in demo.people if files.card_of(person) in treated]
    after += demo.shop.extra_receipts(
        brought_back, start=demo.campaign_day, days=MEASURE_DAYS, chance=PLANTED_CHANCE
    )
    _import_receipts(demo, after, name="after")


def _draft_campaign(demo: _Demo, *, at: datetime) -> Campaign:
    segment = Segment.objects.filter(is_demo=True).first() or create_segment(
        name=demo.words.segment, staff=None, now=at, tree=REPEAT_BUYERS, is_demo=True
    )
    return create_campaign(
        name=demo.words.campaign,
        segment=segment,
        goal=Goal.BUY_AGAIN,
        language=get_business().language,
        staff=None,
        now=at,
        is_demo=True,
    )


def _choose_audience(campaign: Campaign, demo: _Demo, *, at: datetime) -> Campaign:
    form = AudienceForm(
        name=demo.words.campaign,
        segment_id=campaign.segment_id,
        control_rate=CONTROL_RATE,
        measure_days=MEASURE_DAYS,
    )
    return choose_audience(campaign=campaign, form=form, staff=None, now=at)


def _cards_of(*, campaign_id: int) -> set[str]:
    return set(
        AudienceMember.objects.filter(campaign_id=campaign_id, fate=Fate.TREATED).values_list(
            "customer__records__source_key", flat=True
        )
    )


def _measure(*, now: datetime) -> None:
    for campaign in Campaign.objects.filter(is_demo=True, launched_at__isnull=False):
        measure_campaign(campaign=campaign, now=now)


def _part(say: Progress, start: int, share: int) -> Progress:
    def report(done: int, total: int, label: str) -> None:
        say(start + (share * done // total if total else 0), _STEPS, label)

    return report
