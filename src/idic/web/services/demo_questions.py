"""Lets the sample business have asked some of its people something: only what the memory of
questions says nobody knows, so that nobody was asked twice. Run again, it changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from idic.core.selectors import get_business
from idic.identify.models import Asking, AskingWay, SourceRecord
from idic.identify.questions.memory import what_to_ask
from idic.identify.services.questions.asking import Asker, note_told
from idic.identify.services.questions.editing import ensure_standard
from idic.web.demo.making import Making

_TRAIT = "occupation"
_PEOPLE, _SPAN_DAYS, _QUESTIONS = 40, 80, 12
_UNANSWERED_EVERY = 4
_WAYS = {"newsletter": AskingWay.FORM, "support": AskingWay.STAFF}
_ANSWERS = {
    "en": ("Teacher", "Nurse", "Accountant", "Driver", "Shop owner", "Student"),
    "vi": ("Giáo viên", "Y tá", "Kế toán", "Tài xế", "Chủ tiệm", "Sinh viên"),
    "zh-hans": ("教师", "护士", "会计", "司机", "店主", "学生"),
}


def put_down_questions(*, making: Making, now: datetime) -> None:
    """Ask on the newsletter's form and in conversation; three of four answer."""
    ensure_standard(now=now)
    if Asking.objects.filter(record__source__is_demo=True).exists():
        return
    answers = _ANSWERS.get(get_business().language, _ANSWERS["en"])
    with transaction.atomic():
        for source, way in _WAYS.items():
            if name := making.trade.sources.get(source, ""):
                _ask_some(name, way, answers, now)


def _ask_some(name: str, way: AskingWay, answers: tuple[str, ...], now: datetime) -> None:
    records = SourceRecord.objects.filter(
        source__is_demo=True, source__name=name, kind="person", customer__isnull=False
    ).select_related("customer")
    for place, record in enumerate(records.order_by("id")[: _PEOPLE // len(_WAYS)]):
        at = now - timedelta(days=_SPAN_DAYS - place % _SPAN_DAYS)
        if record.customer is None:
            continue
        open_ones = what_to_ask(customer=record.customer, limit=_QUESTIONS, now=at)
        for one in open_ones:
            if one.question.trait == _TRAIT:
                is_silent = place % _UNANSWERED_EVERY == _UNANSWERED_EVERY - 1
                note_told(
                    question=one.question,
                    record_id=record.id,
                    value="" if is_silent else answers[place % len(answers)],
                    by=Asker(None, way, name),
                    now=at,
                )
