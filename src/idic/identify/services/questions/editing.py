"""Makes, changes and removes questions. A question once asked keeps its row; its trait never
changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from idic.core import ids
from idic.core.models import Staff
from idic.core.services import audit
from idic.core.text import is_han, pinyin, words
from idic.identify.models import AskedOf, Question, QuestionKind
from idic.identify.questions.standard import STANDARD
from idic.identify.questions.worth import share_of

_LONGEST = {"label": 60, "wording": 200, "choice": 80}
_MOST_CHOICES = 20
_LONGEST_TRAIT = 40
# Names a question of the owner's must not take: they mean something else already.
_TAKEN = {"salutation", "gender", "language", "company", "address", "notes", "tags", "country"}


class WrongQuestion(ValueError):
    """Raised when a question cannot be kept so; `field` names what is wrong."""

    is_for_people = True

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question as somebody wants it: texts a language, answers in the order they are shown."""

    label: Mapping[str, str]
    wording: Mapping[str, str]
    kind: str
    choices: Sequence[Mapping[str, str]]
    holds_for_days: int | None
    asked_of: str


def create_question(*, wanted: Wanted, staff: Staff, now: datetime) -> Question:
    """Make a question with a trait of its own."""
    columns = _columns(wanted, [])
    with transaction.atomic():
        question = Question.objects.create(
            trait=_free_trait(columns["label"]),
            kind=wanted.kind,
            created_by=staff,
            created_at=now,
            **columns,
        )
        _record(question, "question.created", staff, now)
    return question


def change_question(*, question_id: int, wanted: Wanted, staff: Staff, now: datetime) -> Question:
    """Change how a question is worded, its answers and how long they hold. What it is cannot be
    changed: the answers given so far would mean something else.
    """
    with transaction.atomic():
        question = Question.objects.select_for_update().get(id=question_id, removed_at=None)
        kept = Wanted(
            wanted.label,
            wanted.wording,
            question.kind,
            wanted.choices,
            wanted.holds_for_days,
            wanted.asked_of,
        )
        for name, value in _columns(kept, question.choices).items():
            setattr(question, name, value)
        question.save()
        _record(question, "question.changed", staff, now)
    return question


def remove_question(*, question_id: int, staff: Staff, now: datetime) -> bool:
    """Ask it no more; answers stay. The usual questions cannot be removed."""
    with transaction.atomic():
        question = Question.objects.filter(
            id=question_id, removed_at=None, is_standard=False
        ).first()
        if question is None:
            return False
        question.removed_at = now
        question.save(update_fields=["removed_at"])
        _record(question, "question.removed", staff, now)
    return True


def restore_question(*, question_id: int, staff: Staff, now: datetime) -> bool:
    """Ask a removed question again; not while another fills its trait."""
    with transaction.atomic():
        question = Question.objects.filter(id=question_id, removed_at__isnull=False).first()
        if (
            question is None
            or Question.objects.filter(trait=question.trait, removed_at=None).exists()
        ):
            return False
        question.removed_at = None
        question.save(update_fields=["removed_at"])
        _record(question, "question.restored", staff, now)
    return True


def ensure_standard(*, now: datetime) -> int:
    """Write down the usual questions that are missing; give how many."""
    known = set(Question.objects.values_list("trait", flat=True))
    rows = [
        Question(
            trait=one.trait,
            kind=one.kind,
            label=one.label,
            wording=one.wording,
            asked_of=one.asked_of,
            holds_for_days=one.holds_for_days,
            worth=share_of(trait=one.trait, is_reached=True),
            is_standard=True,
            created_at=now,
        )
        for one in STANDARD
        if one.trait not in known
    ]
    Question.objects.bulk_create(rows)
    return len(rows)


def _columns(wanted: Wanted, before: Sequence[Sequence[Any]]) -> dict[str, Any]:
    if wanted.kind not in QuestionKind.values:
        raise WrongQuestion("kind", _("Choose what an answer is."))
    if wanted.asked_of not in AskedOf.values:
        raise WrongQuestion("asked_of", _("Choose whom it is asked."))
    days = wanted.holds_for_days
    if days is not None and not 1 <= days <= 36_500:
        raise WrongQuestion("holds_for_days", _("Say a number of days, or leave it empty."))
    label = _texts("label", wanted.label)
    if not label:
        raise WrongQuestion("label", _("Say in a word or two what it is about."))
    choices = _choices(wanted.choices, before) if wanted.kind == QuestionKind.CHOICE else []
    return {
        "label": label,
        "wording": _texts("wording", wanted.wording),
        "choices": choices,
        "holds_for_days": days,
        "asked_of": wanted.asked_of,
    }


def _texts(field: str, given: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for language, text in given.items():
        said = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        if len(said) > _LONGEST[field]:
            text = _("Use at most %(count)d characters.") % {"count": _LONGEST[field]}
            raise WrongQuestion(field, text)
        if said:
            found[language] = said
    return found


def _choices(given: Sequence[Mapping[str, str]], before: Sequence[Sequence[Any]]) -> list[Any]:
    """Give code and texts of each answer; one that was there keeps its code."""
    texts = [said for one in given if (said := _texts("choice", one))]
    if not 2 <= len(texts) <= _MOST_CHOICES:
        text = _("Give two to %(count)d answers, one a line.") % {"count": _MOST_CHOICES}
        raise WrongQuestion("choices", text)
    known = {text: code for code, said in before for text in said.values()}
    found: list[Any] = []
    taken: set[str] = set()
    for said in texts:
        kept = next((known[text] for text in said.values() if text in known), "")
        code = kept if kept and kept not in taken else _free_code(said, taken | set(known.values()))
        taken.add(code)
        found.append([code, said])
    return found


def _free_code(texts: Mapping[str, str], taken: set[str]) -> str:
    return _free(_slug(texts) or "answer", taken)


def _free_trait(label: Mapping[str, str]) -> str:
    taken = set(Question.objects.values_list("trait", flat=True)) | _TAKEN
    return _free(_slug(label) or "question", taken)


def _free(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _slug(texts: Mapping[str, str]) -> str:
    text = texts.get("en") or next(iter(texts.values()), "")
    said = [pinyin(word)[0] if is_han(word[0]) else word for word in words(text)]
    return slugify("-".join(said)).replace("-", "_")[:_LONGEST_TRAIT].strip("_")


def _record(question: Question, action: str, staff: Staff, now: datetime) -> None:
    audit.record(
        at=now,
        actor=staff.email,
        action=action,
        subject_type="question",
        subject_id=ids.encode("question", question.id),
        detail={"trait": question.trait},
    )
