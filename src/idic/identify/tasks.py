"""Background entry points of Identify: they read their arguments and call a service."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.utils import translation

from idic.core import clock
from idic.core.jobs import JobCancelled, Schedule, progress, task
from idic.core.selectors import get_as_of, get_business
from idic.identify.models import CleaningAct, ImportRun, ImportState, Mailbox, Pull
from idic.identify.services import mailboxes, matching, ownerless, privacy
from idic.identify.services.cleaning import deciding, looking, measuring, running
from idic.identify.services.consent.sealing import seal_ledger
from idic.identify.services.flush import flush_to_lake
from idic.identify.services.forms import confirming, links, reviewing
from idic.identify.services.imports import drafts
from idic.identify.services.imports.lock import ImportBusy
from idic.identify.services.imports.undoing import running as undoing
from idic.identify.services.ingest import pulling
from idic.identify.services.ingest.retention import delete_old_problems
from idic.identify.services.survivorship import recompute

_OVER = {
    *(ImportState.PUBLISHED, ImportState.CANCELLED),
    *(ImportState.UNDOING, ImportState.UNDONE),
}
# Another import holds the lock: look again after this.
_WHILE_BUSY = timedelta(seconds=5)


@task(queue_name="long", max_attempts=4)
def run_import(*, run_id: int) -> str:
    """Bring in the file of a run; give the state it ended in. Running twice changes nothing."""
    run = ImportRun.objects.select_related("created_by").get(id=run_id)
    if run.state in _OVER:
        return run.state
    today = clock.today(time_zone=get_business().time_zone)
    with translation.override(run.options.get("language", "en")):
        try:
            drafts.carry_out(run=run, now=clock.now(), today=today, progress=_report)
        except JobCancelled:
            drafts.cancel(run=run)
            raise
        except ImportBusy:
            run_import.using(run_after=clock.now() + _WHILE_BUSY).enqueue(run_id=run_id)
    run.refresh_from_db(fields=["state"])
    return run.state


@task(queue_name="long", max_attempts=4)
def undo_import(*, run_id: int, actor: str) -> None:
    """Undo a run. Run again after a crash, it goes on."""
    try:
        undoing.undo_import(run_id=run_id, actor=actor, now=clock.now(), progress=_report)
    except ImportBusy:
        later = undo_import.using(run_after=clock.now() + _WHILE_BUSY)
        later.enqueue(run_id=run_id, actor=actor)


@task(queue_name="long", max_attempts=2)
def check_import(*, run_id: int, language: str) -> None:
    """Do the dry run of a large file."""
    run = ImportRun.objects.get(id=run_id)
    if run.state == ImportState.DRAFT:
        today = clock.today(time_zone=get_business().time_zone)
        with translation.override(language):
            drafts.try_out(run=run, now=clock.now(), today=today)


@task(queue_name="long", max_attempts=4, unique_key="identify.flush")
def flush() -> None:
    """Bring the lake up to what was written singly."""
    flush_to_lake(now=clock.now())


@task(queue_name="long", max_attempts=2, unique_key="identify.ingest_problems")
def forget_ingest_problems() -> None:
    """Let go of calls of websites that were not stored long ago."""
    delete_old_problems(now=clock.now())


@task(queue_name="long", max_attempts=2, unique_key="identify.pulls")
def pull_shop_systems() -> None:
    """Ask every connected shop system for what is new."""
    for pull_id in pulling.list_due(now=clock.now()):
        key = pulling.pull_key(pull_id=pull_id)
        pull_shop_system.using(unique_key=key).enqueue(pull_id=pull_id)


@task(queue_name="long", max_attempts=4)
def pull_shop_system(*, pull_id: int) -> None:
    """Ask one. Killed in between, it goes on where what came is safe."""
    pull = Pull.objects.select_related("source").filter(id=pull_id, is_off=False).first()
    if pull is None:
        return
    home = settings.IDIC_HOME
    again = pulling.pull(
        pull=pull,
        home=home,
        api=settings.IDIC_KIOTVIET_API,
        login=settings.IDIC_KIOTVIET_LOGIN,
        now=clock.now(),
        progress=lambda done, label: _report(done, 0, label),
    )
    if again is not None:
        later = pull_shop_system.using(
            unique_key=pulling.pull_key(pull_id=pull_id), run_after=again
        )
        later.enqueue(pull_id=pull_id)


@task(queue_name="long", max_attempts=2, unique_key="identify.forms")
def forget_old_forms() -> None:
    """Let go of forms nobody decided on, and of links that ended."""
    reviewing.discard_old(now=clock.now())
    links.delete_old(now=clock.now())
    confirming.delete_old(now=clock.now())


@task(queue_name="long", max_attempts=2, priority=-10)
def clean_import(*, run_id: int) -> int:
    """Look for values of an import's people that could be better. Twice is once."""
    return running.clean_run(run_id=run_id, now=clock.now(), today=_today())


@task(max_attempts=2)
def clean_people(*, customer_ids: list[int]) -> int:
    """Look at people of whom something else is known now."""
    context = running.get_context(today=_today())
    return looking.look_at_some(customer_ids=customer_ids, context=context, now=clock.now())


@task(queue_name="long", max_attempts=2, priority=-10, unique_key="identify.cleaning")
def clean_everything() -> None:
    """Look at everybody's values, and measure."""
    running.clean_all(
        now=clock.now(),
        today=_today(),
        progress=lambda done, total: _report(done, total, "cleaning"),
    )


@task(queue_name="long", max_attempts=2, priority=-10, unique_key="identify.quality")
def measure_quality() -> None:
    """Measure how complete, valid and fresh the values are today."""
    measuring.measure(as_of=get_as_of(get_business()), now=clock.now())


@task(queue_name="long", max_attempts=4)
def decide_all(*, act_id: int) -> None:
    """Accept or let be all proposals of an act's reason. Run again after a crash, it goes on."""
    act = CleaningAct.objects.get(id=act_id)
    deciding.carry_out(
        act=act, now=clock.now(), progress=lambda done, total: _report(done, total, "cleaning")
    )


@task(queue_name="long", max_attempts=4, unique_key="identify.link_sure")
def link_sure_orders(*, actor: str) -> int:
    """Give each order its customer where that is sure. Run again after a crash, it goes on."""
    came = ownerless.link_sure(
        actor=actor, now=clock.now(), progress=lambda done: _report(done, 0, "orders")
    )
    return len(came)


@task(queue_name="long", max_attempts=4)
def undo_decision(*, act_id: int, actor: str) -> None:
    """Take a decision back. Run again after a crash, it goes on."""
    deciding.undo(
        act_id=act_id,
        actor=actor,
        now=clock.now(),
        progress=lambda done, total: _report(done, total, "cleaning"),
    )


@task(queue_name="long", max_attempts=4)
def erase_customer(*, customer_id: int, actor: str) -> dict[str, int]:
    """Erase a person everywhere. Run again after a crash, it goes on."""
    return privacy.erase_person(
        customer_id=customer_id, actor=actor, now=clock.now(), progress=_report
    )


@task(queue_name="long", max_attempts=4, unique_key="identify.recompute_values")
def recompute_values() -> int:
    """Let every customer show what the rules say now. Run again after a crash, it ends the same."""
    return recompute(progress=_report)


@task(max_attempts=2, unique_key="identify.seal_consents")
def seal_consents() -> int:
    """Seal what the consent ledger has taken in since."""
    return seal_ledger(now=clock.now())


@task(queue_name="long", max_attempts=3, priority=-10, unique_key="identify.matching")
def match_shop(*, is_demo: bool = False) -> None:
    """Find out anew who is who among everybody, or among the sample shop's people. Run again after
    a crash, it ends the same.
    """
    matching.fit_and_match(now=clock.now(), is_demo=is_demo, progress=_report)


@task(queue_name="long", max_attempts=3, priority=-10)
def match_import(*, run_id: int) -> None:
    """Find out who is who among an import's people. Twice is once."""
    matching.match_import(run_id=run_id, now=clock.now(), progress=_report)


@task(max_attempts=2)
def match_people(*, customer_ids: list[int]) -> int:
    """Find out who people are of whom a website told something."""
    return matching.match_people(customer_ids=customer_ids, now=clock.now())


@task(queue_name="long", max_attempts=4)
def accept_pairs(*, act_id: int) -> int:
    """Join all pairs of an acceptance. Run again after a crash, it goes on."""
    act = matching.accept_above(
        act_id=act_id,
        now=clock.now(),
        progress=lambda done, total: _report(done, total, "matching"),
    )
    return act.count


@task(queue_name="long", max_attempts=4)
def undo_accepted_pairs(*, act_id: int, actor: str) -> int:
    """Take an acceptance back. Run again after a crash, it goes on."""
    return matching.undo_accepting(
        act_id=act_id,
        actor=actor,
        now=clock.now(),
        progress=lambda done, total: _report(done, total, "matching"),
    )


@task(queue_name="long", max_attempts=3)
def read_mailbox(*, mailbox_id: int) -> int:
    """Bring in what is new in a mailbox. Run again after a crash, it goes on."""
    return mailboxes.read_mailbox(
        mailbox_id=mailbox_id,
        business=get_business(),
        now=clock.now(),
        progress=lambda done, total: _report(done, total, "mails"),
    )


@task(max_attempts=2, unique_key="identify.mailboxes")
def read_mailboxes() -> None:
    """Have every mailbox read that is on."""
    for number in Mailbox.objects.filter(is_on=True).values_list("id", flat=True):
        read_mailbox.using(unique_key=f"identify.mailbox.{number}").enqueue(mailbox_id=number)


def _today() -> date:
    return clock.today(time_zone=get_business().time_zone)


def _report(done: int, total: int, label: str) -> None:
    progress(done=done, total=total or None, label=label)


SCHEDULES = [
    Schedule(name="identify.pulls", task=pull_shop_systems, cron="*/10 * * * *"),
    # Imports and websites have theirs looked at when they come: this is for rules that are new.
    Schedule(name="identify.cleaning", task=clean_everything, every=timedelta(days=7)),
    Schedule(name="identify.matching", task=match_shop, every=timedelta(days=7)),
    Schedule(name="identify.quality", task=measure_quality, every=timedelta(hours=24)),
    Schedule(name="identify.mailboxes", task=read_mailboxes, every=timedelta(minutes=5)),
    Schedule(name="identify.flush", task=flush, every=timedelta(minutes=10)),
    Schedule(name="identify.seal_consents", task=seal_consents, every=timedelta(minutes=5)),
    Schedule(name="identify.forms", task=forget_old_forms, every=timedelta(hours=24)),
    Schedule(
        name="identify.ingest_problems", task=forget_ingest_problems, every=timedelta(hours=24)
    ),
]
