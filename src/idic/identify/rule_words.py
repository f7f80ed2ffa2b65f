"""Says what the rules of columns do to people already known, for the dry run and the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from idic.core import formatting
from idic.identify.importing.columns import FIELDS, Kind
from idic.identify.importing.parties import TRAITS

_FIELDS = {trait: field for field, trait in TRAITS.items()}


def list_sentences(*, counts: Mapping[str, Any]) -> Iterator[str]:
    """Give one sentence a column with a rule, then the first values that stay against the file."""
    words = {
        "filled": _("%(count)s blanks are filled"),
        "replaced": _("%(count)s values are replaced"),
        "left": _("%(count)s values you have stay"),
        "kept": _("%(count)s values that staff or the customer confirmed stay"),
    }
    language = get_language() or "en"
    for name, effects in counts.get("rules", {}).items():
        parts = [
            words[effect] % {"count": formatting.number(effects[effect], language=language)}
            for effect in words
            if effects.get(effect)
        ]
        said = formatting.listed(parts, language=language)
        yield _("%(field)s: %(what)s.") % {"field": _label(name), "what": said}
    for row, name, ours, theirs in counts.get("conflicts", []):
        yield _("Row %(row)s, %(field)s: “%(ours)s” stays, the file says “%(theirs)s”.") % {
            "row": row,
            "field": _label(name),
            "ours": ours,
            "theirs": theirs,
        }


def _label(trait: str) -> str:
    name = _FIELDS.get(trait, trait)
    kinds = (Kind.CUSTOMERS, Kind.COMPANIES)
    known = [field for kind in kinds for field in FIELDS[kind] if field.name == name]
    return str(known[0].label) if known else name
