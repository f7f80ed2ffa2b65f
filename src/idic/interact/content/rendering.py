"""Writes a message for one person. Fields in brackets are filled by `filling`. Who knows template
code may write tags instead: a small allow-list says what a tag may be, checked before
anything runs; minijinja then renders over a plain dictionary, with a limit of fuel.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import minijinja
from django.utils.translation import gettext as _

from .catalogue import KNOWN
from .filling import Filler, codes_in
from .markup import fence, unfence
from .personal import TARGETS, unbold, write_link

FUEL = 1_000
LONGEST = 20_000
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_NAME = r"[a-z_]{1,40}"
_LITERAL = r"(?:'[^'\\{}%]{0,200}'|\"[^\"\\{}%]{0,200}\"|\d{1,9})"
_FILTER = rf"\s*\|\s*(?:upfirst|default\(\s*{_LITERAL}\s*\))"
_OUTPUT = re.compile(rf"\{{\{{-?\s*(?P<name>{_NAME})(?:{_FILTER})*\s*-?\}}\}}")
_TERM = rf"(?:not\s+)?{_NAME}(?:\s*(?:==|!=|<=|>=|<|>)\s*{_LITERAL})?"
_IF = re.compile(
    rf"\{{%-?\s*(?:(?:if|elif)\s+{_TERM}(?:\s+(?:and|or)\s+{_TERM})*|else|endif)\s*-?%\}}"
)
_WORDS = re.compile(_NAME)
_MARKS = ("{{", "}}", "{%", "%}", "{#")
_KEYWORDS = frozenset({"if", "elif", "else", "endif", "not", "and", "or"})


class WrongTemplate(Exception):
    """A message that cannot be rendered; the text says what to change."""

    is_for_people = True


class MissingValue(Exception):
    """This person has nothing to put where the message needs it."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One person's message: the subject in plain words, the body in markup with fenced values, and
    the paragraphs left out for this person, as they were written.
    """

    subject: str
    body: str
    dropped: tuple[str, ...] = ()


def is_template(source: str) -> bool:
    """Tell whether a message is written with tags; then brackets are mere words in it."""
    return any(mark in source for mark in _MARKS)


def find_problem(source: str, *, known: frozenset[str]) -> str:
    """Say what is wrong with a template; empty when nothing is."""
    if len(source) > LONGEST:
        return _("The message is too long: at most %(count)d characters.") % {"count": LONGEST}
    for match in _TAG.finditer(source):
        problem = _tag_problem(match[0], known)
        if problem:
            return problem
    if is_template(_TAG.sub("", source)):
        return _("A tag is not closed: write {{ name }} with two braces on both sides.")
    return _syntax_problem(source)


def _tag_problem(tag: str, known: frozenset[str]) -> str:
    output = _OUTPUT.fullmatch(tag)
    if not output and not _IF.fullmatch(tag):
        return _(
            "“%(tag)s” cannot be used here. Write {{ name }}, "
            "or {%% if product %%} … {%% endif %%}."
        ) % {"tag": tag[:80]}
    for name in names_in(tag):
        if name not in known:
            return _("There is no “%(name)s”. Choose one of the values listed.") % {"name": name}
    return ""


def _syntax_problem(source: str) -> str:
    try:
        _environment().add_template("check", source)
    except minijinja.TemplateError as error:
        return _("The tags do not fit together: %(error)s. Does each if have its endif?") % {
            "error": str(error).splitlines()[0][:120]
        }
    return ""


def names_in(source: str, *, known: frozenset[str] = KNOWN) -> list[str]:
    """Give the fields a message speaks of, each once, in order."""
    if not is_template(source):
        return codes_in(source, known=known)
    found: dict[str, None] = {}
    for match in _TAG.finditer(source):
        bare = re.sub(rf"{_LITERAL}|\|\s*[a-z]+", " ", match[0])
        found |= {name: None for name in _WORDS.findall(bare) if name not in _KEYWORDS}
    return list(found)


def _environment() -> minijinja.Environment:
    environment = minijinja.Environment()
    environment.pycompat = False
    environment.undefined_behavior = "lenient"
    environment.fuel = FUEL
    environment.auto_escape_callback = lambda name: False
    for name in ("range", "debug", "dict", "namespace"):
        environment.remove_global(name)
    environment.add_filter("upfirst", _upfirst)
    return environment


def _upfirst(value: object) -> str:
    text = str(value or "")
    return text[:1].upper() + text[1:]


class Renderer:
    """A message's subject and body, read once and rendered for many people."""

    def __init__(self, *, subject: str, body: str, known: frozenset[str]) -> None:
        for source in (subject, body):
            problem = find_problem(source, known=known)
            if problem:
                raise WrongTemplate(problem)
        self._writer: _TagWriter | _FieldWriter
        if is_template(subject + body):
            self._writer = _TagWriter(subject, body)
        else:
            self._writer = _FieldWriter(Filler(subject=subject, body=body, known=known))

    def render(self, values: Mapping[str, str]) -> Rendered:
        """Render for one person. Raises MissingValue when they cannot get it without a gap."""
        return self._writer.render(values)


class _FieldWriter:
    def __init__(self, filler: Filler) -> None:
        self._filler = filler

    def render(self, values: Mapping[str, str]) -> Rendered:
        filled = self._filler.fill_body(values)
        if filled is None:
            raise MissingValue
        subject = _one_line(self._filler.fill_subject(values))
        return Rendered(subject=subject, body=filled.body, dropped=filled.dropped)


class _TagWriter:
    def __init__(self, subject: str, body: str) -> None:
        self._is_missing = False
        self._mark, self._labels = f"{secrets.token_hex(8)}:", dict[str, str]()
        self._environment = _environment()
        self._environment.finalizer = self._finish
        self._environment.add_template("subject", subject)
        self._environment.add_template("body", body)

    def render(self, values: Mapping[str, str]) -> Rendered:
        self._is_missing = False
        plain: dict[str, Any] = {name: str(value) for name, value in values.items()}
        # A mark no value can hold: what it was written for becomes a link, unlike any value.
        marked = {code: f"{self._mark}{code}" for code in TARGETS if plain.get(code)}
        self._labels = {mark: plain[code] for code, mark in marked.items()}
        try:
            subject = self._environment.render_template("subject", **plain)
            body = unbold(self._environment.render_template("body", **plain | marked))
        except minijinja.TemplateError as error:
            raise WrongTemplate(str(error).splitlines()[0][:200]) from error
        if self._is_missing:
            raise MissingValue
        return Rendered(subject=_one_line(subject), body=body)

    def _finish(self, value: object) -> str:
        text = "" if value is None else str(value)
        if not text.strip():
            self._is_missing = True
        if text in self._labels:
            return write_link(code=text.removeprefix(self._mark), label=self._labels[text])
        return fence(text)


def _one_line(subject: str) -> str:
    return " ".join(unfence(subject).split())[:300]


def list_needed(
    *, subject: str, body: str, needs: Mapping[str, str]
) -> tuple[tuple[str, ...], ...]:
    """Give what a message cannot do without, as groups: of each, one must be known. A group is
    needed when the message, with everything but it, cannot be written; a group that holds another
    says nothing new. `needs` maps fields to what they come from.
    """
    used = [name for name in names_in(subject + body) if needs.get(name)]
    renderer = Renderer(subject=subject, body=body, known=frozenset(needs))
    everything = dict.fromkeys(needs, "x")
    wanted = tuple(dict.fromkeys(needs[name] for name in used))
    needed: list[tuple[str, ...]] = []
    for size in range(1, len(wanted) + 1):
        for group in combinations(wanted, size):
            if any(set(smaller) <= set(group) for smaller in needed):
                continue
            lacking = {name: "" for name in used if needs[name] in group}
            try:
                renderer.render({**everything, **lacking})
            except MissingValue:
                needed.append(group)
    return tuple(needed)
