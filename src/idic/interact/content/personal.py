"""Links that are one person's own: in a message they stand as an address nobody has, and only the
mail that leaves gets the real one. So neither the outbox nor a preview ever holds a link that opens
somebody's page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

# Makes the real address of such a link, for the person a message goes to.
Resolve: TypeAlias = Callable[[str], str]

_NOWHERE = "https://idic.invalid/"  # a name that never leads anywhere: RFC 2606
OWN_PAGE = f"{_NOWHERE}own-page"
CONFIRM_DETAILS = f"{_NOWHERE}confirm-details"
_CONFIRM = f"{_NOWHERE}confirm/"
# Which field of a message stands for which link.
TARGETS = {"own_page": OWN_PAGE, "confirm_details": CONFIRM_DETAILS}
_MARKS = re.compile(r"[\[\]()*\s]+")
_BEHIND_WORDS = re.compile(rf"\]\(\[(?P<code>{'|'.join(TARGETS)})\]\)")
_BOLD = re.compile(rf"\*\*(\[[^\[\]]+\]\({re.escape(_NOWHERE)}[a-z-]+\))\*\*")


def is_personal(url: str) -> bool:
    """Tell whether an address stands for somebody's own link."""
    return url.startswith(_NOWHERE)


def confirm_target(*, pending_id: int) -> str:
    """Give what stands for the link that confirms an agreement."""
    return f"{_CONFIRM}{pending_id}"


def read_confirm_target(url: str) -> int | None:
    """Read which agreement a link confirms; None for another link."""
    number = url.removeprefix(_CONFIRM)
    return int(number) if url.startswith(_CONFIRM) and number.isdecimal() else None


def write_link(*, code: str, label: str) -> str:
    """Write such a field as the markup of a link."""
    return f"[{_MARKS.sub(' ', label).strip()}]({TARGETS[code]})"


def put_behind_words(source: str) -> str:
    """Let [words of one's own]([field]) lead where the field does."""
    return _BEHIND_WORDS.sub(lambda match: f"]({TARGETS[match['code']]})", source)


def unbold(body: str) -> str:
    """Take the stars off a link: bold words hold none."""
    return _BOLD.sub(r"\1", body)


def is_field_target(target: str) -> bool:
    """Tell whether the target of a link names such a field."""
    return target[:1] == "[" and target[1:-1] in TARGETS and target[-1:] == "]"
