"""How a question and its answer read in somebody's language; where it was not written in that one,
in the next best.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from idic.core.templatetags import ui
from idic.identify.models import Question, QuestionKind

_FALLBACK = ("en", "vi", "zh-hans")


def in_language(texts: Mapping[str, str], *, language: str) -> str:
    """Give a text in the language, or else in any it was written in."""
    wanted = next((texts[code] for code in (language, *_FALLBACK) if texts.get(code)), "")
    return wanted or next((text for text in texts.values() if text), "")


def say_label(question: Question, *, language: str) -> str:
    """Give what a question is about, in a word or two."""
    return in_language(question.label, language=language) or question.trait


def say_question(question: Question, *, language: str) -> str:
    """Give the question as it is asked."""
    return in_language(question.wording, language=language) or say_label(
        question, language=language
    )


def list_choices(question: Question, *, language: str) -> list[tuple[str, str]]:
    """Give the answers one may choose from, as (code, text)."""
    return [(code, in_language(texts, language=language)) for code, texts in question.choices]


def say_answer(question: Question, value: str, *, language: str) -> str:
    """Write an answer as people read it."""
    if question.kind == QuestionKind.CHOICE:
        return dict(list_choices(question, language=language)).get(value) or value
    if question.kind == QuestionKind.DATE:
        try:
            return ui.day(date.fromisoformat(value))
        except ValueError:
            return value
    return value
