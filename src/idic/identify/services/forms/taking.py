"""Takes a form that was sent, by the same way as any other call: record, customer, traits and
event through the loader's own service, then who agreed to what and which questions were answered.
A second press of the same page changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from idic.core import ids
from idic.core.jobs import publish
from idic.core.models import Business
from idic.identify.events import CustomersChanged
from idic.identify.ingest.calls import Arrival, Call
from idic.identify.ingest.frames import Endpoint
from idic.identify.models import (
    AskingWay,
    Consent,
    ConsentBasis,
    ConsentStatus,
    ConsentWording,
    Customer,
    Event,
    Form,
    FormSubmission,
    HeldSubmission,
    Identifier,
    IdentifierType,
    PersonalLink,
    Purpose,
    Question,
    RecordKind,
    SourceRecord,
    SubmissionState,
    Trait,
)
from idic.identify.public_forms.places import ADDRESS_OF
from idic.identify.public_forms.reading import Sent
from idic.identify.public_forms.visitors import find_visitor
from idic.identify.questions.memory import find_known
from idic.identify.services import golden
from idic.identify.services.consent import record_consent
from idic.identify.services.identity import record_matches
from idic.identify.services.ingest.ledger import Tally
from idic.identify.services.ingest.loading import load
from idic.identify.services.owners import find_owners
from idic.identify.services.questions.asking import Asker, note_asking, settle
from idic.identify.services.tombstones import has_tombstones, lift_tombstones

from . import confirming

EVENT_KIND = "form_submitted"


@dataclass(frozen=True, slots=True)
class _Who:
    """Who sent a form, as far as that is known without what they write: `is_own` by a link of their
    own, else by the device alone.
    """

    customer: Customer | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class Before:
    """What was known of whoever sent a form, before it was taken."""

    customer: Customer | None
    known: dict[str, str]  # trait → value that still holds
    firm: dict[str, str]  # trait → value that was pinned or verified


def take_submission(
    *,
    form: Form,
    key: str,
    sent: Sent,
    reason: str,
    link: PersonalLink | None,
    business: Business,
    now: datetime,
    recognised: Customer | None = None,
) -> FormSubmission | None:
    """Take a form, or hold it back where `reason` says so; None when it was taken before. Who came
    by a link of their own is that customer, and what they say is verified. Who is `recognised` by
    their device is that customer too, unless they write another one's address; nothing is verified.
    """
    try:
        with transaction.atomic():
            submission = FormSubmission.objects.create(
                form=form,
                key=key,
                state=SubmissionState.HELD if reason else SubmissionState.TAKEN,
                reason=reason,
                language=sent.language,
                received_at=now,
            )
            if reason:
                _hold(submission, sent, now)
            else:
                who = _Who(link.customer if link else recognised, is_own=link is not None)
                _store(submission, sent, who, business, Tally(), now)
    except IntegrityError:
        if FormSubmission.objects.filter(form=form, key=key).exists():
            _count(form, "duplicate", now)
            return None
        raise
    return submission


def store_held(
    *, submission: FormSubmission, sent: Sent, business: Business, now: datetime
) -> None:
    """Take what was held back: it moves in the ledger. Call it in a transaction."""
    tally, day = Tally(), submission.received_at.date()
    tally.take_back(source_id=submission.form.source_id, day=day, column="quarantined")
    is_demo = submission.form.source.is_demo
    known = find_visitor(visitor=sent.visitor, is_demo=is_demo) if sent.is_recognised else None
    _store(submission, sent, _Who(known, is_own=False), business, tally, now)


def _hold(submission: FormSubmission, sent: Sent, now: datetime) -> None:
    HeldSubmission.objects.create(
        submission=submission, address=sent.email or sent.phone, said=sent.to_json()
    )
    _count(submission.form, "quarantined", now)


def _count(form: Form, column: str, now: datetime) -> None:
    with transaction.atomic():
        tally = Tally()
        tally.add(source_id=form.source_id, day=now.date(), column=column)
        tally.write()


def _store(
    submission: FormSubmission,
    sent: Sent,
    who: _Who,
    business: Business,
    tally: Tally,
    now: datetime,
) -> None:
    form = submission.form
    who = _settle(who, sent, is_demo=form.source.is_demo)
    questions = Question.objects.in_bulk(sent.asked)
    answers = {questions[n].trait: value for n, value in sent.answers if n in questions}
    _welcome_back(sent, submission, now)
    before = _find_before(form, sent, who, list(questions.values()), now)
    call = _call(submission, sent, answers, who)
    if who.customer is not None:
        _own_record(form, who.customer, call.user_id, now)
    arrival = Arrival(form.source_id, Endpoint.IDENTIFY, submission.received_at, "", b"", call)
    load(arrivals=[arrival], tally=tally, mark=None, business=business, now=now)
    found = Event.objects.filter(source_id=form.source_id, message_id=call.message_id)
    event = found.select_related("record").first()
    if event is None or event.record is None:  # erased since: nothing of them is kept
        return
    record = event.record
    _write_answers(record, call.traits, is_own_word=who.is_own, now=now)
    _note_askings(record, questions, dict(sent.answers), before, form, now)
    _write_consents(record, submission, sent, before, who, now=now)
    _join_visits(record, sent.visitor, form, now)
    submission.record = record
    submission.differs = sorted(
        name
        for name, value in call.traits.items()
        if not who.is_own and before.firm.get(name, value) != value
    )
    submission.save(update_fields=["record", "differs"])


def _settle(who: _Who, sent: Sent, *, is_demo: bool) -> _Who:
    """Let nobody be who they are not: who is known on a device and writes an address that is
    another's, or another one than theirs, is whoever that address says.
    """
    if who.customer is None or who.is_own:
        return who
    for kind in ("phone", "email"):
        said, known = getattr(sent, kind), getattr(who.customer, kind)
        if said and said != known:
            owners = find_owners(addresses=[(kind, said)], is_demo=is_demo).get((kind, said))
            if known or owners:
                return _Who(None, is_own=False)
    return who


def _welcome_back(sent: Sent, submission: FormSubmission, now: datetime) -> None:
    """Let somebody who was erased and now registers afresh, agreeing to something, come in. Afresh
    is a page that was opened since: an old one sent once more brings nobody back.
    """
    if sent.agreed and has_tombstones():
        names = [(kind, value) for kind in ("phone", "email") if (value := getattr(sent, kind))]
        shown = datetime.fromisoformat(sent.shown_at) if sent.shown_at else submission.received_at
        lift_tombstones(names=names, consented_at=shown, now=now)


def _find_before(
    form: Form,
    sent: Sent,
    who: _Who,
    questions: Collection[Question],
    now: datetime,
) -> Before:
    customer = who.customer or _find_owner(sent, is_demo=form.source.is_demo)
    if customer is None:
        return Before(None, {}, {})
    known = find_known(customer=customer, questions=questions)
    firm = _list_firm(customer.id)
    return Before(customer, {n: k.value for n, k in known.items() if k.holds(now)}, firm)


def _list_firm(customer_id: int) -> dict[str, str]:
    """Give the values that staff pinned or the customer confirmed: no form changes them."""
    rows = golden.list_in_force().filter(record__customer_id=customer_id)
    firm = rows.filter(Q(is_pinned=True) | Q(verified_at__isnull=False))
    return dict(firm.order_by("is_pinned", "observed_at", "id").values_list("name", "value"))


def _find_owner(sent: Sent, *, is_demo: bool) -> Customer | None:
    """Give the one customer these addresses belong to, as the loader will find them."""
    addresses = [(kind, value) for kind in ("phone", "email") if (value := getattr(sent, kind))]
    owners = find_owners(addresses=addresses, is_demo=is_demo)
    sure = {next(iter(found)) for found in owners.values() if len(found) == 1}
    return Customer.objects.filter(id=sure.pop()).first() if len(sure) == 1 else None


def _call(
    submission: FormSubmission,
    sent: Sent,
    answers: dict[str, str],
    who: _Who,
) -> Call:
    contact = {"name": sent.name, "phone": sent.phone, "email": sent.email}
    is_nobody = not sent.phone and not sent.email and who.customer is None
    return Call(
        type="identify",
        message_id=f"form:{submission.id}",
        user_id=ids.encode("customer", who.customer.id) if who.customer else "",
        # Without a way to reach them it is nobody yet: a record without a customer.
        anonymous_id=f"form:{submission.id}" if is_nobody else "",
        kind=EVENT_KIND,
        occurred_at=submission.received_at,
        received_at=submission.received_at,
        detail={"name": submission.form.name},
        traits={name: value for name, value in {**contact, **answers}.items() if value},
    )


def _own_record(form: Form, customer: Customer, key: str, now: datetime) -> None:
    """Let who is known already have a record of the form, so that it is them."""
    SourceRecord.objects.get_or_create(
        source_id=form.source_id,
        source_key=key,
        defaults={
            "kind": RecordKind.COMPANY if customer.is_company else RecordKind.PERSON,
            "customer_id": customer.id,
            "created_at": now,
        },
    )


def _write_answers(
    record: SourceRecord, said: Mapping[str, str], *, is_own_word: bool, now: datetime
) -> None:
    """Let what was said again hold from now on, and what their own link proves be verified."""
    mine = Trait.objects.filter(record=record, observed_at=now)
    new = set(mine.values_list("name", flat=True))
    Trait.objects.bulk_create(
        Trait(record=record, name=name, value=value, observed_at=now)
        for name, value in said.items()
        if name not in new
    )
    if is_own_word:
        Trait.objects.filter(record=record, observed_at=now).update(verified_at=now)
    if record.customer_id is not None:
        for number, columns in golden.find_changes(customer_ids=[record.customer_id]):
            Customer.objects.filter(id=number).update(**columns)


def _note_askings(
    record: SourceRecord,
    questions: dict[int, Question],
    answers: dict[int, str],
    before: Before,
    form: Form,
    now: datetime,
) -> None:
    by = Asker(None, AskingWay.FORM, form.name)
    traits = {
        one.name: one for one in Trait.objects.filter(record=record).order_by("observed_at", "id")
    }
    for number, question in questions.items():
        is_repeat = question.trait in before.known
        asking = note_asking(
            question=question, record_id=record.id, by=by, is_repeat=is_repeat, now=now
        )
        if value := answers.get(number):
            settle(asking=asking, value=value, trait=traits.get(question.trait), now=now)


def _write_consents(
    record: SourceRecord,
    submission: FormSubmission,
    sent: Sent,
    before: Before,
    who: _Who,
    *,
    now: datetime,
) -> None:
    """Note who agreed to what, with the wording they saw. A stranger cannot take back another's
    refusal: where an address refused before, only its own link may allow it again. Where the form
    has mails confirmed, nothing is allowed yet.
    """
    wordings = ConsentWording.objects.in_bulk([word for _c, _p, word in sent.agreed])
    form = submission.form
    for channel, purpose, word in sent.agreed:
        kind = ADDRESS_OF.get(channel, "")
        address = getattr(sent, kind, "") if kind else ""
        is_mailed = channel == confirming.CHANNEL and form.confirms_email
        # Whoever sits at somebody's device agrees to nothing for an address they did not write.
        if not address and who.customer is not None and (who.is_own or is_mailed):
            address = getattr(who.customer, kind, "")
        if not address or word not in wordings:
            continue
        if is_mailed:
            confirming.ask_to_confirm(
                record=record,
                submission=submission,
                wording=wordings[word],
                address=address,
                purpose=purpose,
                now=now,
            )
            continue
        if not who.is_own and _has_refused(address, channel, purpose):
            continue
        record_consent(
            address=address,
            channel=channel,
            purpose=Purpose(purpose),
            status=ConsentStatus.GRANTED,
            basis=ConsentBasis.CONSENT,
            record_id=record.id,
            proof=f"form {form.name}, {ids.encode('submission', submission.id)}",
            wording_version=confirming.say_wording(wordings[word], language=sent.language),
            given_at=submission.received_at,
            now=now,
            is_own_word=who.is_own,
        )


def _has_refused(address: str, channel: str, purpose: str) -> bool:
    rows = Consent.objects.filter(address=address, channel=channel, purpose=purpose)
    latest = rows.order_by("-given_at", "-id").values_list("status", flat=True).first()
    return latest == ConsentStatus.DENIED


def _join_visits(record: SourceRecord, visitor: str, form: Form, now: datetime) -> None:
    """Who was looking around on the website and now says who they are keeps what they did there:
    the device's record without an owner becomes theirs.
    """
    if not visitor or record.customer_id is None:
        return
    devices = Identifier.objects.filter(
        type=IdentifierType.DEVICE,
        value=visitor,
        record__kind=RecordKind.DEVICE,
        record__customer=None,
        record__source__is_demo=form.source.is_demo,
    ).exclude(record__source_id=form.source_id)
    found = sorted(set(devices.values_list("record_id", flat=True)))
    SourceRecord.objects.filter(id__in=found, customer=None).update(customer_id=record.customer_id)
    owner = record.customer_id
    record_matches(matches=[(number, owner, "rule:form") for number in found], now=now)
    if found:
        publish(event=CustomersChanged(customer_ids=(owner,)))
