"""Makes the sources that files come from."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from idic.core.services import audit
from idic.core.text import is_han, pinyin, words
from idic.identify.models import Source, SourceKind

DEFAULT_NAME = "Files"
_LONGEST_KEY = 50
_DEMO_PREFIX = "demo-"


def shown_source(name: str) -> str:
    """Write a source's name as people read it: the default one of files follows the language."""
    return gettext("Files") if name == DEFAULT_NAME else name


def kept_source(shown: str) -> str:
    """Give the name a source is kept by, of what somebody reads and types."""
    return DEFAULT_NAME if shown == gettext("Files") else shown


def source_key(*, name: str) -> str:
    """Give the key of a source's name: "Quầy Quận 7" → `quay-quan-7`; 门店 → `men-dian`."""
    said = [pinyin(word)[0] if is_han(word[0]) else word for word in words(name)]
    return slugify("-".join(said))[:_LONGEST_KEY] or "source"


def find_source(*, name: str, is_demo: bool = False) -> Source | None:
    """Find a source by its key or its name as people write it: the owner's, or the sample shop's,
    never one for the other.
    """
    wanted = name.strip() or DEFAULT_NAME
    sources = Source.objects.filter(is_demo=is_demo)
    found = sources.filter(key=wanted).first() or sources.filter(name=wanted).first()
    return found or sources.filter(key=_key(wanted, is_demo=is_demo)).first()


def get_or_create_source(*, name: str, now: datetime, is_demo: bool = False) -> Source:
    """Give the source of that name, made on first use as one of files."""
    found = find_source(name=name, is_demo=is_demo)
    if found is not None:
        return found
    wanted = name.strip() or DEFAULT_NAME
    key = _key(wanted, is_demo=is_demo)
    if Source.objects.filter(key=key).exclude(is_demo=is_demo).exists():
        key = f"{key}-2"
    source, _is_new = Source.objects.get_or_create(
        key=key,
        defaults={
            "name": wanted[:120],
            "kind": SourceKind.FILE,
            "created_at": now,
            "is_demo": is_demo,
        },
    )
    return source


class WrongOrigin(ValueError):
    """Raised when where data comes from is not said whole; the text says what is missing."""

    is_for_people = True


def describe_origin(
    *,
    source_id: int,
    is_third_party: bool,
    provider: str,
    licence: str,
    lawful_basis: str,
    actor: str,
    now: datetime,
) -> None:
    """Say whether a third party collected a source's data, who, under which licence, on what
    ground. Its values then fill what is not known and never win over the shop's own.

    Raises WrongOrigin for a third party without a provider, a licence or a ground.
    """
    if is_third_party:
        check_origin(provider=provider, licence=licence, lawful_basis=lawful_basis)
    told = [" ".join(text.split()) for text in (provider, licence, lawful_basis)]
    values = dict(zip(("provider", "licence", "lawful_basis"), told, strict=True))
    with transaction.atomic():
        Source.objects.filter(id=source_id).update(
            is_third_party=is_third_party,
            provider=values["provider"][:120],
            licence=values["licence"][:200],
            lawful_basis=values["lawful_basis"][:200],
        )
        audit.record(
            at=now,
            actor=actor,
            action="source.origin",
            subject_type="source",
            subject_id=source_id,
            detail={"is_third_party": is_third_party, **values},
        )


def check_origin(*, provider: str, licence: str, lawful_basis: str) -> None:
    """Raise WrongOrigin where something about a third party's data is not said."""
    if not (provider.strip() and licence.strip() and lawful_basis.strip()):
        raise WrongOrigin(
            _("Name the provider, the licence and the ground on which you may use its data.")
        )


def is_from_third_party(*, name: str, is_demo: bool = False) -> bool:
    """Tell whether the source of that name is a third party's."""
    found = find_source(name=name, is_demo=is_demo)
    return found is not None and found.is_third_party


def _key(name: str, *, is_demo: bool) -> str:
    """Give a source's key; those of the sample shop stand apart, for a shop's own till may well
    have the same name.
    """
    return f"{_DEMO_PREFIX if is_demo else ''}{source_key(name=name)}"
