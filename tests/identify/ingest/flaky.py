"""A network between an SDK and the door that fails as real ones do: the first batch is answered
with the door's own 503, the second is taken and its answer lost, everything after passes.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# What the door says while the disk is full, with a shorter time to wait.
_LATER = b'{"success":false,"code":"try_later","message":"The disk is nearly full."}'
_LATER_HEADERS = [
    ("content-type", "application/json"),
    ("access-control-allow-origin", "*"),
    ("retry-after", "1"),
]
_OWN = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


class Flaky:
    """The way to one door. `pages` are answered here: what a browser opens."""

    def __init__(self, *, door: int, pages: Mapping[str, tuple[str, bytes]] | None = None) -> None:
        self.door, self.pages = door, dict(pages or {})
        self.posted: list[tuple[str, bytes]] = []  # path and body, as they came
        self.lost = 0
        self._deciding = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def address(self) -> str:
        """Where an SDK is told to send."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def open(self) -> Iterator[Flaky]:
        """Serve until the end of the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def note(self, path: str, body: bytes) -> int:
        """Remember what was posted; give how many came before."""
        with self._deciding:
            self.posted.append((path, body))
            return len(self.posted) - 1


def _handler(flaky: Flaky) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            path = self.path.partition("?")[0]
            if path in flaky.pages:
                kind, content = flaky.pages[path]
                return self._say(200, [("content-type", kind)], content)
            before = flaky.note(path, body) if self.command == "POST" else 2
            if before == 0:
                return self._say(503, _LATER_HEADERS, _LATER)
            status, headers, text = self._pass_on(body)
            if before == 1:
                flaky.lost += status == 200
                self.close_connection = True
                return None
            return self._say(status, headers, text)

        do_GET = do_POST = do_OPTIONS = _serve

        def _pass_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", flaky.door, timeout=10)
            try:
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                return answer.status, answer.getheaders(), answer.read()
            finally:
                connection.close()

        def _say(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in _OWN:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
