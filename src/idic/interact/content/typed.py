"""What people type and what is stored. On the page a field is a word in square brackets in the
reader's own language; stored, it is a code in brackets that no language changes. Messages with
template tags of their own are left as they were written.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache

from django.conf import settings
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from idic.core.text import fold

from .catalogue import FIELDS, KNOWN
from .mail import ADVERTISING_LABELS
from .rendering import WrongTemplate, is_template

# Chinese keyboards write 【 where others write [. A word before “(” is the label of a link.
_BRACKETS = re.compile(r"[\[【［](?P<word>[^\[\]【】［］{}\n]{1,60})[\]】］](?!\()")
_CODES = re.compile(rf"\[(?P<code>{'|'.join(sorted(KNOWN))})\](?!\()")
_BRACES = re.compile(r"\{\{\s*(?P<code>[a-z_]{1,40})\s*\}\}(?!\()")
_WORD = re.compile(r"[^\W_]+")
_NO_FIELDS = frozenset(ADVERTISING_LABELS.values())


class WrongField(WrongTemplate):
    """A word in brackets that is no field; `place` says whether subject or body."""

    def __init__(self, place: str, sentence: str) -> None:
        super().__init__(sentence)
        self.place = place


def read_message(*, subject: str, body: str) -> tuple[str, str]:
    """Turn what was typed into what is stored. Raises WrongField naming a word that is no field."""
    texts = {"subject": subject, "body": body}
    plain = {place: _without_braces(text) for place, text in texts.items()}
    if is_template("".join(plain.values())):
        for place, text in texts.items():
            _refuse_mixture(place, text)
        return subject, body
    return _read("subject", plain["subject"]), _read("body", plain["body"])


def show_message(*, subject: str, body: str) -> tuple[str, str]:
    """Give what is stored as people read it, in the active language."""
    plain = _without_braces(subject), _without_braces(body)
    if is_template("".join(plain)):
        return subject, body
    return _show(plain[0]), _show(plain[1])


def show_text(text: str) -> str:
    """Give a part of a stored message as people read it."""
    return show_message(subject="", body=text)[1]


def name_of(code: str) -> str:
    """Give a field's name in the active language."""
    return _names(get_language() or "en")[code]


def find_code(word: str) -> str:
    """Give the code of a field by its name in any language; empty when there is none. Case, marks
    and what stands between the words do not matter.
    """
    return _codes().get(_plain(word), "")


def _read(place: str, text: str) -> str:
    def put(match: re.Match[str]) -> str:
        code = find_code(match["word"])
        if code:
            return f"[{code}]"
        is_word = any(character.isalpha() for character in match["word"])
        if match[0][0] == "[" and is_word and match[0] not in _NO_FIELDS:
            raise WrongField(place, _say_unknown(match["word"]))
        return match[0]

    return _BRACKETS.sub(put, text)


def _say_unknown(word: str) -> str:
    names = {_plain(name): name for name in _names(get_language() or "en").values()}
    near = get_close_matches(_plain(word), names, n=1, cutoff=0.5)
    if near:
        return _("There is no field “[%(word)s]”. Did you mean [%(near)s]?") % {
            "word": word,
            "near": names[near[0]],
        }
    return _(
        "There is no field “[%(word)s]”. Choose one of those below the message; "
        "for plain brackets write ( )."
    ) % {"word": word}


def _refuse_mixture(place: str, text: str) -> None:
    for match in _BRACKETS.finditer(text):
        code = find_code(match["word"])
        if code:
            raise WrongField(
                place,
                _("This message is written in template code: write %(tag)s instead of “%(word)s”.")
                % {"tag": f"{{{{ {code} }}}}", "word": match[0]},
            )


def _show(text: str) -> str:
    return _CODES.sub(lambda match: f"[{name_of(match['code'])}]", text)


def _without_braces(text: str) -> str:
    """Write tags that only name a field in brackets; what else is in braces stays."""
    return _BRACES.sub(lambda m: f"[{m['code']}]" if m["code"] in KNOWN else m[0], text)


@cache
def _names(language: str) -> dict[str, str]:
    with override(language):
        return {field.code: str(field.name) for field in FIELDS}


@cache
def _codes() -> dict[str, str]:
    found = {_plain(code): code for code in KNOWN}
    for language, _called in settings.LANGUAGES:
        found |= {_plain(name): code for code, name in _names(language).items()}
    return found


def _plain(word: str) -> str:
    return " ".join(_WORD.findall(fold(word)))
