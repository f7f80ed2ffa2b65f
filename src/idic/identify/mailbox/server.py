"""Talks to a mail server (IMAP): signs in, looks which mails are new, fetches how each begins.
Marks nothing as read, moves and deletes nothing. What mails mean is in `letters`.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

LARGEST_READ = 256 * 1024  # bytes of one mail: text stands at its beginning
_SECONDS = 15.0
_NUMBER = re.compile(rb"UID (\d{1,18})(?!\d)")
_IS_UID = re.compile("[0-9]{1,18}")


class MailProblem(Exception):
    """Raised when a mailbox cannot be read; `code` is one of `PROBLEMS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


PROBLEMS = {
    "login": _(
        "The mail server refused the user name or the password. Many providers want an app "
        "password: make one in your account there."
    ),
    "folder": _("There is no such folder in this mailbox."),
    "security": _("The connection could not be secured. Check the port and the security."),
    "unreachable": _("The mail server does not answer. Check its name and port."),
}


@dataclass(frozen=True, slots=True)
class Account:
    """How to reach a folder."""

    host: str
    port: int
    security: str
    user: str
    password: str
    folder: str


class Fetched(NamedTuple):
    """A mail's number and its first bytes."""

    uid: int
    data: bytes


class Folder:
    """An open folder."""

    def __init__(self, box: BaseMailBox, name: str) -> None:
        self._box = box
        try:
            self.uid_validity = int(box.folder.status(name, ["UIDVALIDITY"])["UIDVALIDITY"])
        except (KeyError, ValueError, TypeError):
            raise MailProblem("unreachable") from None

    def list_new(self, *, after: int, since: date) -> list[int]:
        """Give the numbers of mails after a number, or from a day on, the oldest first."""
        # Month names of RFC 3501, whatever the machine's language.
        month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[since.month - 1]
        criteria = f"SINCE {since.day:02d}-{month}-{since.year}"
        if after:
            criteria = f"UID {after + 1}:*"  # a server answers with the last one at the least
        told = (uid for uid in self._box.uids(criteria) if _IS_UID.fullmatch(uid))
        return sorted(number for uid in told if (number := int(uid)) > after)

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """Give the beginnings of some mails. One that is gone meanwhile is not among them."""
        wanted = ",".join(map(str, uids))
        asked = f"(UID BODY.PEEK[]<0.{LARGEST_READ}>)"
        said, found = self._box.client.uid("FETCH", wanted, asked)
        if said != "OK":
            raise MailProblem("unreachable")
        for number, one in enumerate(found):
            if not isinstance(one, tuple):
                continue
            behind = found[number + 1] if number + 1 < len(found) else b""
            place = _NUMBER.search(one[0]) or _NUMBER.search(
                behind if isinstance(behind, bytes) else b""
            )
            if place is not None and isinstance(one[1], bytes):
                yield Fetched(int(place.group(1)), one[1])


@contextmanager
def open_folder(account: Account) -> Iterator[Folder]:
    """Sign in and open the folder for reading alone. Raises MailProblem."""
    box: BaseMailBox | None = None
    try:
        box = _connect(account)
        box.login(account.user, account.password, initial_folder=None)
        box.folder.set(account.folder, readonly=True)
        yield Folder(box, account.folder)
    except MailboxLoginError as error:
        raise MailProblem("login") from error
    except MailboxFolderSelectError as error:
        raise MailProblem("folder") from error
    except ssl.SSLError as error:
        raise MailProblem("security") from error
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        raise MailProblem("unreachable") from error
    finally:
        if box is not None:
            with suppress(Exception):
                box.logout()


def _connect(account: Account) -> BaseMailBox:
    kinds: dict[str, Any] = {
        "tls": MailBox,
        "starttls": MailBoxStartTls,
        "none": MailBoxUnencrypted,
    }
    box: BaseMailBox = kinds[account.security](account.host, account.port, timeout=_SECONDS)
    return box
