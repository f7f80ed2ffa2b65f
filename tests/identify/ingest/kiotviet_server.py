"""A KiotViet of our own on loopback: tokens that end, pages, limits, and what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Rows = list[dict[str, Any]]


@dataclass
class KiotViet:
    """What the shop holds and how the server behaves."""

    rows: dict[str, Rows] = field(default_factory=dict)
    secret: str = "client-secret"
    token_lives: int = 10_000  # requests
    is_sorted: bool = True
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # instead, in turn
    before_page: Callable[[int], None] = lambda _number: None
    asked: list[str] = field(default_factory=list)
    tokens: int = 0
    _lives: int = 0
    _server: ThreadingHTTPServer | None = None

    @property
    def address(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> KiotViet:
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                said = parse_qs(self.rfile.read(size).decode())
                _say(self, *shop.log_in(said))

            def do_GET(self) -> None:
                _say(self, *shop.answer(self.path, dict(self.headers)))

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def log_in(self, said: dict[str, list[str]]) -> tuple[int, dict[str, str], Any]:
        """Give a token for the right secret."""
        wanted = {"scopes": ["PublicApi.Access"], "grant_type": ["client_credentials"]}
        if said.get("client_secret") != [self.secret] or not wanted.items() <= said.items():
            return 400, {}, {"error": "invalid_client"}
        self.tokens, self._lives = self.tokens + 1, self.token_lives
        return 200, {}, {"access_token": f"t{self.tokens}", "expires_in": 86_400}

    def answer(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        """Give a page, unless something else is to be answered."""
        self.asked.append(path)
        if headers.get("Retailer") != "tiemtra":
            return 401, {}, {"responseStatus": {"message": "Retailer is not valid"}}
        if headers.get("Authorization") != f"Bearer t{self.tokens}" or self._lives <= 0:
            return 401, {}, {"responseStatus": {"message": "Token expired"}}
        if self.answers:
            status, more = self.answers.pop(0)
            return status, more, {"responseStatus": {"message": "no"}}
        self._lives -= 1
        self.before_page(len(self.asked))
        return 200, {}, self._page(path)

    def _page(self, path: str) -> dict[str, Any]:
        parts = urlsplit(path)
        said = {name: values[0] for name, values in parse_qs(parts.query).items()}
        since, first = said.get("lastModifiedFrom", ""), int(said["currentItem"])
        rows = [row for row in self.rows.get(parts.path.strip("/"), []) if _at(row) >= since]
        if self.is_sorted and said["orderBy"] == "modifiedDate":
            rows.sort(key=_at)
        size = int(said["pageSize"])
        return {"total": len(rows), "pageSize": size, "data": rows[first : first + size]}


def _at(row: dict[str, Any]) -> str:
    return str(row.get("modifiedDate") or row.get("createdDate"))


def _say(handler: BaseHTTPRequestHandler, status: int, more: dict[str, str], said: Any) -> None:
    body = json.dumps(said).encode()
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **more}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def invoice(number: int, *, at: str = "", **more: Any) -> dict[str, Any]:
    """Make an invoice; without a moment each changed a minute after the one before."""
    hour, minute = divmod(number, 60)
    moment = at or f"2026-11-{1 + hour // 24:02d}T{hour % 24:02d}:{minute:02d}:00.0000000"
    line = {"productCode": "SP1", "productName": "Trà", "quantity": 1, "price": 1000, "discount": 0}
    return {
        "id": number,
        "code": f"HD{number:06d}",
        "purchaseDate": moment,
        "customerCode": f"KH{number % 7}",
        "customerName": f"Khách {number % 7}",
        "total": 1000,
        "status": 1,
        "modifiedDate": moment,
        "invoiceDetails": [line],
        **more,
    }
