"""One shape for every error: problem details (RFC 9457) in plain words, with what to do next."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

_log = logging.getLogger("idic.api")
TYPE = "application/problem+json"


class Problem(Exception):
    """Why a call was not answered; `code` is a stable word for programs, the text for people."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers = list(errors), dict(headers or {})

    @classmethod
    def too_many(cls, wait: float) -> Problem:
        """Say how long to wait."""
        seconds = max(1, math.ceil(wait))
        said = _("Too many calls. Try again in %(count)d s.") % {"count": seconds}
        return cls(429, "too_many", said, headers={"Retry-After": str(seconds)})

    @classmethod
    def not_found(cls) -> Problem:
        """Say that there is no such thing."""
        return cls(404, "not_found", _("There is nothing under this address."))

    @classmethod
    def wrong_field(cls, field: str, text: str) -> Problem:
        """Say that one value cannot be taken."""
        return cls(422, "wrong_values", text, errors=[{"field": field, "detail": text}])


def titles() -> dict[str, str]:
    """Give what each code means in general, in the language of the call."""
    return {
        "bad_request": _("The call cannot be read"),
        "no_key": _("No key"),
        "not_allowed": _("Not allowed"),
        "not_found": _("Not found"),
        "wrong_method": _("Wrong method"),
        "refused": _("Refused"),
        "too_large": _("Too large"),
        "wrong_values": _("Some values cannot be taken"),
        "too_many": _("Too many calls"),
        "failed": _("Our fault"),
    }


def answer(problem: Problem) -> HttpResponse:
    """Write a problem as an answer."""
    content: dict[str, Any] = {
        "type": f"/api/v1/docs/#{problem.code}",
        "title": titles()[problem.code],
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
    }
    if problem.errors:
        content["errors"] = problem.errors
    body = json.dumps(content, ensure_ascii=False)
    return HttpResponse(body, status=problem.status, content_type=TYPE, headers=problem.headers)


def handle(api: NinjaAPI) -> None:
    """Let every error of an API be answered as a problem."""

    def write(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
        assert isinstance(error, Exception)
        return answer(problem_of(error))

    for kind in (Problem, HttpError, ValidationError, Http404, RequestDataTooBig, Exception):
        api.add_exception_handler(kind, write)


def problem_of(error: Exception) -> Problem:
    """Tell what an error means to who called."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Http404):
        return Problem.not_found()
    if isinstance(error, ValidationError):
        return _wrong_values(error)
    if isinstance(error, HttpError):
        return _unreadable(error)
    if isinstance(error, RequestDataTooBig):
        return _too_large()
    if getattr(error, "is_for_people", False):
        field = getattr(error, "field", "")
        if field:
            return Problem.wrong_field(str(field), str(error))
        return Problem(409, "refused", str(error))
    _log.error("a call of the API failed", exc_info=error)
    said = _("Something went wrong here. It is written in the log; nothing was changed.")
    return Problem(500, "failed", said)


def _wrong_values(error: ValidationError) -> Problem:
    errors = [
        {"field": _field(one.get("loc", ())), "detail": _clean(one.get("msg", ""))}
        for one in error.errors
    ]
    said = _("Some values cannot be taken. “errors” names them.")
    return Problem(422, "wrong_values", said, errors=errors)


def _field(place: Sequence[Any]) -> str:
    """Give a path as who calls wrote it: without where it stood and the name of our parameter."""
    parts = [str(part) for part in place]
    if parts[:1] == ["body"]:
        parts = parts[2:]
    elif parts[:1] in (["query"], ["path"], ["header"]):
        parts = parts[-1:]
    return ".".join(parts) or "body"


def _clean(message: str) -> str:
    return message.removeprefix("Value error, ")


def _unreadable(error: HttpError) -> Problem:
    if isinstance(error.__context__, RequestDataTooBig):
        return _too_large()
    said = _("The body is no JSON that can be read.")
    return Problem(400, "bad_request", said)


def _too_large() -> Problem:
    return Problem(413, "too_large", _("The body is larger than 2 MB. Send it in parts."))
