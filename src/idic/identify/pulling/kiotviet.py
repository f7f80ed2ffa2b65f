"""Asks KiotViet's public API: a token by client id and secret, lists page by page, no more often
than it bears. What the things mean is read in `ingest.hooks.kiotviet`.

Described at https://www.kiotviet.vn/huong-dan-su-dung-public-api; 5,000 requests an hour.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

# Customers first: who bought is known before what they bought.
SUBJECTS = {"customer": "customers", "invoice": "invoices", "return": "returns", "order": "orders"}
PAGE = 100  # the most it gives
_PAUSE_SECONDS = 0.25
_TRIES = 5
_LONGEST_WAIT = 20.0  # longer is no waiting but coming back
_TIMEOUT_SECONDS = 30.0
_LARGEST_ANSWER = 16 * 1024**2
_COME_BACK_SECONDS = 120.0


class PullProblem(Exception):
    """Raised when it does not answer as it should; `code` says why, for the page."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code, self.detail = code, detail


class AskedTooOften(Exception):
    """Raised when it wants to be left alone for longer than is worth waiting."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"come back in {seconds:.0f} s")
        self.seconds = seconds


class Thing(NamedTuple):
    """One thing of a list: as it was written, which it is, and when it changed last, as told."""

    text: bytes
    id: str
    changed: str


class Answer(NamedTuple):
    """What it said."""

    status: int
    body: bytes
    retry_after: str


class _Page(msgspec.Struct):
    data: list[msgspec.Raw] = []


class _Head(msgspec.Struct):
    id: Any = None
    code: Any = None
    modifiedDate: Any = None
    createdDate: Any = None


@dataclass(slots=True)
class Client:
    """Asks for one shop. `sleep` and `send` stand apart for tests."""

    retailer: str
    client_id: str
    client_secret: str
    api: str
    login: str
    sleep: Callable[[float], None] = time.sleep
    _token: str = field(default="", repr=False)

    def list_changed(self, subject: str, *, since: str, offset: int) -> list[Thing]:
        """Give a page of what changed since then, what changed first standing first."""
        asked = {
            "pageSize": str(PAGE),
            "currentItem": str(offset),
            "orderBy": "modifiedDate",
            "orderDirection": "Asc",
            **({"lastModifiedFrom": since} if since else {}),
        }
        self.sleep(_PAUSE_SECONDS)
        answer = self._get(f"{self.api}/{SUBJECTS[subject]}?{urllib.parse.urlencode(asked)}")
        try:
            page = msgspec.json.decode(answer.body, type=_Page)
            heads = [msgspec.json.decode(raw, type=_Head) for raw in page.data]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise PullProblem("unexpected", str(error)[:200]) from None
        return [
            Thing(
                bytes(raw),
                str(head.id or head.code or ""),
                str(head.modifiedDate or head.createdDate or ""),
            )
            for raw, head in zip(page.data, heads, strict=True)
        ]

    def _get(self, address: str) -> Answer:
        is_renewed = False
        if not self._token:
            self._log_in()
            is_renewed = True
        while True:
            headers = {"Retailer": self.retailer, "Authorization": f"Bearer {self._token}"}
            answer = self._patiently(address, headers)
            if answer.status == 401 and not is_renewed:  # a token lasts a day
                self._log_in()
                is_renewed = True
                continue
            if answer.status == 200:
                return answer
            code = "wrong_shop" if answer.status in {401, 403, 404} else "unexpected"
            raise PullProblem(code, f"{answer.status} {_message(answer.body)}")

    def _log_in(self) -> None:
        said = {
            "scopes": "PublicApi.Access",
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        answer = self._patiently(f"{self.login}/connect/token", {}, data=said)
        if answer.status in {400, 401, 403}:
            raise PullProblem("wrong_credentials", f"{answer.status} {_message(answer.body)}")
        try:
            self._token = str(json.loads(answer.body)["access_token"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise PullProblem("unexpected", f"{answer.status}, no token") from None

    def _patiently(
        self, address: str, headers: Mapping[str, str], data: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask, and again where that can help: it was asked too often, or is not well."""
        for attempt in range(_TRIES):
            try:
                answer = send(address, headers, data)
            except (OSError, http.client.HTTPException) as error:
                if attempt == _TRIES - 1:
                    raise PullProblem("unreachable", type(error).__name__) from None
                self.sleep(2.0**attempt)
                continue
            if answer.status != 429 and answer.status < 500:
                return answer
            wait = _seconds(answer.retry_after, 2.0**attempt)
            if answer.status == 429 and (wait > _LONGEST_WAIT or attempt == _TRIES - 1):
                raise AskedTooOften(max(wait, _COME_BACK_SECONDS))
            if attempt < _TRIES - 1:
                self.sleep(min(wait, _LONGEST_WAIT))
        raise PullProblem("unreachable", str(answer.status))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Nobody sends us elsewhere with a token in hand."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def send(address: str, headers: Mapping[str, str], data: Mapping[str, str] | None) -> Answer:
    """Send one request. Raises OSError where nobody answers."""
    body = None if data is None else urllib.parse.urlencode(data).encode()
    request = urllib.request.Request(address, data=body, headers=dict(headers))  # noqa: S310 - ours
    try:
        with _opener.open(request, timeout=_TIMEOUT_SECONDS) as said:
            return Answer(said.status, said.read(_LARGEST_ANSWER), "")
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read(4_096), error.headers.get("Retry-After") or "")


def _seconds(given: str, usual: float) -> float:
    return float(min(int(given), 86_400)) if given.isdigit() and given.isascii() else usual


def _message(body: bytes) -> str:
    """Give what it says of a refusal."""
    try:
        said = json.loads(body)
        status = said.get("responseStatus") or {}
        return str(status.get("message") or said.get("error") or "")[:200]
    except (ValueError, AttributeError, RecursionError):
        return ""
