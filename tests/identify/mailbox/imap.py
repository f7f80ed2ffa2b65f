"""A mail server for tests: one account, one folder, just enough of IMAP4rev1 to be read by."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PASSWORD = "app password"


@dataclass
class PostOffice:
    """What lies on the server. `mails` are numbered; `cut_after`: the line drops after so many."""

    mails: dict[int, bytes] = field(default_factory=dict)
    uid_validity: int = 7
    port: int = 0
    cut_after: int = 10**9
    fetched: list[int] = field(default_factory=list)

    def add(self, *mails: bytes) -> None:
        """Let mails come in."""
        for mail in mails:
            self.mails[max(self.mails, default=0) + 1] = mail

    @contextmanager
    def open(self) -> Iterator[PostOffice]:
        """Serve until the end of the block."""
        office = self

        class Session(_Session):
            post = office

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
            server.daemon_threads = True
            self.port = int(server.server_address[1])
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            yield self
            server.shutdown()


class _Session(socketserver.StreamRequestHandler):
    post: PostOffice

    def handle(self) -> None:
        self.say(b"* OK ready")
        for line in self.rfile:
            tag, command, rest = re.match(rb"(\S+) (\S+) ?(.*)", line.strip()).groups()  # type: ignore[union-attr]
            try:
                answer = getattr(self, f"do_{command.decode().lower()}")(rest.decode())
            except ConnectionAbortedError:
                return
            self.say(tag + b" " + (answer or b"OK done"))
            if command == b"LOGOUT":
                return

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")

    def do_capability(self, _rest: str) -> None:
        self.say(b"* CAPABILITY IMAP4rev1")

    def do_login(self, rest: str) -> bytes:
        return b"OK in" if PASSWORD in rest else b"NO [AUTHENTICATIONFAILED] wrong"

    def do_examine(self, rest: str) -> bytes:
        if "INBOX" not in rest:
            return b"NO there is none"
        self.say(b"* %d EXISTS" % len(self.post.mails))
        return b"OK [READ-ONLY] open"

    def do_status(self, rest: str) -> None:
        self.say(
            b"* STATUS %s (UIDVALIDITY %d)" % (rest.split()[0].encode(), self.post.uid_validity)
        )

    def do_logout(self, _rest: str) -> None:
        self.say(b"* BYE")

    def do_uid(self, rest: str) -> None:
        command, _, rest = rest.partition(" ")
        if command == "SEARCH":
            return self.search(rest)
        wanted, _, asked = rest.partition(" ")
        most = int(re.search(r"<0\.(\d+)>", asked)[1])  # type: ignore[index]
        for uid in map(int, wanted.split(",")):
            if len(self.post.fetched) == self.post.cut_after:
                raise ConnectionAbortedError
            if uid in self.post.mails:
                self.post.fetched.append(uid)
                data = self.post.mails[uid][:most]
                self.wfile.write(b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n" % (uid, len(data)))
                self.wfile.write(data + b")\r\n")
        return None

    def search(self, rest: str) -> None:
        found = sorted(self.post.mails)
        after = re.search(r"UID (\d+):\*", rest)
        if after:
            found = [uid for uid in found if uid >= int(after[1])] or found[-1:]
        self.say(b"* SEARCH " + b" ".join(b"%d" % uid for uid in found))
