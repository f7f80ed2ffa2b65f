"""Calls of the API as a program makes them: with a real key, over HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from idic.core import clock
from idic.core.access import RIGHTS
from idic.core.services.api_keys import create_key


@dataclass
class Program:
    """Somebody's script with a key."""

    secret: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Call an address under /api/v1."""
        text = body if isinstance(body, str) else json.dumps(body) if body is not None else ""
        if self.secret:
            headers.setdefault("Authorization", f"Bearer {self.secret}")
        return Client(raise_request_exception=False).generic(  # type: ignore[return-value]
            method, f"/api/v1{path}", text, content_type="application/json", headers=headers
        )

    def get(self, path: str, **values: Any) -> HttpResponse:
        """Read."""
        asked = "&".join(f"{name}={value}" for name, value in values.items())
        return self.call("GET", f"{path}?{asked}" if asked else path)

    def post(self, path: str, body: Any = None) -> HttpResponse:
        """Write."""
        return self.call("POST", path, body)


def program(*rights: str, name: str = "Till") -> Program:
    """Give a program whose key carries these rights; all without one."""
    _key, secret = create_key(
        name=name, rights=rights or list(RIGHTS), staff=None, actor="system:test", now=clock.now()
    )
    return Program(secret)


def problem(answer: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """Give a problem, once sure that it is one of this kind."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = json.loads(answer.content)
    assert (told["status"], told["code"]) == (status, code)
    assert told["title"]
    assert told["detail"]
    assert told["type"] == f"/api/v1/docs/#{code}"
    return told
