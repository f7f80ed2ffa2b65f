"""The catalogues of all rooms become one when a page is drawn, and the lower room wins: what two
rooms say differently would come out as either. A word with two senses carries a context.
"""

from __future__ import annotations

import pytest

from tools import messages


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_no_two_rooms_translate_one_string_differently(language: str) -> None:
    said: dict[object, dict[str, set[str]]] = {}
    for room in messages.rooms():
        for message in messages.load(room, language):
            if message.id:
                known = message.id[0] if isinstance(message.id, tuple) else message.id
                ways = said.setdefault((message.context, known), {})
                ways.setdefault(str(message.string), set()).add(room)

    assert {key: ways for key, ways in said.items() if len(ways) > 1} == {}
