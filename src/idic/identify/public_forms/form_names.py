"""How languages call themselves."""

from __future__ import annotations

LANGUAGE_NAMES = {"en": "English", "vi": "Tiếng Việt", "zh-hans": "中文"}
