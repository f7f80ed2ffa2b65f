"""Fills the merge tags of a message. A small allow-list says what a tag may be, checked before
anything runs; minijinja then renders over a plain dictionary, with a limit of fuel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import minijinja
from django.utils.translation import gettext as _

from .markup import fence, unfence

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
_KEYWORDS = frozenset({"if", "elif", "else", "endif", "not", "and", "or"})


class WrongTemplate(Exception):
    """A message that cannot be rendered; the text says what to change."""

    is_for_people = True


class MissingValue(Exception):
    """This person has nothing to put where the message needs it."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One person's message: the subject in plain words, the body in markup with fenced values."""

    subject: str
    body: str


def find_problem(source: str, *, known: frozenset[str]) -> str:
    """Say what is wrong with a template; empty when nothing is."""
    if len(source) > LONGEST:
        return _("The message is too long: at most %(count)d characters.") % {"count": LONGEST}
    for match in _TAG.finditer(source):
        problem = _tag_problem(match[0], known)
        if problem:
            return problem
    rest = _TAG.sub("", source)
    if "{{" in rest or "}}" in rest or "{%" in rest or "%}" in rest or "{#" in rest:
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


def names_in(source: str) -> list[str]:
    """Give the values a template speaks of, each once, in order."""
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
        self._is_missing = False
        self._environment = _environment()
        self._environment.finalizer = self._finish
        self._environment.add_template("subject", subject)
        self._environment.add_template("body", body)

    def render(self, values: Mapping[str, str]) -> Rendered:
        """Render for one person. Raises MissingValue when a tag that is shown has no value."""
        self._is_missing = False
        plain: dict[str, Any] = {name: str(value) for name, value in values.items()}
        try:
            subject = self._environment.render_template("subject", **plain)
            body = self._environment.render_template("body", **plain)
        except minijinja.TemplateError as error:
            raise WrongTemplate(str(error).splitlines()[0][:200]) from error
        if self._is_missing:
            raise MissingValue
        return Rendered(subject=" ".join(unfence(subject).split())[:300], body=body)

    def _finish(self, value: object) -> str:
        text = "" if value is None else str(value)
        if not text.strip():
            self._is_missing = True
        return fence(text)


def list_needed(*, subject: str, body: str, needs: Mapping[str, str]) -> tuple[str, ...]:
    """Give what a message cannot do without: a value is needed when the message, rendered with
    everything but it, would show a gap. `needs` maps values to what they come from.
    """
    used = [name for name in names_in(subject + body) if needs.get(name)]
    renderer = Renderer(subject=subject, body=body, known=frozenset(needs))
    everything = dict.fromkeys(needs, "x")
    needed = []
    for name in used:
        try:
            renderer.render({**everything, name: ""})
        except MissingValue:
            needed.append(needs[name])
    return tuple(dict.fromkeys(needed))
