"""The fields of a message as the editor offers them, with what they are for the person looked at,
and what of the message is left out for that person.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from idic.interact.content.catalogue import FIELDS, Field
from idic.interact.content.personal import TARGETS
from idic.interact.content.rendering import is_template, names_in
from idic.interact.content.typed import name_of, show_text
from idic.interact.models import Campaign
from idic.interact.selectors.examples import Example


@dataclass(frozen=True, slots=True)
class Offered:
    """A field to put in: its code, the word that stands for it, what it means, and what it is for
    the person looked at, in words too when there is nothing.
    """

    code: str
    word: str
    label: str
    value: str = "…"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Paragraphs left out, as they are written: for this person, and for everybody."""

    person: tuple[str, ...]
    everybody: tuple[str, ...]


def list_fields(
    campaign: Campaign, example: Example | None = None
) -> list[tuple[str, list[Offered]]]:
    """Give the fields in groups, each with its title."""
    is_tagged = is_template(campaign.subject + campaign.body)
    groups = groupby(FIELDS, key=lambda field: _group(field))
    return [(title, [_offer(f, example, is_tagged) for f in fields]) for title, fields in groups]


def _group(field: Field) -> str:
    if field.code in TARGETS:
        return _("Links of their own")
    if not field.is_personal:
        return _("Offer and shop")
    if not field.need:
        return _("How to speak to them")
    return pgettext("message fields", "What they buy and when")


def _offer(field: Field, example: Example | None, is_tagged: bool) -> Offered:
    word = f"{{{{ {field.code} }}}}" if is_tagged else f"[{name_of(field.code)}]"
    if example is None or not example.values:
        return Offered(field.code, word, str(field.label))
    value = example.values.get(field.code, "").strip()
    return Offered(field.code, word, str(field.label), value or _say_nothing(field, example))


def _say_nothing(field: Field, example: Example) -> str:
    if field.need == "offer":
        return _("nothing to say") if example.values.get("offer") else _("no offer chosen")
    if field.code in TARGETS:
        return _("left out: is the address surely theirs?")
    return _("not known") if field.is_personal else _("not filled in")


def list_left_out(example: Example) -> LeftOut:
    """Give what is left out of the message; what waits for an offer is left out for everybody."""
    has_offer = bool(example.values.get("offer"))
    everybody = {p for p in example.dropped if not has_offer and "offer" in names_in(p)}
    return LeftOut(
        person=tuple(_show(piece) for piece in example.dropped if piece not in everybody),
        everybody=tuple(_show(piece) for piece in example.dropped if piece in everybody),
    )


def _show(piece: str) -> str:
    return show_text(piece).replace("**", "").removeprefix("- ")
