"""What the shell keeps that may name a person: the words of a saved search."""

from __future__ import annotations

from idic.core.personal_data import register_texts
from idic.web.models import SavedView

register_texts(model=SavedView, fields=("query", "name"))
