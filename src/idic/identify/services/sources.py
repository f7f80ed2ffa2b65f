"""Makes the sources that files come from."""

from __future__ import annotations

from datetime import datetime

from django.utils.text import slugify

from idic.core.text import is_han, pinyin, words
from idic.identify.models import Source, SourceKind

DEFAULT_NAME = "Files"
_LONGEST_KEY = 50


def source_key(*, name: str) -> str:
    """Give the key of a source's name: "Quầy Quận 7" → `quay-quan-7`; 门店 → `men-dian`."""
    said = [pinyin(word)[0] if is_han(word[0]) else word for word in words(name)]
    return slugify("-".join(said))[:_LONGEST_KEY] or "source"


def find_source(*, name: str) -> Source | None:
    """Find a source by its key or its name as people write it."""
    wanted = name.strip() or DEFAULT_NAME
    found = Source.objects.filter(key=wanted).first() or Source.objects.filter(name=wanted).first()
    return found or Source.objects.filter(key=source_key(name=wanted)).first()


def get_or_create_source(*, name: str, now: datetime) -> Source:
    """Give the source of that name, made on first use as one of files."""
    found = find_source(name=name)
    if found is not None:
        return found
    wanted = name.strip() or DEFAULT_NAME
    source, _is_new = Source.objects.get_or_create(
        key=source_key(name=wanted),
        defaults={"name": wanted[:120], "kind": SourceKind.FILE, "created_at": now},
    )
    return source
