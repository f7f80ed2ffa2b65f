"""What browsers' SDKs ask for before their first call: the settings of a source. With this door as
`cdnURL` (`@segment/analytics-next`) or `configUrl` (RudderStack's JavaScript SDK), they send their
calls here and ask nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

_START, _END = "/v1/projects/", "/settings"


def key_in(path: str) -> str:
    """Give the write key in the address of the settings; empty for any other address."""
    if path.startswith(_START) and path.endswith(_END):
        return path[len(_START) : -len(_END)]
    return ""


def write(key: str, scope: Mapping[str, Any]) -> bytes:
    """Write the settings: one destination, which is this door under the name it was called by."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    scheme = headers.get(b"x-forwarded-proto", b"").decode("latin-1") or scope.get("scheme", "http")
    segment = {"apiKey": key, "apiHost": f"{host}/v1", "protocol": scheme, "type": "browser"}
    return msgspec.json.encode(
        {
            "integrations": {"Segment.io": segment},
            "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
            "edgeFunction": {},
            "middlewareSettings": {},
            "enabledMiddleware": {},
            "metrics": {"sampleRate": 0},
            "legacyVideoPluginsEnabled": False,
            "remotePlugins": [],
        }
    )


SOURCE_CONFIG = "/sourceConfig"


def write_source_config(key: str) -> bytes:
    """Write what RudderStack's SDKs ask for: a source that is on and has no destinations of its
    own, so that nothing is loaded from elsewhere and everything goes to the data plane.
    """
    is_off = {"enabled": False}
    return msgspec.json.encode(
        {
            "source": {
                "id": "idic",
                "name": "IDIC",
                "writeKey": key,
                "enabled": True,
                "workspaceId": "idic",
                "config": {"statsCollection": {"errors": is_off, "metrics": is_off}},
                "connections": [],
                "destinations": [],
                "dataplanes": {},
            },
            "consentManagementMetadata": {"providers": []},
        }
    )
