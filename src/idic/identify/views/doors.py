"""What the pages of live sources share: which source, where it sends, where its page is."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404
from django.urls import reverse

from idic.core import ids
from idic.identify.ingest import watching
from idic.identify.models import Source


def get_source(source_id: str) -> Source:
    """Give the live source of a public id. Raises Http404."""
    try:
        number = ids.decode("source", source_id)
    except ids.WrongId:
        raise Http404 from None
    source = watching.find_website(number)
    if source is None:
        raise Http404
    return source


def door_address() -> str:
    """Give the address calls and webhooks are sent to."""
    if settings.IDIC_PUBLIC_URL:
        return str(settings.IDIC_PUBLIC_URL)
    host = settings.IDIC_HOST
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    return f"http://{host}:{settings.IDIC_INGEST_PORT}"


def address_of(source: Source) -> str:
    """Give the address of a source's page."""
    return reverse("identify:source_detail", args=[ids.encode("source", source.id)])
