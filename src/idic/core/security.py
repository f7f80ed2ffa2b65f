"""The headers every answer carries: a strict content policy and its companions."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.http import HttpRequest, HttpResponse

# No unsafe-*, no third party. SVG and data images are our own icons and charts.
CONTENT_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Frame-Options": "DENY",
}


def allow_camera(response: HttpResponse) -> None:
    """Let a page ask for the camera: the one that reads cards."""
    policy = HEADERS["Permissions-Policy"].replace("camera=()", "camera=(self)")
    response.headers["Permissions-Policy"] = policy


def allow_connection(response: HttpResponse, *, origin: str) -> None:
    """Let a page's script talk to one more origin: the ingest port of this installation."""
    policy = f"{CONTENT_POLICY}; connect-src 'self' {origin}"
    response.headers["Content-Security-Policy"] = policy


def allow_frames(response: HttpResponse, *, sites: Collection[str]) -> None:
    """Let these websites, and no other, show a page in a frame. They are origins, checked when
    they were written down.
    """
    if sites:
        policy = CONTENT_POLICY.replace(
            "frame-ancestors 'none'", f"frame-ancestors {' '.join(sites)}"
        )
        response.headers["Content-Security-Policy"] = policy
        response.is_framed = True  # type: ignore[attr-defined]


class SecurityHeadersMiddleware:
    """Adds the headers unless a view set a stricter one of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if getattr(response, "is_framed", False):  # an older browser would take its word alone
            del response.headers["X-Frame-Options"]
        return response


class PlainAddressMiddleware:
    """Turns away addresses with a NUL in them: no page has one, and PostgreSQL would not look for
    it but fail.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "\x00" in request.path or "%00" in query or "\x00" in query:
            return HttpResponse(status=400)
        return self.get_response(request)
