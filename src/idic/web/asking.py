"""What to ask a customer next, and what was asked before, in words for those who talk to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from idic.core import ids
from idic.core.models import Role
from idic.core.templatetags import ui
from idic.identify.models import Asking, AskingState, AskingWay, QuestionKind
from idic.identify.questions.memory import Known, Remembered
from idic.identify.questions.wording import list_choices, say_answer, say_label, say_question

_INPUTS = {QuestionKind.PHONE: "tel", QuestionKind.EMAIL: "email", QuestionKind.NUMBER: "text"}


@dataclass(frozen=True, slots=True)
class AskLine:
    """One question as staff see it: what to say, what is known, who asked before."""

    id: str
    label: str
    wording: str
    kind: str
    input_type: str
    choices: list[tuple[str, str]]
    value: str  # what was known, to start from
    answer: str  # the same in words
    since: str
    asked: str
    worth: float
    is_known: bool
    is_resting: bool
    is_verified: bool


def draw_asking(remembered: Iterable[Remembered], *, now: datetime) -> list[AskLine]:
    """Say of each question what to ask, or why not."""
    return [_line(one, now) for one in remembered]


def _line(one: Remembered, now: datetime) -> AskLine:
    language = get_language() or "en"
    known = one.known
    return AskLine(
        id=ids.encode("question", one.question.id),
        label=say_label(one.question, language=language),
        wording=say_question(one.question, language=language),
        kind=one.question.kind,
        input_type=_INPUTS.get(QuestionKind(one.question.kind), "text"),
        choices=list_choices(one.question, language=language),
        value=known.value if known else "",
        answer=say_answer(one.question, known.value, language=language) if known else "",
        since=_since(known, now) if known else "",
        asked=say_asked(one.last) if one.last else "",
        worth=one.worth,
        is_known=one.is_known(now),
        is_resting=one.is_resting(now),
        is_verified=bool(known and known.is_verified),
    )


def _since(known: Known, now: datetime) -> str:
    """Say where an answer is from and how long it holds."""
    where = ui.clauses([part for part in (known.source, ui.day(known.since)) if part])
    if known.until is None:
        return where
    if known.holds(now):
        return ui.clauses((where, _("holds until %(day)s") % {"day": ui.day(known.until)}))
    return ui.clauses((where, _("too old since %(day)s") % {"day": ui.day(known.until)}))


def say_asked(asking: Asking) -> str:
    """Say who asked, when, and what came of it."""
    said = {"who": _who(asking), "day": ui.day(asking.asked_at)}
    if asking.state == AskingState.DECLINED:
        return _("%(who)s asked on %(day)s: they would rather not say") % said
    if asking.state == AskingState.OPEN:
        return _("%(who)s asked on %(day)s: no answer yet") % said
    if asking.way == AskingWay.OWN_PAGE:
        return _("They said so themselves on %(day)s") % said
    language = get_language() or "en"
    answer = say_answer(asking.question, asking.answer, language=language)
    return _("%(who)s asked on %(day)s: “%(answer)s”") % {**said, "answer": answer}


def _who(asking: Asking) -> str:
    name = asking.asked_by_name or _("Somebody")
    if asking.way == AskingWay.FORM:
        return _("The form “%(name)s”") % {"name": name}
    role = str(Role(asking.department).label) if asking.department in Role.values else ""
    return _("%(name)s (%(role)s)") % {"name": name, "role": role} if role else name
