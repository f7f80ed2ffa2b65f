"""What somebody read when they agreed: the very text of the wording a row of the ledger names, in
the language they saw. Only reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

from idic.identify.models import ConsentWording
from idic.identify.permissions import Said
from idic.identify.questions.wording import in_language

OWN_PAGE = "own-page v1"
# Wordings that stand in our own pages: a change of theirs is a further version here.
_OURS: dict[str, str | Promise] = {
    OWN_PAGE: gettext_lazy(
        "How we may write to you about offers: allow. Messages about your orders still reach you."
    )
}
_OF_FORM = re.compile(r"(?P<id>\d{1,19}) v\d{1,5}(?: (?P<language>[a-z-]{2,10}))?")


def read_texts(*, said: Iterable[Said]) -> dict[int, str]:
    """Give the text by row, for those whose wording we hold; one query at most."""
    rows = [one for one in said if one.wording]
    named = {one.id: m for one in rows if (m := _OF_FORM.fullmatch(one.wording))}
    wanted = {int(match["id"]) for match in named.values()}
    wordings = ConsentWording.objects.in_bulk(wanted) if wanted else {}
    found = {one.id: str(_OURS[one.wording]) for one in rows if one.wording in _OURS}
    for number, match in named.items():
        wording = wordings.get(int(match["id"]))
        if wording is not None:
            language = match["language"] or get_language() or "en"
            found[number] = in_language(wording.texts, language=language)
    return found
