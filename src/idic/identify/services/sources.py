"""Makes the sources that files come from."""

from __future__ import annotations

from datetime import datetime

from django.utils.text import slugify
from django.utils.translation import gettext

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


def _key(name: str, *, is_demo: bool) -> str:
    """Give a source's key; those of the sample shop stand apart, for a shop's own till may well
    have the same name.
    """
    return f"{_DEMO_PREFIX if is_demo else ''}{source_key(name=name)}"
