"""Sets up a made-up business through the same doors as real files: people as each source knows
them, receipts up to a day, campaigns on that day with control groups, and what was bought after.

What each campaign did is planted, and so is who is who, who left and who needs what: that truth is
kept, so that *Measure* can be held against it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path

from idic.core.money import exponent
from idic.core.selectors import get_business
from idic.core.services import audit
from idic.identify.importing.columns import Kind
from idic.identify.importing.terms import ConsentTerms
from idic.identify.models import ConsentBasis, SourceKind
from idic.identify.selectors import has_demo
from idic.identify.services.demo import mark_demo
from idic.identify.services.demo_loading import (
    check_wanted,
    demo_lock,
    forget_wish,
    is_asked_to_stop,
)
from idic.identify.services.demo_removal import remove_demo
from idic.identify.services.imports.request import ImportRequest
from idic.identify.services.imports.running import import_file
from idic.identify.services.matching import fit_and_match
from idic.identify.services.sources import get_or_create_source
from idic.interact.models import Campaign
from idic.measure.services.effects import measure
from idic.measure.truth import TrueEffect, TruePerson, Truth, save_truth
from idic.web.demo import files
from idic.web.demo.happenings import is_growing
from idic.web.demo.making import Making, make, plant
from idic.web.demo.shopping import Receipts, join
from idic.web.demo.words import TRADES, Plan
from idic.web.selectors.demo import LOADED
from idic.web.selectors.demo import is_needed as is_needed
from idic.web.selectors.demo import is_possible as is_possible
from idic.web.services.demo_campaigns import (
    count_treated,
    list_treated_records,
    run_campaign,
    watch_for_upsell,
)
from idic.web.services.demo_care import put_down_care, put_down_happenings
from idic.web.services.demo_files import files_folder
from idic.web.services.demo_questions import put_down_questions
from idic.web.services.loop import run_loop

Progress = Callable[[int, int, str], None]

SEED = 20261123
_ACTOR = "system:demo"
_STEPS = 100
_KINDS = {
    "till": SourceKind.TILL,
    "web": SourceKind.WEB_SHOP,
    "newsletter": SourceKind.FORM,
    "support": SourceKind.MAILBOX,
    "paper": SourceKind.FILE,
}
# Of the bar, what is done when people are in, and what the stages and the end take.
_PEOPLE_IN, _STAGES_IN, _ALL_IN = 8, 60, 74


@dataclass
class _Demo:
    """The demo under way, and what its campaigns have brought and cost so far."""

    making: Making
    folder: Path
    currency: str
    now: datetime
    extra: list[Receipts] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)
    effects: list[TrueEffect] = field(default_factory=list)


def find_trade() -> str:
    """Tell which sample business stands here or is being set up; empty for none."""
    return _begun().get("trade", "") if has_demo() else ""


def load_anew(
    *,
    now: datetime,
    today: date,
    trade: str = TRADES[0],
    people: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Load a sample business for somebody who asked for it, also after it was removed. What a
    removal or a loading left half done goes first.
    """
    if has_demo() and (is_asked_to_stop() or find_trade() != trade):
        remove_demo(actor=_ACTOR, now=now)
    forget_wish()
    load_demo(now=now, today=today, trade=trade, people=people, progress=progress)


def load_demo(
    *,
    now: datetime,
    today: date,
    trade: str = "",
    seed: int = SEED,
    people: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Make the business up and run the loop over it. Called again after a crash, it goes on with
    the trade it had begun: a file that is in already changes nothing.

    Raises DemoStopped when it is not wanted any more, DemoBusy when another process is at it.
    """

    def say(done: int, total: int, label: str) -> None:
        check_wanted()
        if progress is not None:
            progress(done, total, label)

    with demo_lock():
        say(1, _STEPS, "demo")
        chosen, day = _begin(trade, today)
        business = get_business()
        making = make(trade=chosen, language=business.language, today=day, seed=seed, people=people)
        _load(_Demo(making, files_folder(), business.currency, now), say)


def _begin(trade: str, today: date) -> tuple[str, date]:
    """Give the trade and the day the demo was begun with: after a crash at midnight the same
    business goes on.
    """
    begun = _begun()
    if has_demo() and begun:
        return begun["trade"], date.fromisoformat(begun["day"])
    begun = {"trade": trade or TRADES[0], "day": today.isoformat()}
    path = files_folder() / "begun.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(begun))
    return begun["trade"], today


def _begun() -> dict[str, str]:
    try:
        read = json.loads((files_folder() / "begun.json").read_text())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) and read.get("trade") in TRADES else {}


def _load(demo: _Demo, say: Progress) -> None:
    making = demo.making
    _open_sources(demo)
    _save_truth(demo)
    _import_people(demo)
    # Who is who was known before the first campaign: only then do its arms hold whole people.
    known = datetime.combine(making.start, time(2, 0), tzinfo=UTC)
    fit_and_match(now=demo.now, is_demo=True, joined_at=known)
    say(_PEOPLE_IN, _STEPS, "demo")
    stages = _stages(making)
    share = (_STAGES_IN - _PEOPLE_IN) // len(stages)
    since = making.start
    for place, (day, plans) in enumerate(stages):
        _run_stage(demo, since, day, plans, _part(say, _PEOPLE_IN + share * place, share))
        since = day
    _import_receipts(demo, since, making.today, name="last")
    say(_STAGES_IN, _STEPS, "demo")
    put_down_happenings(making=making, now=demo.now)
    put_down_care(making=making)
    put_down_questions(making=making, now=demo.now)
    _save_truth(demo)
    say(_ALL_IN, _STEPS, "demo")
    run_loop(as_of=making.today, now=demo.now, progress=_part(say, _ALL_IN, 99 - _ALL_IN))
    measure(campaigns=list(Campaign.objects.filter(is_demo=True)), now=demo.now)
    if "upsell" in making.trade.says:
        days = int(making.trade.number("upsell_days"))
        watch_for_upsell(
            name=making.trade.says["upsell"], days=days, as_of=making.today, now=demo.now
        )
    audit.record(at=demo.now, actor=_ACTOR, action=LOADED, detail={"trade": making.trade.name})
    say(_STEPS, _STEPS, "demo")


def _stages(making: Making) -> list[tuple[date, list[Plan]]]:
    """Give the days of campaigns in order, each with its campaigns."""
    plans = sorted(making.trade.plans, key=lambda plan: -plan.days_ago)
    return [
        (making.today - timedelta(days=days), list(group))
        for days, group in groupby(plans, key=lambda plan: plan.days_ago)
    ]


def _run_stage(demo: _Demo, since: date, day: date, plans: list[Plan], say: Progress) -> None:
    """Bring in what was bought up to a day, look at everybody as of it, and send its campaigns."""
    say(0, 4, "demo")
    _import_receipts(demo, since, day, name=f"{day:%y%m%d}")
    at = datetime.combine(day, time(2, 0), tzinfo=UTC)
    run_loop(as_of=day, now=at, progress=_within(say, 1, 2, 4))
    numbers = _numbers(demo)
    for plan in plans:
        campaign = run_campaign(plan=plan, day=day, now=demo.now)
        found = (numbers.get(pair) for pair in list_treated_records(campaign=campaign))
        extra, lost, truth = plant(
            demo.making,
            plan,
            treated={number for number in found if number is not None},
            customers=count_treated(campaign=campaign),
            digits=exponent(demo.currency),
        )
        demo.extra.append(extra)
        demo.lost.update(lost)
        demo.effects.append(TrueEffect(campaign.id, truth.rate, truth.amount))
    say(4, 4, "demo")


def _numbers(demo: _Demo) -> dict[tuple[str, str], int]:
    """Give whom each key of each source stands for."""
    names = demo.making.trade.sources
    return {
        (names[source], record.key): record.person
        for source, records in demo.making.records.items()
        for record in records
    }


def _open_sources(demo: _Demo) -> None:
    """Mark the sources before anything comes through them: whenever a crash comes, what is there
    is known to be made up.
    """
    listed = list(demo.making.records)
    names = [demo.making.trade.sources[source] for source in listed]
    for name in names:
        get_or_create_source(name=name, now=demo.now, is_demo=True)
    mark_demo(source_names=names, kinds=[_KINDS[source] for source in listed])


def _import_people(demo: _Demo) -> None:
    for source, records in demo.making.records.items():
        columns = files.people_columns(source)
        agreed = ConsentTerms(
            status="unknown",
            basis=ConsentBasis.CONSENT,
            given_on=demo.making.start,
            proof=demo.making.trade.sources[source],
        )
        request = ImportRequest(
            kind=Kind.CUSTOMERS,
            path=files.write_people(demo.folder / f"{source}.csv", records, source=source),
            source=demo.making.trade.sources[source],
            overrides=columns,
            consents={"email": agreed} if "consent_email" in columns else {},
            is_demo=True,
        )
        import_file(request=request, now=demo.now, today=demo.making.today, actor=_ACTOR)


def _import_receipts(demo: _Demo, low: date, high: date, *, name: str) -> None:
    """Bring in what was bought from one day to before another, a file a source: all but what the
    campaigns cost, and what they brought.
    """
    making, brought = demo.making, demo.extra
    receipts = join([making.shop.between(low, high, without=demo.lost), *brought])
    demo.extra = []
    paths = files.write_orders(
        demo.folder,
        making.shop,
        receipts,
        making.sides(receipts),
        currency=demo.currency,
        name=name,
    )
    for source, path in sorted(paths.items()):
        request = ImportRequest(
            kind=Kind.ORDERS,
            path=path,
            source=making.trade.sources[source],
            overrides=files.ORDERS,
            currency=demo.currency,
            is_demo=True,
        )
        import_file(request=request, now=demo.now, today=making.today, actor=_ACTOR)


def _save_truth(demo: _Demo) -> None:
    making = demo.making
    save_truth(
        Truth(
            trade=making.trade.name,
            people=[
                TruePerson(one.number, one.need, one.channel, one.stops, is_growing(one))
                for one in making.people
            ],
            records={
                making.trade.sources[source]: {one.key: one.person for one in records}
                for source, records in making.records.items()
            },
            effects=demo.effects,
        )
    )


def _part(say: Progress, start: int, share: int) -> Progress:
    return _within(say, start, share, _STEPS)


def _within(say: Progress, start: int, share: int, whole: int) -> Progress:
    """Map a part's own progress onto its stretch of the whole."""

    def report(done: int, total: int, label: str) -> None:
        say(start + (share * done // total if total else 0), whole, label)

    return report
