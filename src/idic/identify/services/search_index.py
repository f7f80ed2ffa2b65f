"""Keeps the search index: whoever changes a customer's names, identifiers or orders calls
`reindex` in the same transaction. The index itself and its reading are in `identify.search`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from idic.identify.search import rebuild, write

Progress = Callable[[int, int], None]


def reindex(*, customer_ids: Iterable[int] | None = None, progress: Progress | None = None) -> int:
    """Write the documents of these customers anew (None: of all) and give how many stand.

    Staged, merged and vanished customers lose theirs. For all, the index is rebuilt in slices
    beside the running site; for a few, call it inside the transaction of the change.
    """
    if customer_ids is None:
        return rebuild(progress=progress)
    return write(customer_ids=list(dict.fromkeys(customer_ids)))
