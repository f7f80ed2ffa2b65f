"""Tidying of any text before it is looked at: spaces, signs nobody sees, Excel's marks. Doing it
twice changes nothing more.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

from idic.identify.importing.values.cells import clean

_UNSEEN = ("Cc", "Cf", "Co", "Cn", "Cs")
_MOST_PASSES = 20


def tidy(text: str, *, edges: str = "", is_compatible: bool = True) -> str:
    """Tidy a text. `edges` are stripped from both ends; `is_compatible` writes full-width signs
    and the like as their ordinary ones.
    """
    form: Literal["NFC", "NFKC"] = "NFKC" if is_compatible else "NFC"
    for _pass in range(_MOST_PASSES):  # taking one thing off may bare the next
        before = text
        # The form comes last in a pass: what leaves it is composed, whatever was taken out.
        shown = text if text.isprintable() else _show_nothing_unseen(text)
        text = unicodedata.normalize(form, clean(" ".join(shown.split()).strip(edges + " ")))
        if text == before:
            return text
    return ""


def _show_nothing_unseen(text: str) -> str:
    return "".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text)
