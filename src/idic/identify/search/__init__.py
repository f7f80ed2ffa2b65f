"""Finding customers by what people type: a part of a name with or without marks, pinyin, the end of
a phone number, a mail address. Two indexes of one document a customer: words, and trigrams.
`services.search_index` decides when documents are written; this package knows how.
"""

from .documents import Document, build_documents
from .finding import Found, find
from .store import forget_deleted, rebuild, write

__all__ = ["Document", "Found", "build_documents", "find", "forget_deleted", "rebuild", "write"]
