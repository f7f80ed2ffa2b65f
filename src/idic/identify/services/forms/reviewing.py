"""Decides on forms that were held back: taken after all, or thrown away. Old ones go by
themselves.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from idic.core import ids
from idic.core.models import Business, Staff
from idic.core.services import audit
from idic.identify.models import Form, FormSubmission, HeldSubmission, SubmissionState
from idic.identify.public_forms.reading import Sent
from idic.identify.services.ingest.ledger import Tally

from .taking import store_held

KEPT_FOR = timedelta(days=60)
_SLICE = 200


def accept(
    *, submission_id: int, form: Form, staff: Staff, business: Business, now: datetime
) -> bool:
    """Take a form that was held back; tell whether it still was."""
    with transaction.atomic():
        submission = _lock(submission_id, form)
        if submission is None:
            return False
        held = HeldSubmission.objects.get(submission=submission)
        _decide(submission, SubmissionState.TAKEN, staff, now)
        store_held(
            submission=submission, sent=Sent.from_json(held.said), business=business, now=now
        )
        held.delete()
    return True


def discard(*, submission_id: int, form: Form, staff: Staff, now: datetime) -> bool:
    """Throw a form away that was held back, with all it said; tell whether it still was there."""
    with transaction.atomic():
        submission = _lock(submission_id, form)
        if submission is None:
            return False
        _decide(submission, SubmissionState.DISCARDED, staff, now)
        HeldSubmission.objects.filter(submission=submission).delete()
        _reject(submission)
    return True


def discard_old(*, now: datetime) -> int:
    """Throw away what nobody decided on for two months; give how many."""
    old = FormSubmission.objects.filter(
        state=SubmissionState.HELD, received_at__lt=now - KEPT_FOR
    ).select_related("form")[:_SLICE]
    count = 0
    for submission in old:
        with transaction.atomic():
            submission.state, submission.decided_at = SubmissionState.DISCARDED, now
            submission.save(update_fields=["state", "decided_at"])
            HeldSubmission.objects.filter(submission=submission).delete()
            _reject(submission)
        count += 1
    return count


def _lock(submission_id: int, form: Form) -> FormSubmission | None:
    rows = FormSubmission.objects.select_for_update().filter(form=form, id=submission_id)
    submission = rows.filter(state=SubmissionState.HELD).first()
    if submission is not None:
        submission.form = form
    return submission


def _decide(
    submission: FormSubmission, state: SubmissionState, staff: Staff, now: datetime
) -> None:
    submission.state, submission.decided_at = state, now
    submission.decided_by_name = staff.display_name
    submission.save(update_fields=["state", "decided_at", "decided_by_name"])
    audit.record(
        at=now,
        actor=staff.email,
        action=f"submission.{state}",
        subject_type="submission",
        subject_id=ids.encode("submission", submission.id),
    )


def _reject(submission: FormSubmission) -> None:
    tally, day = Tally(), submission.received_at.date()
    tally.take_back(source_id=submission.form.source_id, day=day, column="quarantined")
    tally.add(source_id=submission.form.source_id, day=day, column="rejected")
    tally.write()
