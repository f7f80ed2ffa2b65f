"""What to put into a website or an app so that its calls come here: text to copy, in the language
of the place it goes to. Nothing here is translated.
"""

from __future__ import annotations

from dataclasses import dataclass

PLACEHOLDER = "YOUR_WRITE_KEY"


@dataclass(frozen=True, slots=True)
class Snippet:
    """One way to send. `name` is the product's own."""

    id: str
    name: str
    text: str


def list_snippets(*, address: str, key: str = "") -> list[Snippet]:
    """Give the ways to send to this door, the one without any package first."""
    return [
        Snippet(id=name, name=title, text=_fill(text, address, key))
        for name, title, text in _SNIPPETS
    ]


def _fill(text: str, address: str, key: str) -> str:
    return text.strip().replace("{address}", address).replace("{key}", key or PLACEHOLDER)


_HTML = """
<script src="{address}/idic.js" data-key="{key}" defer></script>
<script>
  window.idic = window.idic || [];
  // When the visitor agrees in your cookie notice. Before that nothing is stored or sent:
  // idic.push(["consent", true]);
  // Later, where it happens:
  // idic.push(["track", "Product Viewed", { product_id: "P1", name: "Tea" }]);
  // idic.push(["identify", "42", { name: "Lan", email: "lan@example.com" }]);
</script>
<!-- A form that tells whose it is: <form data-idic-form …> -->
"""
_SEGMENT = """
// npm install @segment/analytics-next
import { AnalyticsBrowser } from "@segment/analytics-next";

export const analytics = AnalyticsBrowser.load({ writeKey: "{key}", cdnURL: "{address}" });
analytics.page();
analytics.identify("42", { name: "Lan", email: "lan@example.com" });
analytics.track("Product Viewed", { product_id: "P1", name: "Tea" });
"""
_NODE = """
// npm install @segment/analytics-node
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "{key}", host: "{address}" });
analytics.track({ userId: "42", event: "Order Completed", properties: { order_id: "A1" } });
"""
_PYTHON = """
# pip install segment-analytics-python
import segment.analytics as analytics

analytics.write_key = "{key}"
analytics.host = "{address}"
analytics.identify("42", {"name": "Lan", "email": "lan@example.com"})
analytics.track("42", "Order Completed", {"order_id": "A1"})
analytics.flush()
"""
_RUDDER = """
# pip install rudder-sdk-python
import rudderstack.analytics as rudder_analytics

rudder_analytics.write_key = "{key}"
rudder_analytics.dataPlaneUrl = "{address}"
rudder_analytics.track("42", "Order Completed", {"order_id": "A1"})
rudder_analytics.flush()
"""
_CURL = """
curl {address}/v1/track -u {key}: -H "Content-Type: application/json" \\
  -d '{"userId": "42", "event": "Product Viewed", "properties": {"name": "Tea"}}'
"""
_SNIPPETS = (
    ("html", "HTML", _HTML),
    ("segment", "Segment analytics.js 2", _SEGMENT),
    ("node", "Node", _NODE),
    ("python", "Python", _PYTHON),
    ("rudder", "RudderStack Python", _RUDDER),
    ("curl", "curl", _CURL),
)
