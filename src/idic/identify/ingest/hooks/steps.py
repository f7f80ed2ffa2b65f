"""How a shop system is told where to send, in words for who sets it up there."""

from __future__ import annotations

from django.utils.translation import gettext as _


def list_steps(sender: str) -> list[str]:
    """Give the steps in the system's own pages, in their order."""
    return {
        "shopify": [
            _("In Shopify open Settings › Notifications › Webhooks."),
            _(
                "Add one webhook, format JSON, for each of these events: Order creation, Order "
                "update, Order cancellation, Refund creation, Customer creation, Customer update."
            ),
            _("Copy the signing secret from below the list and enter it here."),
        ],
        "woocommerce": [
            _("In WordPress open WooCommerce › Settings › Advanced › Webhooks."),
            _(
                "Add one webhook, status Active, for each of these topics: Order created, Order "
                "updated, Order deleted, Customer created, Customer updated."
            ),
            _("Enter the address and the secret from here in each."),
        ],
        "haravan": [
            _("In the settings of your Haravan app register the address as its webhook."),
            _(
                "Take these topics: orders/create, orders/updated, orders/cancelled, "
                "refunds/create, customers/create, customers/update. The verify token is the last "
                "part of the address."
            ),
            _("Copy the app's client secret and enter it here."),
        ],
        "sapo": [
            _("In Sapo register the address as a webhook of your private app."),
            _(
                "Take these topics: orders/create, orders/update, orders/cancelled, "
                "refunds/create, customers/create, customers/update."
            ),
            _("Copy the app's secret and enter it here."),
        ],
        "kiotviet": [
            _("Register the address with KiotViet's public API (POST /webhooks), isActive true."),
            _("Take these types: invoice.update, customer.update."),
            _("Give the secret from here with each."),
        ],
        "hmac": [
            _(
                "Send each call, or a batch of them, as JSON to the address: the same calls as "
                "websites send. Give each a messageId."
            ),
            _(
                "Sign the body with HMAC-SHA256 under the secret from here and write it, in hex or "
                "base64, into X-Signature-256."
            ),
        ],
        "standard": [
            _(
                "Send each call, or a batch of them, as JSON to the address: the same calls as "
                "websites send."
            ),
            _(
                "Sign it as Standard Webhooks say, with the secret from here: webhook-id, "
                "webhook-timestamp, webhook-signature."
            ),
        ],
    }[sender]
