"""Orders without an owner: who they may be of is worked out, somebody says whose they are, and what
was said is taken back exactly.
"""

from .deciding import dismiss, keep_again, link, link_sure, list_sure, unlink, unlink_all
from .suggesting import refresh_suggestions

__all__ = [
    "dismiss",
    "keep_again",
    "link",
    "link_sure",
    "list_sure",
    "refresh_suggestions",
    "unlink",
    "unlink_all",
]
