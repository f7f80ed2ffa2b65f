"""Makes the links in a message that are its person's own, as the mail leaves: nothing that opens
somebody's page is stored with a message.
"""

from __future__ import annotations

from datetime import datetime

from idic.identify.public_forms.links import confirm_url, own_page_url
from idic.identify.services.forms.links import create_link_in_mail
from idic.interact.content.personal import CONFIRM_DETAILS, read_confirm_target
from idic.interact.models import Message

_DETAILS = "#details"


class PersonalLinks:
    """The links of one message; both bodies of its mail get the same."""

    def __init__(self, *, message: Message, now: datetime) -> None:
        self._message, self._now = message, now
        self._own_page = ""

    def __call__(self, target: str) -> str:
        """Give the real address for what stands in the message."""
        pending_id = read_confirm_target(target)
        if pending_id is not None:
            return confirm_url(pending_id=pending_id)
        return self._page() + (_DETAILS if target == CONFIRM_DETAILS else "")

    def _page(self) -> str:
        if not self._own_page:
            campaign = self._message.campaign
            word = create_link_in_mail(
                customer_id=self._message.customer_id,
                name=campaign.name if campaign else "",
                now=self._now,
            )
            self._own_page = own_page_url(word=word)
        return self._own_page
